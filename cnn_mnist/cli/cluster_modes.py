"""What the command does as a task of a cluster that is not the chief."""

from __future__ import annotations

from collections.abc import Sequence

from cnn_mnist.cli.command_line import Command
from cnn_mnist.cluster import tf_config
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.support import terminal
from cnn_mnist.support.progress import Progress


def run(cluster: Cluster, command: Command, arguments: Sequence[str], progress: Progress) -> int:
    """Trains as a worker, or serves parameters, and returns the exit status."""
    from cnn_mnist.training import cluster as cluster_training

    if cluster.task[0] == "evaluator":
        from cnn_mnist.training import checkpoint_evaluator

        count = checkpoint_evaluator.evaluate_checkpoints(command.config, cluster, progress)
        terminal.show_results(f"Evaluated   {cluster.name}: checkpoints of {count:,} steps")
        return 0
    if cluster.task[0] == "ps":
        cluster_training.serve_parameters(command.config, cluster, progress)
        return 0
    result = cluster_training.train_as_worker(command.config, cluster, progress)
    terminal.show_results(f"Trained     {cluster.name}: {result.steps:,} steps of the cluster's")
    return 0 if result.stopped_by is None else 128 + result.stopped_by


def end_the_others(command: Command, progress: Progress) -> None:
    """Ends the other tasks of this one's cluster, if it has any, where nothing is left to train."""
    from cnn_mnist.training import cluster as cluster_training

    if members := tf_config.cluster_to_train_in():
        cluster_training.end_the_others(command.config, members, progress)
