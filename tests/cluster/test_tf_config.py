"""TF_CONFIG is accepted if one machine can follow it, and otherwise refused in one line."""

from __future__ import annotations

import json

import pytest

from cnn_mnist.cluster import tf_config
from cnn_mnist.errors import UserError

CHIEF = {"cluster": {"chief": ["localhost:2222"]}, "task": {"type": "chief", "index": 0}}
TWO = {"chief": ["a:1"], "worker": ["b:1"]}


@pytest.mark.parametrize(
    "value",
    ["", "{}", json.dumps(CHIEF), '{"cluster": {}}', '{"task": {"type": "worker", "index": 0}}'],
)
def test_a_value_for_one_machine_is_accepted(monkeypatch, value):
    monkeypatch.setenv("TF_CONFIG", value)
    tf_config.check()


def test_unset_is_accepted(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    tf_config.check()


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
        json.dumps({"cluster": TWO, "task": {"type": "worker", "index": "0"}}),
        "it names a cluster of 2 tasks; training runs on one machine",
    ),
    (
        json.dumps({"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}),
        "its only task is a worker; a single task must be the chief",
    ),
    (json.dumps({"task": {"type": "chief"}}), "its task is chief 0, and it names no cluster"),
    (
        json.dumps({**CHIEF, "session_master": "grpc://a:1"}),
        "training on one machine does not use its field 'session_master'",
    ),
]


@pytest.mark.parametrize(("value", "reason"), MISTAKES, ids=[reason for _, reason in MISTAKES])
def test_other_values_are_refused_with_the_reason_and_what_is_allowed(monkeypatch, value, reason):
    monkeypatch.setenv("TF_CONFIG", value)
    with pytest.raises(UserError) as error:
        tf_config.check()
    assert str(error.value).startswith(f"TF_CONFIG cannot be used: {reason}")
    assert "; allowed: unset, or a JSON object such as {" in str(error.value)


def test_training_refuses_a_wrong_value_before_it_loads_data(monkeypatch, small_config):
    from cnn_mnist import experiment

    monkeypatch.setenv("TF_CONFIG", "{")
    with pytest.raises(UserError, match="^TF_CONFIG cannot be used"):
        experiment.train(small_config)


def test_a_chief_alone_trains(monkeypatch, small_config, small):
    from cnn_mnist import experiment

    monkeypatch.setenv("TF_CONFIG", json.dumps(CHIEF))
    assert experiment.train(small_config, dataset=small).last_step == 40
