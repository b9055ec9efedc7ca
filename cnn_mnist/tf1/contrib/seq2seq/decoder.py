"""The loop of decoding, and the decoder of one cell."""

from __future__ import annotations

import abc
import collections
import contextlib
import importlib
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import assert_like_rnncell, nest
from cnn_mnist.tf1.contrib.seq2seq.helper import Helper, is_layer
from cnn_mnist.tf_compat import tf

_implementation = importlib.import_module("tensorflow.python.ops.rnn_cell_impl")
_rnn = importlib.import_module("tensorflow.python.ops.rnn")
_control_flow = importlib.import_module("tensorflow.python.ops.control_flow_util")


class Decoder(abc.ABC):
    """What `dynamic_decode` runs, step by step."""

    @property
    def batch_size(self) -> Any:
        """The size of the batch."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The shape of an example's output of a step, or a structure of shapes."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """The dtypes, in the structure of `output_size`."""
        raise NotImplementedError

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """Returns `(finished, first inputs, first state)`."""

    @abc.abstractmethod
    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns `(outputs, next state, next inputs, finished)`."""

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Returns `(outputs, state)` of the end, changed as the decoder wants."""
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether `finished` of a step is not to be joined with that of earlier steps."""
        return False


class BasicDecoderOutput(collections.namedtuple("BasicDecoderOutput", ("rnn_output", "sample_id"))):
    """The outputs of a cell and the symbols sampled from them."""


class BasicDecoder(Decoder):
    """Decodes with a cell, whose inputs a helper chooses.

    Args:
      cell: the cell.
      helper: samples symbols and chooses the next inputs.
      initial_state: of the cell.
      output_layer: a `tf.layers.Layer` for the outputs of the cell.

    Raises:
      TypeError: an argument has the wrong type.
    """

    def __init__(
        self, cell: Any, helper: Helper, initial_state: Any, output_layer: Any = None
    ) -> None:
        assert_like_rnncell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, not {type(helper)}")
        if output_layer is not None and not is_layer(output_layer):
            raise TypeError(f"output_layer must be a Layer, not {type(output_layer)}")
        self._cell, self._helper = cell, helper
        self._initial_state, self._output_layer = initial_state, output_layer

    @property
    def batch_size(self) -> Any:
        return self._helper.batch_size

    @property
    def output_size(self) -> BasicDecoderOutput:
        return BasicDecoderOutput(
            rnn_output=size_behind(self._cell, self._output_layer),
            sample_id=self._helper.sample_ids_shape,
        )

    @property
    def output_dtype(self) -> BasicDecoderOutput:
        dtype = nest.flatten(self._initial_state)[0].dtype
        size = size_behind(self._cell, self._output_layer)
        return BasicDecoderOutput(
            nest.map_structure(lambda _: dtype, size), self._helper.sample_ids_dtype
        )

    def initialize(self, name: str | None = None) -> Any:
        return (*self._helper.initialize(), self._initial_state)

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        with tf.name_scope(name, "BasicDecoderStep", (time, inputs, state)):
            outputs, state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            symbols = self._helper.sample(time=time, outputs=outputs, state=state)
            finished, inputs, state = self._helper.next_inputs(
                time=time, outputs=outputs, state=state, sample_ids=symbols
            )
        return BasicDecoderOutput(outputs, symbols), state, inputs, finished


def size_behind(cell: Any, layer: Any) -> Any:
    """Returns the shape of a cell's output for one example, behind a layer if there is one."""
    if layer is None:
        return cell.output_size
    shapes = nest.map_structure(
        lambda size: tf.TensorShape([None]).concatenate(size), cell.output_size
    )
    return nest.map_structure(lambda shape: shape[1:], layer.compute_output_shape(shapes))


