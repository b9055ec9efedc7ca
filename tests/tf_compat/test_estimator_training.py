"""Distribution strategies in RunConfig, on a cluster of processes on this machine."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import cluster_processes
import pytest
from places import REPOSITORY

from cnn_mnist.tf_compat import estimator, estimator_training, tf, versions

NEWER = versions.major_minor(versions.tensorflow_version()) >= (2, 16)
newer = pytest.mark.skipif(not NEWER, reason="TensorFlow 2.15 ships this module itself")
PROGRAM = pathlib.Path(__file__).parent / "cluster_task.py"
# The loss is the mean of (w - 1)² and (3w - 2)². Its gradient is 10w - 7, so that each step at a
# rate of 0.05 halves the distance to 0.7.
W = 0.7 * (1 - 0.5**3)


@pytest.fixture
def tf_config(monkeypatch):
    def set_to(kind="chief", index=0, **cluster):
        cluster = cluster or {"chief": ["localhost:1"], "worker": ["localhost:2"]}
        config = {"cluster": cluster, "task": {"type": kind, "index": index}}
        monkeypatch.setenv("TF_CONFIG", json.dumps(config))

    return set_to


@pytest.fixture
def strategy():
    return tf.distribute.OneDeviceStrategy("/cpu:0")


def distribute_config(**options):
    from tensorflow.python.distribute import distribute_config

    return distribute_config.DistributeConfig(**options)


def unused(features):
    raise AssertionError("a refusal comes before the model is built")


def fit_in_one_process(model_dir) -> float:
    def model_fn(features, labels, mode):
        w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
        loss = tf.reduce_mean(tf.square(w * features - labels))
        step = tf.train.get_or_create_global_step()
        train_op = tf.train.GradientDescentOptimizer(0.05).minimize(loss, step)
        return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    def input_fn():
        return tf.data.Dataset.from_tensors(([1.0, 3.0], [1.0, 2.0])).repeat()

    line = estimator.Estimator(model_fn, str(model_dir))
    return float(line.train(input_fn, max_steps=3).get_variable_value("w"))


def weights(printed) -> dict[str, float]:
    return {task: lines[-1]["w"] for task, lines in printed.items() if "w" in lines[-1]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "verb",
    [
        "train_and_evaluate",
        pytest.param("train", marks=newer),
    ],
)
def test_two_workers_train_as_one_process_does_on_the_whole_batch(tmp_path, verb):
    arguments = [verb, "MultiWorkerMirroredStrategy", tmp_path / "cluster"]
    printed = cluster_processes.run(PROGRAM, arguments, ["chief", "worker"])
    expected = fit_in_one_process(tmp_path / "alone")
    assert expected == pytest.approx(W)
    assert weights(printed) == {
        "chief 0": pytest.approx(expected),
        "worker 0": pytest.approx(expected),
    }
    assert printed["chief 0"][0] == {
        "task": ["chief", 0, 0],
        "is_chief": True,
        "replicas": [2, 0],
    }
    assert printed["worker 0"][0] == {
        "task": ["worker", 0, 1],
        "is_chief": False,
        "replicas": [2, 0],
    }
    assert tf.train.latest_checkpoint(arguments[-1]).endswith("model.ckpt-3")


@pytest.mark.slow
def test_two_workers_without_a_chief_train(tmp_path):
    """The first worker is the chief then."""
    arguments = ["train_and_evaluate", "MultiWorkerMirroredStrategy", tmp_path]
    printed = cluster_processes.run(PROGRAM, arguments, ["worker", "worker"])
    # Both have x = 3, y = 2: the gradient is 18w - 12, and a step leaves a tenth of the distance.
    expected = 2 / 3 * (1 - 0.1**3)
    assert list(weights(printed).values()) == [pytest.approx(expected)] * 2
    assert [lines[0]["is_chief"] for lines in printed.values()] == [True, False]
    assert [lines[0]["task"][2] for lines in printed.values()] == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "worker", "replicas"),
    [
        ("MultiWorkerMirroredStrategy", "worker", [2, 0]),
        # A second worker would wait 30 seconds for the chief.
        ("ParameterServerStrategy", "ps", [1, 1]),
    ],
)
def test_an_evaluator_evaluates_what_is_trained(tmp_path, strategy, worker, replicas):
    arguments = ["train_and_evaluate", strategy, tmp_path]
    printed = cluster_processes.run(PROGRAM, arguments, ["chief", worker, "evaluator"])
    assert "w" in printed["chief 0"][-1]
    assert printed["chief 0"][0]["replicas"] == replicas
    assert printed["evaluator 0"][0]["task"] == ["evaluator", 0, None]
    assert printed["evaluator 0"][0]["replicas"] == [0, 0]
    assert [*tmp_path.glob("eval/events.*")]


def test_a_strategy_and_tf_config_choose_the_coordinator(tf_config, strategy):
    tf_config()
    with_strategy = estimator.RunConfig(train_distribute=strategy)
    assert with_strategy._distribute_coordinator_mode == "independent_worker"
    assert with_strategy.cluster_spec.as_dict().keys() == {"chief", "worker"}
    for_evaluation = estimator.RunConfig(eval_distribute=strategy)
    assert for_evaluation._distribute_coordinator_mode is None
    assert for_evaluation.master == "grpc://localhost:1"


def test_a_strategy_without_tf_config_runs_in_this_process(monkeypatch, strategy):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    config = estimator.RunConfig(
        experimental_distribute=distribute_config(train_distribute=strategy)
    )
    assert config.train_distribute is not None
    assert config._distribute_coordinator_mode is None
    assert config.is_chief and not config.cluster_spec


def test_a_master_runs_as_without_a_strategy(tf_config, strategy):
    tf_config("master", master=["localhost:1"], worker=["localhost:2"])
    config = estimator.RunConfig(train_distribute=strategy)
    assert config._distribute_coordinator_mode is None
    assert config.task_type == "master"


@pytest.mark.parametrize("name", ["train_distribute", "eval_distribute"])
def test_two_strategies_for_one_thing_are_refused(strategy, name):
    with pytest.raises(ValueError, match=f"experimental_distribute.{name}"):
        estimator.RunConfig(
            **{name: strategy}, experimental_distribute=distribute_config(**{name: strategy})
        )


def test_two_clusters_are_refused(tf_config, strategy):
    tf_config()
    options = distribute_config(train_distribute=strategy, remote_cluster={"worker": ["a:1"]})
    with pytest.raises(ValueError, match="experimental_distribute.remote_cluster"):
        estimator.RunConfig(experimental_distribute=options)


@newer
def test_a_strategy_that_cannot_drive_a_remote_cluster_is_refused(monkeypatch, tmp_path, strategy):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    options = distribute_config(train_distribute=strategy, remote_cluster={"worker": ["a:1"]})
    config = estimator.RunConfig(str(tmp_path), experimental_distribute=options)
    with pytest.raises(ValueError, match="does not work with OneDeviceStrategy.*: use Parameter"):
        estimator.train_and_evaluate(
            estimator.Estimator(unused, config=config),
            estimator.TrainSpec(lambda: None, 1),
            estimator.EvalSpec(lambda: None),
        )


def test_train_drives_no_remote_cluster(monkeypatch, tmp_path):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    options = distribute_config(
        train_distribute=tf.distribute.experimental.ParameterServerStrategy(),
        remote_cluster={"worker": ["localhost:1"], "ps": ["localhost:2"]},
    )
    config = estimator.RunConfig(str(tmp_path), experimental_distribute=options)
    with pytest.raises(ValueError, match="Estimator.train"):
        estimator.Estimator(unused, config=config).train(lambda: None, steps=1)


@newer
@pytest.mark.parametrize("task", ["ps", "evaluator"])
def test_train_is_refused_for_a_task_that_does_not_train(tf_config, tmp_path, strategy, task):
    tf_config(task, **{job: ["localhost:1"] for job in ("chief", task)})
    config = estimator.RunConfig(str(tmp_path), train_distribute=strategy)
    with pytest.raises(ValueError, match=f"this task is {task}: use tf.estimator.train_and"):
        estimator.Estimator(unused, config=config).train(lambda: None, steps=1)


def test_evaluation_with_a_strategy_on_a_cluster_is_refused(tf_config, tmp_path, strategy):
    tf_config()
    config = estimator.RunConfig(str(tmp_path), train_distribute=strategy, eval_distribute=strategy)
    with pytest.raises(ValueError, match="Estimator.evaluate|STANDALONE_CLIENT"):
        estimator.Estimator(unused, config=config).evaluate(lambda: None)


@pytest.mark.parametrize(
    ("task_type", "task_id", "expected"),
    [("chief", 0, 0), ("evaluator", 0, 1), ("worker", 2, 4), ("ps", 1, 6), (None, None, 0)],
)
def test_tasks_are_numbered_as_run_config_numbers_them(task_type, task_id, expected):
    tasks = {"ps": 2, "worker": 3, "chief": 1, "evaluator": 1}
    assert estimator_training._global_id(tasks, task_type, task_id) == expected
    if task_type:
        from tensorflow_estimator.python.estimator import run_config

        cluster = tf.train.ClusterSpec(
            {job: [f"a:{i}" for i in range(n)] for job, n in tasks.items()}
        )
        assert expected == run_config._get_global_id_in_cluster(
            cluster, task_type, task_id, "chief"
        )


TWO_CPUS = """
import sys
from cnn_mnist.tf_compat import estimator, tf
import tensorflow

