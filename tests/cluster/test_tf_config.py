"""TF_CONFIG is accepted if one machine can follow it, and otherwise refused in one line."""

from __future__ import annotations

import dataclasses
import json
import os
import random

import pytest

from cnn_mnist.cluster import tf_config
from cnn_mnist.data import splits
from cnn_mnist.errors import UserError
from cnn_mnist.estimator import build_estimator
from cnn_mnist.tf_compat import estimator, tf
from cnn_mnist.training import trainer

CHIEF = {"cluster": {"chief": ["localhost:2222"]}, "task": {"type": "chief", "index": 0}}
TWO = {"chief": ["a:1"], "worker": ["b:1"]}


@pytest.mark.parametrize(
    "value",
    ["", "{}", json.dumps(CHIEF), '{"cluster": {}}', '{"task": {"type": "worker", "index": 0}}'],
)
def test_a_value_for_one_machine_is_accepted(monkeypatch, value):
    monkeypatch.setenv("TF_CONFIG", value)
    assert tf_config.cluster_to_train_in() is None


def test_unset_is_accepted(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert tf_config.cluster_to_train_in() is None


MISTAKES = [
    ("{", "it is not JSON (Expecting property name"),
    ("[" * 100_000, "it is not JSON ("),
    ("[1]", "it is a JSON list, not an object"),
    ("null", "it is a JSON NoneType, not an object"),
    ('{"cluster": [1]}', "its field 'cluster' is not an object of lists of addresses"),
    ('{"cluster": {"chief": 5}}', "its field 'cluster' is not an object of lists of addresses"),
    ('{"task": 5}', "its field 'task' is not an object"),
    (json.dumps({"cluster": TWO}), "its task is None None; its cluster has chief 0, worker 0"),
    (
        json.dumps({"cluster": TWO, "task": {"type": "worker", "index": 1}}),
        "its task is worker 1; its cluster has chief 0, worker 0",
    ),
    (
        json.dumps({"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}),
        "its cluster has no chief and no worker, only ps",
    ),
    (
        json.dumps({"cluster": {"chief": ["a:1"], "ps": ["a:1"]}, "task": CHIEF["task"]}),
        "chief 0 and ps 0 have the same address, 'a:1'",
    ),
    (
        json.dumps({"cluster": {"chief": ["a:1", "b:1"]}, "task": CHIEF["task"]}),
        "its cluster has 2 tasks of type chief; expected one",
    ),
    (
        json.dumps({**CHIEF, "task": {"type": "evaluator", "index": 1}}),
        "its task is evaluator 1; its cluster has chief 0",
    ),
    (
        '{"sparseCluster": {"worker": {"1": "a:1"}}, "task": {"type": "worker", "index": 1}}',
        "its field 'sparseCluster' leaves out most tasks; set the TFJob's enableDynamicWorker to "
        "false",
    ),
    (json.dumps({"task": {"type": "chief"}}), "its task is chief 0, and it names no cluster"),
    *(
        (
            json.dumps({**CHIEF, "task": {"type": "chief", "index": index}}),
            f"its task is chief {shown}; its cluster has chief 0",
        )
        for index, shown in [
            (False, "False"),
            (True, "True"),
            (0.0, "0.0"),
            (-1, "-1"),
            ("-1", "'-1'"),
            ("2", "2"),
            ("\u0660", r"'\u0660'"),
            ("0" * 5000, f"'{'0' * 39}…"),
            ([[]], "[[]]"),
            (None, "None"),
        ]
    ),
    ('{"task": {"index": 1%s}}' % ("0" * 5000), "it is not JSON (Exceeds the limit"),
    *(
        (
            json.dumps({**CHIEF, "cluster": {"chief": [address]}}),
            f"the address of chief 0 is {shown}; expected a text such as 'localhost:2222'",
        )
        for address, shown in [
            (2222, "2222"),
            ("", "''"),
            ("a b", "'a b'"),
            ("\u00e9:1", r"'\xe9:1'"),
            ("\ud800:1", r"'\ud800:1'"),
            (["a:1"], "['a:1']"),
            ("\x1b[31m", r"'\x1b[31m'"),
        ]
    ),
    (
        json.dumps({"cluster": {"\x1b": ["a:1"]}, "task": {"type": "\x1b", "index": 0}}),
        r"its cluster has a '\x1b'; expected chief, worker, ps, evaluator",
    ),
    (
        json.dumps({"cluster": {"w": ["a:1"] * 1000}, "task": {"type": "worker", "index": 0}}),
        "its task is worker 0; its cluster has w 0, w 1, w 2, w 3, w 4, w 5, w 6, w 7 and 992 more",
    ),
    (
        json.dumps({**CHIEF, "cluster": {"chief": ["a:1"], "master": ["b:1"]}}),
        "its cluster has a chief and a master, which are the same",
    ),
    (
        json.dumps({**CHIEF, "session_master": "grpc://a:1"}),
        "its field 'session_master' is not used here, so leave it out",
    ),
]


@pytest.mark.parametrize(("value", "reason"), MISTAKES, ids=[reason for _, reason in MISTAKES])
def test_other_values_are_refused_with_the_reason_and_what_is_allowed(monkeypatch, value, reason):
    monkeypatch.setenv("TF_CONFIG", value)
    with pytest.raises(UserError) as error:
        tf_config.cluster_to_train_in()
    assert str(error.value).startswith(f"TF_CONFIG cannot be used: {reason}")
    assert "; allowed: unset, or a JSON object such as {" in str(error.value)


def test_training_refuses_a_wrong_value_before_it_loads_data(monkeypatch, small_config):
    from cnn_mnist import experiment

    monkeypatch.setenv("TF_CONFIG", "{")
    with pytest.raises(UserError, match="^TF_CONFIG cannot be used"):
        experiment.train(small_config)


def of(cluster, kind, index, **fields):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}, **fields})


