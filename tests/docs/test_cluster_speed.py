"""docs/cluster_speed.py computes what its sources say, and docs/clusters.md shows its table."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import sys

import pytest
from places import REPOSITORY

from cnn_mnist.config import presets
from cnn_mnist.networks import architecture

_SPEC = importlib.util.spec_from_file_location(
    "cluster_speed", REPOSITORY / "docs" / "cluster_speed.py"
)
cluster_speed = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = cluster_speed
_SPEC.loader.exec_module(cluster_speed)


@pytest.mark.parametrize("table", [cluster_speed.comparison, cluster_speed.table])
def test_the_page_shows_its_tables(table):
    assert table() in (REPOSITORY / "docs" / "clusters.md").read_text()


def test_one_task_computes_or_waits_whichever_takes_longer():
    cluster = cluster_speed.Cluster(compute=0.2, ps_compute=0.03, line=13.1e6, ps=2, ps_cores=0.5)
    assert cluster_speed.asynchronous(cluster, 1) == pytest.approx(100 / (1 + 0.03 + 1))
    quick = dataclasses.replace(cluster, line=1e18)
    assert cluster_speed.asynchronous(quick, 1) == pytest.approx(100 / 0.2)
    assert cluster_speed.synchronous(quick, 1) == pytest.approx(100 / 0.2)


def test_tasks_add_up_until_the_slowest_station_is_always_busy():
    cluster = cluster_speed.Cluster(compute=0.2, ps_compute=0.04, ps_cores=0.5, line=1e18)
    speeds = [cluster_speed.asynchronous(cluster, tasks) for tasks in (1, 2, 3, 500)]
    assert speeds == pytest.approx([100 / 0.2, 200 / 0.2, 100 / 0.08, 100 / 0.08])
    slow_line = dataclasses.replace(cluster, line=131e6, ps=4)
    assert cluster_speed.asynchronous(slow_line, 500) == pytest.approx(100 / (0.1 / 4))


def test_a_ring_sends_almost_twice_the_weights_and_waits_for_the_slowest():
    cluster = cluster_speed.Cluster(compute=0.2, spread=0.1, line=131e6, latency=0.001)
    seconds = 0.2 * (1 + 0.1 * math.sqrt(2 * math.log(4))) + 6 * (0.1 / 4 + 0.001)
    assert cluster_speed.synchronous(cluster, 4) == pytest.approx(400 / seconds)


def test_the_last_task_that_pays_adds_half_of_what_one_computes():
    cluster = cluster_speed.Cluster(ps_compute=0.04, line=1e18)
    last = cluster_speed.last_that_pays(cluster_speed.asynchronous, cluster)
    speeds = [cluster_speed.asynchronous(cluster, last + more) for more in (-1, 0, 1)]
    alone = cluster_speed.BATCH / cluster.compute
    assert speeds[1] - speeds[0] >= alone / 2 > speeds[2] - speeds[1]


def test_the_weights_are_those_of_the_tutorials_network():
    layers = architecture.parse(presets.TUTORIAL_NETWORK)
    assert 4 * architecture.parameter_count(layers) == pytest.approx(
        cluster_speed.WEIGHTS, rel=0.001
    )