(cpu,) = tensorflow.config.list_physical_devices("CPU")
two = [tensorflow.config.LogicalDeviceConfiguration()] * 2
tensorflow.config.set_logical_device_configuration(cpu, two)
for api in (tensorflow, tf):
    estimator.RunConfig(train_distribute=api.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"]))
print("now with ReductionToOneDevice", file=sys.stderr)
strategy = tf.distribute.MirroredStrategy(
    ["/cpu:0", "/cpu:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
)

def model_fn(features, labels, mode):
    w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(tf.square(w * features - labels))
    step = tf.train.get_or_create_global_step()
    train_op = tf.train.GradientDescentOptimizer(0.05).minimize(loss, step)
    return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

def input_fn():
    return tf.data.Dataset.from_tensor_slices(([[1.0], [3.0]], [[1.0], [2.0]])).repeat()

config = estimator.RunConfig(sys.argv[1], train_distribute=strategy)
line = estimator.Estimator(model_fn, config=config).train(input_fn, max_steps=3)
print(line.get_variable_value("w"))
"""


@pytest.mark.slow
def test_a_mirrored_strategy_on_two_cpus_trains_and_is_warned_of_if_it_would_hang(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", TWO_CPUS, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert float(ran.stdout) == pytest.approx(W)
    before, _, after = ran.stderr.partition("now with ReductionToOneDevice")
    warning = "Training with MirroredStrategy on 2 CPUs may wait for ever"
    assert before.count(warning) == (1 if NEWER else 0)
    assert warning not in after
