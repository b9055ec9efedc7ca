"""Trains together with the other tasks of a cluster.

The chief does what training on one machine does. Workers only compute: they write nothing and need
no `model_dir`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator
from typing import Any

from cnn_mnist import estimator, hooks, model
from cnn_mnist.cluster import parameter_server, watchdog
from cnn_mnist.cluster import server as servers
from cnn_mnist.cluster.link import Link
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.cluster.watchdog import Watchdog
from cnn_mnist.config import Config, fields
from cnn_mnist.data import splits
from cnn_mnist.data.drawn import training as drawn_training
from cnn_mnist.data.loading import Dataset, Selected
from cnn_mnist.errors import ClusterTimeoutError, DivergedError, SettingsError, argument, given
from cnn_mnist.hooks import stop as stop_hook
from cnn_mnist.hooks.finite import FiniteHook
from cnn_mnist.hooks.stop import StopRequest
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import forks, tf
from cnn_mnist.training import readiness, strategies
from cnn_mnist.training.strategies import Begin, ParameterServers, Strategy, Synchronous

_OF_EACH_TASK = ("preset", "epochs", "deterministic")
"""Of a recipe, what may differ: the settings that follow from it are compared."""
_EXAMPLES = "training examples"
_STEP = "step"
_CHECKPOINT = "checkpoint"
_PATIENCE_WITH_OTHERS = 30.0
"""Seconds that a chief with nothing left to train waits for the other tasks, to end them."""


@dataclasses.dataclass(frozen=True)
class WorkerResult:
    """What a worker did.

    Attributes:
      steps: how many steps it computed itself.
      stopped_by: the signal that ended it early, or None.
    """

    steps: int
    stopped_by: int | None


@contextlib.contextmanager
def joined(
    cluster: Cluster, config: Config, examples: int, progress: Progress, stop: StopRequest
) -> Iterator[Strategy]:
    """Waits for the tasks that this one needs, and gives how it trains for a `with` block.

    Args:
      cluster: the tasks.
      config: the run.
      examples: how many training examples this task has.
      progress: receives whom it waits for.
      stop: the signals to this process.

    Raises:
      ClusterTimeoutError: a task that this one needs did not come.
      SettingsError: this task cannot take connections, or trains something else than the chief.
      DivergedError: the other tasks have trained without this one, and training diverged.
    """
    strategies.check_distribution(cluster, config)
    others = len(cluster.tasks) - 1
    progress.say(f"{cluster.name} of a cluster with {others} other task" + "s" * (others > 1))
    timeout = config.cluster_timeout
    settings = estimator.session_config(config, cluster=cluster)
    watchdog.wait_for(cluster.servers, timeout, progress.say)
    server = servers.start(cluster, settings)
    needed = cluster.needed
    if cluster.is_synchronous:
        watchdog.wait_for(needed, timeout, progress.say)
    with Watchdog(needed, timeout, progress.say, not cluster.is_synchronous) as dog:
        link = Link(cluster, server, settings)
        begin = _begin(config, link, examples)
        yield strategy_of(cluster)(link, dog, stop, progress, config, begin)
        # Not after an error, such as a full disk: the others wait for the chief to come back.
        if cluster.is_chief and cluster.servers:
            link.end_the_others()


def strategy_of(cluster: Cluster) -> type[Strategy]:
    """Returns how the tasks of a cluster train together."""
    return Synchronous if cluster.is_synchronous else ParameterServers


def end_the_others(config: Config, cluster: Cluster, progress: Progress) -> None:
    """Ends the other tasks where the chief finds nothing left to train; does not wait for long.

    Args:
      config: the run.
      cluster: whose task is the `chief`.
      progress: receives whom it waits for.
    """
    try:
        timeout = min(config.cluster_timeout, _PATIENCE_WITH_OTHERS)
        watchdog.wait_for(cluster.servers or cluster.needed, timeout, progress.say)
    except ClusterTimeoutError:
        return
    settings = estimator.session_config(config, cluster=cluster)
    server = servers.start(cluster, settings)
    with Watchdog(cluster.servers, config.cluster_timeout, progress.say):
        Link(cluster, server, settings).end_the_others()


def train_as_worker(
    config: Config, cluster: Cluster, progress: Progress, dataset: Dataset | None = None
) -> WorkerResult:
    """Computes steps until the cluster has trained `config.train_steps` together.

    Args:
      config: the run, as the chief has it.
      cluster: whose task is a `worker`.
      progress: receives the reports of progress.
      dataset: the data, if already loaded.

    Raises:
      DataError: the data cannot be used.
      ClusterTimeoutError: a parameter server or the chief did not come.
      DivergedError: the loss became NaN or infinite, here or in another task.
    """
    forks.check()
    dataset = dataset or splits.load_dataset(config, progress)
    config = splits.with_train_steps(config, dataset, progress.say)
    training, _ = splits.training_and_validation(dataset, config)
    drawn_training.check(config, dataset)
    try:
        return _train_as_worker(config, cluster, progress, training)
    except DivergedError as diverged:
        raise DivergedError(
            diverged.step,
            diverged.what,
            f"{given(learning_rate=f'{config.learning_rate:g}')}: training diverged, "
            f"{diverged.what} at step {diverged.step:,}; the chief says what to try",
        ) from diverged


def _train_as_worker(
    config: Config, cluster: Cluster, progress: Progress, training: Selected
) -> WorkerResult:
    clock = hooks.TrainingClock()
    counted = _OwnSteps()
    with (
        stop_hook.StopRequest(progress) as stop,
        joined(cluster, config, len(training), progress, stop) as strategy,
    ):
        if strategy.is_over:
            return WorkerResult(0, stop.signal)
        examples = drawn_training.with_drawn(training, config, progress)
        all_hooks = strategy.hooks_with(
            [
                FiniteHook(model.LOSS_TENSOR),
                counted,
                hooks.ProgressHook(model.LOSS_TENSOR, config, clock, progress),
            ]
        )
        if diverged := strategy.agreed(_run(config, strategy, examples, all_hooks)):
            raise diverged
    return WorkerResult(counted.count, stop.signal)


def _run(
    config: Config, strategy: Strategy, examples: Any, all_hooks: list[Any]
) -> DivergedError | None:
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_worker_") as folder:
        here = dataclasses.replace(config, model_dir=folder)
        strategy.copy_checkpoint(folder)
        trained = strategy.build_estimator(here)
        try:
            trained.train(strategy.input_fn(examples), all_hooks, max_steps=config.train_steps)
        except DivergedError as error:
            return error
    return None


def serve_parameters(config: Config, cluster: Cluster, progress: Progress) -> None:
    """Is a parameter server until training has ended.

    Raises:
      ClusterTimeoutError: the chief was gone for longer than `config.cluster_timeout`.
    """
    progress.say(f"{cluster.name} at {cluster.servers[cluster.name]}")
    settings = estimator.session_config(config, cluster=cluster)
    parameter_server.serve(cluster, settings, config.cluster_timeout, progress.say)


class _OwnSteps(tf.train.SessionRunHook):
    def __init__(self) -> None:
        self.count = 0

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.count += 1


def _begin(config: Config, link: Link, examples: int) -> Begin | None:
    """Decides as the chief where training begins, or waits for what the chief decides."""
    trained = _what_is_trained(config, examples)
    cluster = link.cluster
    if not cluster.is_chief:
        told = link.wait_for_the_chief()
        if told is None:
            return None
        _check_same(cluster, told, trained)
        return Begin(told[_STEP], told[_CHECKPOINT], trained)
    checkpoint = tf.train.latest_checkpoint(os.path.abspath(config.model_dir))
    step = checkpoints.step_of(checkpoint) if checkpoint else 0
    told = {**trained, _STEP: step, _CHECKPOINT: checkpoint}
    if cluster.is_synchronous and readiness.is_finished(config):
        link.end_the_others()
    elif cluster.is_synchronous:
        link.begin(step, told)
    return Begin(step, checkpoint, told)


def _what_is_trained(config: Config, examples: int) -> dict[str, Any]:
    """Returns the settings in which every task has to agree, as JSON has them."""
    names = [row.name for row in fields.GROUPS["Recipe"] if row.in_config and row.stored]
    settings = {name: getattr(config, name) for name in names if name not in _OF_EACH_TASK}
    return json.loads(json.dumps({**settings, _EXAMPLES: examples}))


def _check_same(cluster: Cluster, of_the_chief: dict[str, Any], here: dict[str, Any]) -> None:
    for name, value in here.items():
        if of_the_chief.get(name) != value:
            shown = name if name == _EXAMPLES else argument(name)
            raise SettingsError(
                f"{cluster.name} has {value} for {shown}, and the chief {of_the_chief.get(name)}; "
                "give every task the same flags and data"
            )