SPARK = {"chief": ["a:1"], "worker": ["b:1"], "ps": ["c:1"], "evaluator": ["d:1"]}
SAGEMAKER = {"master": ["a:2222"], "worker": ["b:2222"], "ps": ["a:2223", "b:2223"]}
FROM_LAUNCHERS = {
    "TFJob": (
        of({"chief": ["a:1"], "worker": ["b:1"]}, "worker", 0, environment="cloud"),
        {"chief": ("a:1",), "worker": ("b:1",)},
        ("worker", 0),
    ),
    "TFJob, the evaluator": (
        of({"chief": ["a:1"], "ps": ["b:1"]}, "evaluator", 0, environment="cloud"),
        {"chief": ("a:1",), "ps": ("b:1",)},
        ("evaluator", 0),
    ),
    "TFJob of one worker": (
        of({"worker": ["a:1"]}, "worker", 0),
        {"chief": ("a:1",)},
        ("chief", 0),
    ),
    "Vertex AI": (
        json.dumps(
            {
                "cluster": {"master": ["a:1"], "worker": ["b:1", "c:1"]},
                "task": {"type": "worker", "index": "1", "trial": "7", "cloud": "x"},
                "job": {"scale_tier": "CUSTOM"},
            }
        ),
        {"chief": ("a:1",), "worker": ("b:1", "c:1")},
        ("worker", 1),
    ),
    "TensorFlowOnSpark": (
        of(SPARK, "evaluator", 0),
        {kind: tuple(of_kind) for kind, of_kind in SPARK.items()},
        ("evaluator", 0),
    ),
    "Ray Train, its first worker": (
        of({"worker": ["a:1", "b:1", "c:1"]}, "worker", 0),
        {"chief": ("a:1",), "worker": ("b:1", "c:1")},
        ("chief", 0),
    ),
    "Ray Train, its third worker": (
        of({"worker": ["a:1", "b:1", "c:1"]}, "worker", 2),
        {"chief": ("a:1",), "worker": ("b:1", "c:1")},
        ("worker", 1),
    ),
    "SageMaker": (
        of(SAGEMAKER, "ps", 1),
        {"chief": ("a:2222",), "worker": ("b:2222",), "ps": ("a:2223", "b:2223")},
        ("ps", 1),
    ),
}
"""What each launcher sets, and the cluster and task that follow from it."""