def dynamic_decode(
    decoder: Decoder,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Runs a decoder until all sequences are finished.

    Args:
      decoder: the decoder.
      output_time_major: whether outputs are `[time, batch, ...]` instead of `[batch, time, ...]`.
      impute_finished: whether finished sequences keep their state and have outputs of 0.
      maximum_iterations: the most steps, an int32 scalar.
      parallel_iterations: see `tf.while_loop`.
      swap_memory: see `tf.while_loop`.
      scope: the variable scope, `decoder` by default.

    Returns:
      `(outputs, last state, lengths)`, the lengths as int32 `[batch]`.

    Raises:
      TypeError: `decoder` is not a `Decoder`.
      ValueError: `maximum_iterations` is not a scalar.
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"decoder must be a Decoder, not {type(decoder)}")
    with tf.variable_scope(scope, "decoder") as opened:
        _cache_variables(opened)
        if maximum_iterations is not None:
            maximum_iterations = tf.convert_to_tensor(maximum_iterations, dtype=tf.int32)
            if maximum_iterations.get_shape().ndims != 0:
                raise ValueError("maximum_iterations must be a scalar")
        finished, inputs, state = decoder.initialize()
        if maximum_iterations is not None:
            finished = tf.logical_or(finished, tf.less_equal(maximum_iterations, 0))
        body = _Body(decoder, impute_finished)
        lengths = tf.zeros_like(finished, dtype=tf.int32)
        _, arrays, state, _, _, lengths = tf.while_loop(
            lambda time, arrays, state, inputs, finished, lengths: tf.logical_not(
                tf.reduce_all(finished)
            ),
            body,
            loop_vars=(tf.constant(0), body.arrays(), state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations,
            maximum_iterations=maximum_iterations,
            swap_memory=swap_memory,
        )
        outputs = nest.map_structure(lambda array: array.stack(), arrays)
        with contextlib.suppress(NotImplementedError):
            outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = nest.map_structure(_rnn._transpose_batch_time, outputs)
    return outputs, state, lengths


def _cache_variables(scope: Any) -> None:
    """Has variables read once for all steps, unless the whole is in another loop."""
    context = tf.get_default_graph()._get_control_flow_context()
    in_a_loop = _control_flow.GetContainingWhileContext(context) is not None
    if not in_a_loop and scope.caching_device is None and not tf.executing_eagerly():
        scope.set_caching_device(lambda op: op.device)


class _Body:
    """A step of the loop."""

    def __init__(self, decoder: Decoder, impute_finished: bool) -> None:
        self._decoder, self._impute = decoder, impute_finished
        self._zeros = nest.map_structure(
            lambda size, dtype: _implementation._zero_state_tensors(
                size, decoder.batch_size, dtype
            ),
            decoder.output_size,
            decoder.output_dtype,
        )

    def arrays(self) -> Any:
        """Returns an array of the steps for each output."""
        batch = tf.get_static_value(tf.convert_to_tensor(self._decoder.batch_size))

        def array(size: Any, dtype: Any) -> Any:
            shape = None
            if isinstance(size, tf.TensorShape) and size.ndims != 0:
                shape = tf.TensorShape([batch]).concatenate(size)
            return tf.TensorArray(dtype, size=0, dynamic_size=True, element_shape=shape)

        return nest.map_structure(array, self._decoder.output_size, self._decoder.output_dtype)

    def __call__(
        self, time: Any, arrays: Any, state: Any, inputs: Any, finished: Any, lengths: Any
    ) -> Any:
        outputs, new_state, new_inputs, new_finished = self._decoder.step(time, inputs, state)
        if not self._decoder.tracks_own_finished:
            new_finished = tf.logical_or(new_finished, finished)
        lengths = tf.where(tf.logical_not(finished), tf.fill(tf.shape(lengths), time + 1), lengths)
        nest.assert_same_structure(state, new_state)
        nest.assert_same_structure(arrays, outputs)
        nest.assert_same_structure(inputs, new_inputs)
        if self._impute:
            outputs = nest.map_structure(
                lambda output, zero: tf.where(finished, zero, output), outputs, self._zeros
            )

            def kept(new: Any, old: Any) -> Any:
                if isinstance(old, tf.TensorArray):
                    return new
                new.set_shape(old.shape)
                return new if new.shape.ndims == 0 else tf.where(finished, old, new)

            new_state = nest.map_structure(kept, new_state, state)
        arrays = nest.map_structure(
            lambda array, output: array.write(time, output), arrays, outputs
        )
        return time + 1, arrays, new_state, new_inputs, new_finished, lengths
