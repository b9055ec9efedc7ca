"""A cell with attention."""

from __future__ import annotations

import collections
import importlib
from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import RNNCell, assert_like_rnncell, nest
from cnn_mnist.tf1.contrib.seq2seq.attention import AttentionMechanism
from cnn_mnist.tf_compat import tf

_implementation = importlib.import_module("tensorflow.python.ops.rnn_cell_impl")


class AttentionWrapperState(
    collections.namedtuple(
        "AttentionWrapperState",
        (
            "cell_state",
            "attention",
            "time",
            "alignments",
            "alignment_history",
            "attention_state",
        ),
    )
):
    """The state of an `AttentionWrapper`."""

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """Returns a copy with some parts replaced by others of the same shapes."""

        def with_shape(old: Any, new: Any) -> Any:
            if tf.is_tensor(old) and tf.is_tensor(new) and not tf.executing_eagerly():
                old.get_shape().assert_is_compatible_with(new.get_shape())
                new.set_shape(old.get_shape())
            return new

        replaced = super()._replace(**kwargs)
        return nest.map_structure(with_shape, self, replaced)


class AttentionWrapper(RNNCell):
    """Feeds a cell with what it attended to in the last step.

    Args:
      cell: the cell.
      attention_mechanism: an attention, or a list of several.
      attention_layer_size: the depth of a linear layer over output and context, or a list of
        several; without one the attention is the context.
      alignment_history: whether the state keeps the alignments of all steps.
      cell_input_fn: takes inputs and attention; concatenates them by default.
      output_attention: whether the outputs are the attention instead of the cell's output.
      initial_cell_state: for `zero_state`.
      name: of the layer.
      attention_layer: a layer, or a list of several, instead of `attention_layer_size`.
      attention_fn: takes mechanism, output, state and layer, and returns attention, alignments and
        the next state.
      dtype: of the layer.

    Raises:
      TypeError: an argument has the wrong type.
      ValueError: both or too many layers are given.
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Callable[..., Any] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        assert_like_rnncell("cell", cell)
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(f"cell_input_fn must be a function, not {type(cell_input_fn)}")
        self._is_multi = isinstance(attention_mechanism, list | tuple)
        self._attention_mechanisms = _tuple(attention_mechanism)
        for mechanism in self._attention_mechanisms:
            if not isinstance(mechanism, AttentionMechanism):
                raise TypeError(f"an AttentionMechanism is expected, not {type(mechanism)}")
        self._cell = cell
        self._cell_input_fn = cell_input_fn or (
            lambda inputs, attention: tf.concat([inputs, attention], -1)
        )
        self._attention_fn = attention_fn or _attend
        self._output_attention, self._history = output_attention, alignment_history
        self._set_layers(attention_layer_size, attention_layer)
        with tf.name_scope(name, "AttentionWrapperInit"):
            self._initial_cell_state = None
            if initial_cell_state is not None:
                self._initial_cell_state = self._checked(initial_cell_state, "initial_cell_state")

    def _set_layers(self, sizes: Any, layers: Any) -> None:
        if sizes is not None and layers is not None:
            raise ValueError("attention_layer_size and attention_layer exclude each other")
        depths = [m.values.shape.as_list()[-1] for m in self._attention_mechanisms]
        if sizes is None and layers is None:
            self._attention_layers, self._attention_layer_size = None, sum(depths)
            return
        given = _tuple(layers if sizes is None else sizes)
        if len(given) != len(depths):
            raise ValueError(f"{len(given)} layers do not fit {len(depths)} mechanisms")
        if sizes is not None:
            self._attention_layer_size = sum(given)
            self._attention_layers = tuple(
                tf.layers.Dense(size, name="attention_layer", use_bias=False, dtype=mechanism.dtype)
                for size, mechanism in zip(given, self._attention_mechanisms, strict=True)
            )
            return
        self._attention_layers = given
        self._attention_layer_size = sum(
            tf.TensorShape(
                layer.compute_output_shape([None, self._cell.output_size + depth])
            ).as_list()[-1]
            for layer, depth in zip(given, depths, strict=True)
        )

    def _checked(self, state: Any, what: str, batch: Any = None) -> Any:
        """Returns a state, which is compared with the batch of the memory when it is computed."""
        if batch is None:
            last = nest.flatten(state)[-1]
            batch = last.get_shape().as_list()[0] or tf.shape(last)[0]
        message = (
            f"{what} of AttentionWrapper {self.name}: the batch is not that of the memory. With a "
            "BeamSearchDecoder both must be tiled by tf.contrib.seq2seq.tile_batch."
        )
        checks = [
            tf.assert_equal(batch, mechanism.batch_size, message=message)
            for mechanism in self._attention_mechanisms
        ]
        with tf.control_dependencies([check for check in checks if check is not None]):
            return nest.map_structure(tf.identity, state)

    def _one_or_all(self, values: Any) -> Any:
        values = tuple(values)
        return values if self._is_multi else values[0]

    @property
    def output_size(self) -> Any:
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> AttentionWrapperState:
        mechanisms = self._attention_mechanisms
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=tf.TensorShape([]),
            attention=self._attention_layer_size,
            alignments=self._one_or_all(m.alignments_size for m in mechanisms),
            attention_state=self._one_or_all(m.state_size for m in mechanisms),
            alignment_history=self._one_or_all(
                m.alignments_size if self._history else () for m in mechanisms
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> AttentionWrapperState:
        """Returns the first state: `initial_cell_state` or zeros, and no attention."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            state = self._initial_cell_state
            if state is None:
                state = self._cell.zero_state(batch_size, dtype)
            alignments = [
                m.initial_alignments(batch_size, dtype) for m in self._attention_mechanisms
            ]
            histories = [
                tf.TensorArray(
                    dtype, size=0, dynamic_size=True, element_shape=alignment.get_shape()
                )
                if self._history
                else ()
                for alignment in alignments
            ]
            return AttentionWrapperState(
                cell_state=self._checked(state, "zero_state", batch_size),
                time=tf.zeros([], dtype=tf.int32),
                attention=_implementation._zero_state_tensors(
                    self._attention_layer_size, batch_size, dtype
                ),
                alignments=self._one_or_all(alignments),
                attention_state=self._one_or_all(
                    m.initial_state(batch_size, dtype) for m in self._attention_mechanisms
                ),
                alignment_history=self._one_or_all(histories),
            )

    def call(self, inputs: Any, state: AttentionWrapperState) -> Any:
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(f"the state must be an AttentionWrapperState, not {type(state)}")
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        output, cell_state = self._cell(cell_inputs, state.cell_state)
        output = self._checked(output, "the output")
        before, histories = state.attention_state, state.alignment_history
        if not self._is_multi:
            before, histories = [before], [histories]
        layers = self._attention_layers or [None] * len(self._attention_mechanisms)
        found = [
            self._attention_fn(*each)
            for each in zip(
                self._attention_mechanisms,
                [output] * len(layers),
                before,
                layers,
                strict=True,
            )
        ]
        attention = tf.concat([each[0] for each in found], 1)
        if self._history:
            histories = [
                history.write(state.time, each[1])
                for history, each in zip(histories, found, strict=True)
            ]
        next_state = AttentionWrapperState(
            time=state.time + 1,
            cell_state=cell_state,
            attention=attention,
            attention_state=self._one_or_all(each[2] for each in found),
            alignments=self._one_or_all(each[1] for each in found),
            alignment_history=self._one_or_all(histories),
        )
        return attention if self._output_attention else output, next_state


def _attend(mechanism: Any, output: Any, state: Any, layer: Any) -> tuple[Any, Any, Any]:
    """Returns the attention, the alignments, and the state of a mechanism."""
    alignments, state = mechanism(output, state=state)
    context = tf.squeeze(tf.matmul(tf.expand_dims(alignments, 1), mechanism.values), [1])
    if layer is None:
        return context, alignments, state
    return layer(tf.concat([output, context], 1)), alignments, state


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)