@pytest.mark.parametrize("launcher", FROM_LAUNCHERS)
def test_what_a_launcher_sets_is_brought_into_one_form(monkeypatch, launcher):
    text, addresses, task = FROM_LAUNCHERS[launcher]
    monkeypatch.setenv("TF_CONFIG", text)
    assert tf_config.read() == tf_config.Cluster(addresses, task)


def test_a_single_worker_trains_as_the_chief(monkeypatch, small_config):
    monkeypatch.setenv("TF_CONFIG", of({"worker": ["a:1"]}, "worker", 0))
    assert tf_config.cluster_to_train_in() is None
    assert build_estimator(small_config).config.is_chief


def test_a_chief_with_only_an_evaluator_trains_as_one_process(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", of({"chief": ["a:1"], "evaluator": ["b:1"]}, "chief", 0))
    assert tf_config.cluster_to_train_in() is None
    monkeypatch.setenv("TF_CONFIG", of({"chief": ["a:1"]}, "evaluator", 0))
    assert tf_config.cluster_to_train_in().task == ("evaluator", 0)


WITH_PS = of({"chief": ["a:1"], "ps": ["b:1"]}, "chief", 0)
WITHOUT_PS = of({"chief": ["a:1"], "worker": ["b:1"]}, "chief", 0)


@pytest.mark.parametrize(
    ("text", "distribution", "message"),
    [
        (WITH_PS, "multi_worker_mirrored", "whose cluster has a ps; allowed: parameter_server or"),
        (WITHOUT_PS, "parameter_server", "whose cluster has no ps; allowed: multi_worker_mirrored"),
        (
            "",
            "parameter_server",
            "needs a cluster of several tasks in TF_CONFIG, and there is none",
        ),
    ],
)
def test_a_distribution_that_does_not_fit_the_cluster_is_refused(
    monkeypatch, small_config, text, distribution, message
):
    monkeypatch.setenv("TF_CONFIG", text)
    config = dataclasses.replace(small_config, distribution=distribution)
    with pytest.raises(UserError, match=message):
        trainer.check(config)


@pytest.mark.parametrize(
    ("text", "distribution"),
    [
        *[(WITH_PS, name) for name in ("auto", "parameter_server")],
        *[(WITHOUT_PS, name) for name in ("auto", "multi_worker_mirrored")],
        ("", "auto"),
    ],
)
def test_a_distribution_that_fits_is_taken(monkeypatch, small_config, text, distribution):
    monkeypatch.setenv("TF_CONFIG", text)
    trainer.check(dataclasses.replace(small_config, distribution=distribution))


@pytest.mark.parametrize(
    ("text", "steps", "epochs"), [(WITHOUT_PS, 34, None), (WITH_PS, 68, 2), ("", 68, 2)]
)
def test_an_epoch_has_fewer_steps_where_tasks_compute_each_together(
    monkeypatch, small_config, small, text, steps, epochs
):
    monkeypatch.setenv("TF_CONFIG", text)
    assert splits.training_count(len(small.train), small_config.validation_examples, None) == 1700
    config = dataclasses.replace(small_config, epochs=2, batch_size=50, train_examples=None)
    found = splits.with_train_steps(config, small)
    assert (found.train_steps, found.epochs, found.batch_size) == (steps, epochs, 50)
    assert splits.with_train_steps(found, small) == found


def test_in_a_synchronous_cluster_each_task_is_a_chief_of_its_own_weights(
    monkeypatch, small_config
):
    text = of({"chief": ["a:1"], "worker": ["b:1", "c:1"]}, "worker", 1)
    monkeypatch.setenv("TF_CONFIG", text)
    cluster = tf_config.cluster_to_train_in()
    assert cluster.is_synchronous and cluster.computing == ["chief 0", "worker 0", "worker 1"]
    run_config = build_estimator(small_config, cluster=cluster, master="grpc://c:1").config
    assert run_config.is_chief and run_config.master == "grpc://c:1"
    assert run_config.session_config.experimental.collective_group_leader.startswith("/job:chief")
    # The end of another task's step would end this one's if their sessions shared a device.
    assert list(run_config.session_config.device_filters) == ["/job:worker/task:1"]
    with tf.Graph().as_default():
        assert run_config.device_fn(tf.no_op()) == "/job:worker/task:1"
        with tf.device("/cpu:0"):
            assert run_config.device_fn(tf.no_op()) == "/job:worker/task:1/device:CPU:0"


@pytest.mark.parametrize("index", [0, "0"])
def test_estimator_reads_the_one_form_and_not_the_variable(monkeypatch, small_config, index):
    text = of(SAGEMAKER, "worker", index, service="not what Estimator expects", model_dir="")
    monkeypatch.setenv("TF_CONFIG", text)
    cluster = tf_config.cluster_to_train_in()
    run_config = build_estimator(small_config, cluster=cluster).config
    assert (run_config.task_type, run_config.task_id, run_config.is_chief) == ("worker", 0, False)
    assert run_config.cluster_spec.as_dict() == {
        "chief": ["a:2222"],
        "worker": ["b:2222"],
        "ps": ["a:2223", "b:2223"],
    }
    # Without filters a session waits for every worker.
    assert list(run_config.session_config.device_filters) == ["/job:ps", "/job:worker/task:0"]
    assert os.environ["TF_CONFIG"] == text


@pytest.mark.parametrize("value", ["", '{"service": 5}', of(SPARK, "worker", 0)])
def test_evaluation_and_export_are_by_one_process(monkeypatch, small_config, value):
    monkeypatch.setenv("TF_CONFIG", value)
    assert build_estimator(small_config).config.task_type == "worker"
    assert build_estimator(small_config).config.is_chief
    assert os.environ["TF_CONFIG"] == value


def test_what_the_check_passes_estimator_takes_and_all_else_is_one_line(monkeypatch, small_config):
    """Two thousand values of which most are nearly right."""
    chance = random.Random(1)
    taken = 0
    for _ in range(2000):
        monkeypatch.setenv("TF_CONFIG", json.dumps(_nearly_right(chance)))
        try:
            cluster = tf_config.read()
        except UserError as error:
            assert len(str(error)) < 500
            assert str(error).isprintable()
            continue
        with tf_config.in_environment(cluster):
            estimator.RunConfig(model_dir=small_config.model_dir)
        taken += 1
    assert 100 < taken < 1900


def _nearly_right(chance):
    odd = [
        None,
        True,
        0,
        1,
        -1,
        0.0,
        10**30,
        "",
        "0",
        "x" * 9999,
        "\ud800",
        "\x1b[1m",
        [],
        {},
        [[]],
    ]
    kinds = [*["chief", "master"] * 5, "worker", "ps", "evaluator", *odd[6:11]]
    kind = chance.choice(kinds)
    index = chance.choice([*[0, "0"] * 10, *odd])
    address = chance.choice([*["a:1"] * 20, 2222, *odd])
    value = {
        "cluster": {kind: [address] * chance.choice([1, 1, 1, 0, 2])},
        "task": {"type": chance.choice([*[kind] * 99, *kinds, *odd]), "index": index},
        "service": chance.choice(odd),
    }
    for field in (*value, "model_dir", "session_master"):
        if chance.random() < 0.03:
            value[field] = chance.choice(odd)
        elif chance.random() < 0.03:
            value.pop(field, None)
    return value


def test_a_chief_alone_trains(monkeypatch, small_config, small):
    from cnn_mnist import experiment

    monkeypatch.setenv("TF_CONFIG", json.dumps(CHIEF))
    assert experiment.train(small_config, dataset=small).last_step == 40
