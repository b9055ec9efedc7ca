"""What a task learns from the chief before it trains, also when it comes late; on real servers."""

from __future__ import annotations

import cluster_processes
import pytest

from cnn_mnist.cluster import link as links
from cnn_mnist.cluster import server as servers
from cnn_mnist.cluster import shared_values
from cnn_mnist.cluster.link import Link
from cnn_mnist.cluster.shared_values import SharedValues
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.errors import DivergedError
from cnn_mnist.tf_compat import tf

TOLD = {"learning_rate": 0.5}


@pytest.fixture
def task_of(monkeypatch):
    """A function that gives the link of a task; all are in this process, each with a server."""
    monkeypatch.setattr(links, "_PATIENCE_WITH_WORKERS", 0.0)
    addresses = cluster_processes.free_addresses(("ps", "worker", "chief"))
    found = {}
    for kind in addresses:
        cluster = Cluster({k: tuple(those) for k, those in addresses.items()}, (kind, 0))
        settings = tf.ConfigProto()
        found[kind] = Link(cluster, servers.start(cluster, settings), settings)
    return found.get


def reason_at(link):
    with tf.Graph().as_default():
        values = SharedValues(link.cluster)
        with tf.Session(link.server.target) as session:
            return values.reason(session)


def test_a_worker_is_told_what_is_trained_and_that_nothing_is_left(task_of):
    task_of("chief").begin(0, TOLD)
    assert task_of("worker").wait_for_the_chief() == TOLD
    task_of("chief").end_the_others()
    assert task_of("worker").wait_for_the_chief() is None


def test_a_worker_that_comes_when_nothing_was_begun_is_told_that_nothing_is_left(task_of):
    task_of("chief").end_the_others()
    assert task_of("worker").wait_for_the_chief() is None


@pytest.mark.parametrize("has_ended", [False, True])
@pytest.mark.parametrize("found_by", ["chief", "worker"])
def test_a_worker_that_comes_late_is_told_that_training_diverged(task_of, found_by, has_ended):
    task_of("chief").begin(0, TOLD)
    task_of(found_by).say_diverged(DivergedError(1_234, "the loss is nan"))
    if has_ended:
        task_of("chief").end_the_others()
    assert reason_at(task_of("worker")) == shared_values.DIVERGED
    with pytest.raises(DivergedError, match="the loss is nan at step 1,234") as raised:
        task_of("worker").wait_for_the_chief()
    assert raised.value.step == 1_234


@pytest.mark.parametrize("found_by", ["chief", "worker"])
def test_that_training_diverged_outlives_a_stop_of_the_chief(task_of, found_by):
    task_of("chief").begin(0, TOLD)
    task_of(found_by).say_diverged(DivergedError(1_234, "the loss is nan"))
    with tf.Graph().as_default():
        values = SharedValues(task_of("chief").cluster)
        with tf.Session(task_of("chief").server.target) as session:
            values.ask_to_stop(session)
    with pytest.raises(DivergedError, match="the loss is nan at step 1,234"):
        task_of("worker").wait_for_the_chief()


def test_training_that_begins_anew_has_not_diverged(task_of):
    task_of("chief").begin(0, TOLD)
    task_of("worker").say_diverged(DivergedError(1_234, "the loss is nan"))
    task_of("chief").begin(1_000, TOLD)
    assert task_of("worker").wait_for_the_chief() == TOLD
