"""The evaluator of a cluster, a real process, measures checkpoints and ends when training does."""

from __future__ import annotations

import pytest

from cnn_mnist.errors import LOST_STATUS
from cnn_mnist.model_folder import checkpoints

pytestmark = pytest.mark.slow

FLAGS = (
    *("--architecture=flatten, dense 10", "--offline", "--train_examples=5000"),
    *("--batch_size=50", "--warmup_steps=0", "--validation_examples=200", "--threads=1"),
    *("--save_checkpoints_steps=100", "--mode=train", "--cluster_timeout=60"),
)


@pytest.fixture
def cluster_of(cluster_in):
    """A function that gives a cluster of these roles, with `FLAGS` and others."""
    return lambda roles, *flags: cluster_in(roles, *FLAGS, *flags)


@pytest.mark.parametrize(
    "roles",
    [("ps", "evaluator", "chief"), ("evaluator", "worker", "chief"), ("evaluator", "chief")],
    ids=["asynchronous", "synchronous", "with a chief alone"],
)
def test_it_measures_checkpoints_up_to_the_last_and_ends(cluster_of, tmp_path, roles):
    flags = ["--train_steps=100000", "--validate_every_steps=100"]
    # Ends by early stopping, of which the steps say nothing.
    flags += ["--early_stopping_patience=3", "--learning_rate=1e-9"]
    with cluster_of(roles, *flags) as cluster:
        cluster.start_all()
        assert set(cluster.statuses().values()) == {0}
        log = cluster.log_of("evaluator 0")
    last = checkpoints.latest_step(str(tmp_path / "model"))
    assert f"step {last:,}  " in log and "% of 10,000 test images, loss" in log
    assert "Evaluated   evaluator 0: checkpoints of" in log.splitlines()[-1]
    assert [*(tmp_path / "model" / "eval_test").glob("events.out.tfevents.*")]


def test_an_evaluator_whose_chief_never_comes_ends_with_one_line(cluster_of):
    with cluster_of(("evaluator", "chief"), "--cluster_timeout=2") as cluster:
        cluster.start("evaluator 0")
        assert cluster.statuses() == {"evaluator 0": LOST_STATUS}
        last = cluster.log_of("evaluator 0").splitlines()[-1]
        assert last.startswith("cnn-mnist: the cluster is lost: chief 0 at localhost:")
