"""oneDNN is on where it is faster, and a user's own choice stays."""

from __future__ import annotations

import sys

import pytest

from cnn_mnist import tf_compat
from cnn_mnist.support import processor
from cnn_mnist.tf_compat import kernels

ZEN_3 = "fpu sse2 avx avx2 fma"


@pytest.fixture
def choose(monkeypatch):
    """Chooses for a processor with these instruction sets, before TensorFlow is imported."""
    monkeypatch.delitem(sys.modules, "tensorflow")

    def chosen(sets, environment=()):
        monkeypatch.setattr(processor, "instruction_sets", lambda: frozenset(sets.split()))
        environment = dict(environment)
        return kernels.choose(environment), environment

    return chosen


@pytest.mark.parametrize("sets", [ZEN_3, f"{ZEN_3} avx512f avx512bw"])
def test_onednn_is_turned_on_where_tensorflow_would_leave_it_off(choose, sets):
    assert choose(sets) == ("cnn_mnist", {kernels.VARIABLE: "1"})


@pytest.mark.parametrize("newer", sorted(kernels.TENSORFLOW_TURNS_IT_ON))
def test_a_processor_on_which_tensorflow_turns_it_on_is_left_to_tensorflow(choose, newer):
    assert choose(f"{ZEN_3} {newer}") == ("TensorFlow", {})


@pytest.mark.parametrize("sets", ["", "fpu sse2 avx", "avx avx2"])
def test_a_processor_without_avx2_or_of_another_kind_is_left_to_tensorflow(choose, sets):
    assert choose(sets) == ("TensorFlow", {})


@pytest.mark.parametrize("value", ["0", "1", ""])
def test_a_users_own_setting_stays_and_is_said(choose, value):
    environment = {kernels.VARIABLE: value}
    assert choose(ZEN_3, environment) == (f"{kernels.VARIABLE}={value}", environment)


def test_where_tensorflow_is_imported_already_nothing_is_set(choose, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", tf_compat)
    assert choose(ZEN_3) == ("TensorFlow", {})


def test_kernels_read_as_one_line():
    found = kernels.Kernels("oneDNN", "cnn_mnist", ("avx2", "fma"))
    assert str(found) == "oneDNN, chosen by cnn_mnist; AVX2, FMA"


@pytest.mark.skipif(
    not {"avx2", "fma"} <= processor.instruction_sets(), reason="this processor has no AVX2"
)
def test_a_fresh_process_computes_with_onednn_and_leaves_the_environment(users_file):
    by_tensorflow = processor.instruction_sets() & kernels.TENSORFLOW_TURNS_IT_ON
    expected = "TensorFlow" if by_tensorflow else "cnn_mnist"
    assert users_file["kernels"] == ["oneDNN", expected, None]


@pytest.mark.slow
def test_a_user_can_turn_onednn_off(users_process, tmp_path):
    found = users_process(tmp_path, TF_ENABLE_ONEDNN_OPTS="0")
    assert found["kernels"] == ["Eigen", "TF_ENABLE_ONEDNN_OPTS=0", "0"]
