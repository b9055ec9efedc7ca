"""Early stopping: which hook a strategy gets, and when it stops."""

from __future__ import annotations

import itertools
import json
import pathlib

import cluster_processes
import pytest

from cnn_mnist.tf_compat import early_stopping, estimator, tf

PROGRAM = pathlib.Path(__file__).parent / "cluster_task.py"


@pytest.fixture
def build(tmp_path):
    def model_fn(features, labels, mode):
        w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
        loss = tf.reduce_mean(tf.square(w * features - labels))
        step = tf.train.get_or_create_global_step()
        train_op = tf.train.GradientDescentOptimizer(0.05).minimize(loss, step)
        return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    def made(strategy=None):
        config = estimator.RunConfig(str(tmp_path), train_distribute=strategy)
        return estimator.Estimator(model_fn, config=config)

    return made


def input_fn():
    return tf.data.Dataset.from_tensors(([1.0], [1.0])).repeat()


def never():
    return False


def one_cpu():
    return tf.distribute.MirroredStrategy(["/cpu:0"])


def with_servers():
    return tf.distribute.experimental.ParameterServerStrategy()


def several_workers():
    return tf.distribute.experimental.MultiWorkerMirroredStrategy()


NO_STRATEGY = type(None)


@pytest.mark.parametrize(
    ("strategy", "hook"),
    [
        (NO_STRATEGY, early_stopping._ChiefsHook),
        (one_cpu, early_stopping._ChiefsHook),
        (with_servers, early_stopping._ChiefsHook),
        (several_workers, early_stopping._VotingHook),
    ],
)
def test_a_strategy_gets_its_hook(build, strategy, hook):
    made = early_stopping.make_early_stopping_hook(build(strategy()), never, run_every_steps=10)
    assert type(made) is hook


def test_upstream_still_takes_every_strategy_for_one_of_several_workers(build):
    """Otherwise `early_stopping` can go."""
    upstream = estimator.experimental.make_early_stopping_hook
    with pytest.raises(ValueError, match="when using MultiWorkerMirroredStrategy"):
        upstream(build(one_cpu()), never)
    made = upstream(build(with_servers()), never, run_every_secs=None, run_every_steps=10)
    assert type(made).__name__ == "_MultiWorkerEarlyStoppingHook"


@pytest.mark.parametrize(
    ("strategy", "task", "index", "cluster", "is_chief"),
    [
        (NO_STRATEGY, "chief", 0, ["chief", "worker", "ps"], True),
        (NO_STRATEGY, "worker", 0, ["chief", "worker", "ps"], False),
        (with_servers, "chief", 0, ["chief", "worker", "ps"], True),
        (with_servers, "worker", 0, ["chief", "worker", "ps"], False),
        (with_servers, "worker", 0, ["worker", "worker", "ps"], True),
        (with_servers, "worker", 1, ["worker", "worker", "ps"], False),
    ],
)
def test_only_the_chief_of_a_cluster_decides(
    build, monkeypatch, strategy, task, index, cluster, is_chief
):
    addresses = {job: [f"a:{i}" for i in range(cluster.count(job))] for job in cluster}
    tf_config = {"cluster": addresses, "task": {"type": task, "index": index}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(tf_config))
    made = early_stopping.make_early_stopping_hook(build(strategy()), never)
    decides = isinstance(made, early_stopping._ChiefsHook)
    assert decides == is_chief


def test_what_cannot_work_is_refused(build):
    make = early_stopping.make_early_stopping_hook
    with pytest.raises(TypeError, match="must be a tf.estimator.Estimator, not <class 'str'>"):
        make("model", never)
    with pytest.raises(TypeError, match="callable"):
        make(build(), True)
    with pytest.raises(ValueError, match="one of run_every_secs and run_every_steps"):
        make(build(), never, run_every_secs=1, run_every_steps=1)
    with pytest.raises(ValueError, match="Strategy.* needs run_every_steps"):
        make(build(several_workers()), never)


# The losses after the steps 10, 20, 30 and 40.
LOSSES = [5.0, 3.0, 4.0, 3.5]


@pytest.fixture
def evaluated(build):
    """An Estimator with evaluations of `LOSSES`, and one of step 50 that has other metrics."""
    bare = build()
    with tf.Graph().as_default(), tf.summary.FileWriter(bare.eval_dir()) as writer:
        for step, loss in zip(itertools.count(10, 10), LOSSES, strict=False):
            writer.add_summary(summary(loss=loss), step)
        writer.add_summary(summary(precision=1.0), 50)
    return bare


def summary(**values):
    return tf.Summary(value=[tf.Summary.Value(tag=k, simple_value=v) for k, v in values.items()])


@pytest.mark.parametrize(
    ("kind", "limit", "options", "stops"),
    [
        ("higher", 4.9, {}, True),
        ("higher", 5.0, {}, False),
        ("higher", 4.9, {"min_steps": 20}, False),
        ("lower", 3.1, {}, True),
        ("lower", 3.0, {}, False),
        ("lower", 3.1, {"min_steps": 30}, False),
        # The highest is of step 10, the lowest of step 20.
        ("no_increase", 30, {}, True),
        ("no_increase", 31, {}, False),
        ("no_decrease", 20, {}, True),
        ("no_decrease", 21, {}, False),
        # From step 30 on, the lowest is of step 40.
        ("no_decrease", 20, {"min_steps": 30}, False),
    ],
)
def test_it_stops_by_what_evaluations_found(evaluated, kind, limit, options, stops):
    make = getattr(early_stopping, f"stop_if_{kind}_hook")
    hook = make(evaluated, "loss", limit, run_every_steps=10, **options)
    assert hook._should_stop_fn() is stops


def test_no_evaluation_yet_stops_nothing(build):
    hook = early_stopping.stop_if_no_decrease_hook(build(), "loss", 1)
    assert hook._should_stop_fn() is False


def test_another_folder_is_read(evaluated, tmp_path):
    hook = early_stopping.stop_if_higher_hook(evaluated, "loss", 1, str(tmp_path / "empty"))
    assert hook._should_stop_fn() is False


def test_a_metric_that_no_evaluation_has_is_refused(evaluated):
    hook = early_stopping.stop_if_higher_hook(evaluated, "accuracy", 1)
    with pytest.raises(ValueError, match="has accuracy, but loss, precision"):
        hook._should_stop_fn()


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [NO_STRATEGY, one_cpu, with_servers, several_workers])
def test_it_stops_and_a_later_training_goes_on(build, strategy):
    bare = build(strategy())
    asked = itertools.count()
    stop = early_stopping.make_early_stopping_hook(
        bare, lambda: next(asked) == 2, run_every_steps=1
    )
    bare.train(input_fn, hooks=[stop], max_steps=10)
    # The workers that vote stop one step later than the vote. With servers of parameters a step
    # reads the counter while it is counted up, so a question may come a step or two later.
    expected = {several_workers: [4], with_servers: range(3, 10)}.get(strategy, [3])
    assert bare.get_variable_value("global_step") in expected
    go_on = early_stopping.make_early_stopping_hook(bare, never, run_every_steps=1)
    bare.train(input_fn, hooks=[go_on], max_steps=10)
    assert bare.get_variable_value("global_step") == 10


@pytest.mark.slow
def test_one_worker_stops_all(tmp_path):
    arguments = ["train_and_evaluate", "MultiWorkerMirroredStrategy", tmp_path, "stop"]
    printed = cluster_processes.run(PROGRAM, arguments, ["chief", "worker"])
    assert [lines[-1]["step"] for lines in printed.values()] == [2, 2]
