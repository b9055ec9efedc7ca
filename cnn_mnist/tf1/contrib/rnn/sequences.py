"""Networks of cells over sequences: fused ones, and stacks of bidirectional layers."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

from cnn_mnist.tf_compat import tf


class FusedRNNCell(abc.ABC):
    """A network over a whole sequence `[time, batch, depth]`, or a list of `[batch, depth]`."""

    @abc.abstractmethod
    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Returns the outputs, in the form of the inputs, and the last state."""


class FusedRNNCellAdaptor(FusedRNNCell):
    """Makes a fused network of a cell.

    Args:
      cell: the cell.
      use_dynamic_rnn: whether to use `tf.nn.dynamic_rnn` instead of `tf.nn.static_rnn`.
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell, self._dynamic = cell, use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        is_list = isinstance(inputs, list)
        settings: dict[str, Any] = {
            "initial_state": initial_state,
            "dtype": dtype,
            "sequence_length": sequence_length,
            "scope": scope,
        }
        if self._dynamic:
            inputs = tf.stack(inputs) if is_list else inputs
            outputs, state = tf.nn.dynamic_rnn(self._cell, inputs, time_major=True, **settings)
            return tf.unstack(outputs) if is_list else outputs, state
        inputs = inputs if is_list else tf.unstack(inputs)
        outputs, state = tf.nn.static_rnn(self._cell, inputs, **settings)
        return outputs if is_list else tf.stack(outputs), state


class TimeReversedFusedRNN(FusedRNNCell):
    """Runs a fused network backwards in time.

    Args:
      cell: the fused network.
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        outputs, state = self._cell(
            _reversed(inputs, sequence_length),
            initial_state=initial_state,
            dtype=dtype,
            sequence_length=sequence_length,
            scope=scope,
        )
        return _reversed(outputs, sequence_length), state


def _reversed(sequence: Any, lengths: Any) -> Any:
    if isinstance(sequence, list):
        return sequence[::-1]
    if lengths is None:
        return tf.reverse(sequence, [0])
    return tf.reverse_sequence(sequence, lengths, 0, 1)


def stack_bidirectional_rnn(
    cells_fw: Sequence[Any],
    cells_bw: Sequence[Any],
    inputs: Sequence[Any],
    initial_states_fw: Sequence[Any] | None = None,
    initial_states_bw: Sequence[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Stacks bidirectional layers: each sees both directions of the one below it.

    Args:
      cells_fw: a list of cells, one a layer, for the way forward.
      cells_bw: the same for the way back.
      inputs: a list of tensors `[batch, depth]`, one a step.
      initial_states_fw: a list of states, one a layer; zeros by default.
      initial_states_bw: the same for the way back.
      dtype: of the states; required without initial ones.
      sequence_length: `[batch]`.
      scope: the variable scope, `stack_bidirectional_rnn` by default.

    Returns:
      The outputs of both ways, concatenated, as a list; the last states forward; those back.

    Raises:
      ValueError: the lists of cells or states do not have the same length, or are empty.
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    outputs: Any = inputs
    states = []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for number, (fw, bw, state_fw, state_bw) in enumerate(layers):
            with tf.variable_scope(f"cell_{number}") as cell_scope:
                outputs, *last = tf.nn.static_bidirectional_rnn(
                    fw,
                    bw,
                    outputs,
                    initial_state_fw=state_fw,
                    initial_state_bw=state_bw,
                    sequence_length=sequence_length,
                    dtype=dtype,
                    scope=cell_scope,
                )
            states.append(last)
    return outputs, tuple(fw for fw, _ in states), tuple(bw for _, bw in states)


def stack_bidirectional_dynamic_rnn(
    cells_fw: Sequence[Any],
    cells_bw: Sequence[Any],
    inputs: Any,
    initial_states_fw: Sequence[Any] | None = None,
    initial_states_bw: Sequence[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Does what `stack_bidirectional_rnn` does, over a tensor.

    Args:
      cells_fw: a list of cells, one a layer, for the way forward.
      cells_bw: the same for the way back.
      inputs: `[batch, time, depth]`, or `[time, batch, depth]` if `time_major`.
      initial_states_fw: a list of states, one a layer; zeros by default.
      initial_states_bw: the same for the way back.
      dtype: of the states; required without initial ones.
      sequence_length: `[batch]`.
      parallel_iterations: see `tf.nn.dynamic_rnn`.
      time_major: whether time is the first axis.
      scope: the variable scope, `stack_bidirectional_rnn` by default.
      swap_memory: see `tf.nn.dynamic_rnn`.

    Returns:
      The outputs of both ways, concatenated; the last states forward; those back.

    Raises:
      ValueError: the lists of cells or states do not have the same length, or are empty.
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    outputs = inputs
    states = []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for number, (fw, bw, state_fw, state_bw) in enumerate(layers):
            with tf.variable_scope(f"cell_{number}"):
                both, last = tf.nn.bidirectional_dynamic_rnn(
                    fw,
                    bw,
                    outputs,
                    initial_state_fw=state_fw,
                    initial_state_bw=state_bw,
                    sequence_length=sequence_length,
                    parallel_iterations=parallel_iterations,
                    dtype=dtype,
                    swap_memory=swap_memory,
                    time_major=time_major,
                )
                outputs = tf.concat(both, 2)
            states.append(last)
    return outputs, tuple(fw for fw, _ in states), tuple(bw for _, bw in states)


def _layers(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> list[Any]:
    """Returns both cells and initial states of each layer."""
    named = {"cells_fw": cells_fw, "cells_bw": cells_bw}
    named |= {"initial_states_fw": states_fw, "initial_states_bw": states_bw}
    count = len(cells_fw) if isinstance(cells_fw, list) else 0
    for name, values in named.items():
        optional = name.startswith("initial") and values is None
        if not optional and (not isinstance(values, list) or not values or len(values) != count):
            raise ValueError(f"{name} must be a list with one for each layer, not {values}")
    nothing = [None] * count
    return list(zip(cells_fw, cells_bw, states_fw or nothing, states_bw or nothing, strict=True))
