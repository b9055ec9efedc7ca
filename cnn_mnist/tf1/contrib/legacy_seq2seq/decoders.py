"""Decoders: recurrent networks that may be fed with what they put out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.rnn.base import linear, nest
from cnn_mnist.tf_compat import tf


def rnn_decoder(
    decoder_inputs: Iterable[Any],
    initial_state: Any,
    cell: Any,
    loop_function: Callable[[Any, int], Any] | None = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Runs a cell over inputs, or over what `loop_function` makes of its last output.

    Args:
      decoder_inputs: tensors `[batch, depth]`. With a loop function only the first counts.
      initial_state: of the cell.
      cell: the cell.
      loop_function: takes the last output and the step, and returns the next input.
      scope: the variable scope, `rnn_decoder` by default.

    Returns:
      The outputs and the last state.
    """
    with tf.variable_scope(scope or "rnn_decoder"):
        state, outputs = initial_state, list[Any]()
        for step, inputs in enumerate(decoder_inputs):
            if loop_function is not None and outputs:
                with tf.variable_scope("loop_function", reuse=True):
                    inputs = loop_function(outputs[-1], step)
            if step:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(inputs, state)
            outputs.append(output)
    return outputs, state


def embedding_rnn_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Decodes symbols, which are embedded.

    Args:
      decoder_inputs: int tensors `[batch]`.
      initial_state: of the cell.
      cell: the cell.
      num_symbols: the number of symbols.
      embedding_size: the length of the vector of each.
      output_projection: weights and biases from an output to a score for each symbol.
      feed_previous: whether the best symbol of a step is the next input.
      update_embedding_for_previous: whether gradients reach the embedding by such inputs.
      scope: the variable scope, `embedding_rnn_decoder` by default.

    Returns:
      The outputs and the last state.

    Raises:
      ValueError: the projection does not fit `num_symbols`.
    """
    with tf.variable_scope(scope or "embedding_rnn_decoder") as opened:
        if output_projection is not None:
            _check_projection(output_projection, num_symbols, opened.dtype)
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = best_symbol_embedded(
                embedding, output_projection, update_embedding_for_previous
            )
        inputs = (tf.nn.embedding_lookup(embedding, symbols) for symbols in decoder_inputs)
        return rnn_decoder(inputs, initial_state, cell, loop_function=loop_function)


def attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: Callable[[Any, int], Any] | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """Decodes with attention to states (arXiv:1412.7449).

    Args:
      decoder_inputs: tensors `[batch, depth]`.
      initial_state: of the cell.
      attention_states: `[batch, length, depth]`.
      cell: the cell.
      output_size: the depth of the outputs; by default that of the cell.
      num_heads: how many attentions there are.
      loop_function: see `rnn_decoder`.
      dtype: of the scope.
      scope: the variable scope, `attention_decoder` by default.
      initial_state_attention: whether the first attention follows from the initial state instead
        of being zero.

    Returns:
      The outputs and the last state.

    Raises:
      ValueError: there are no inputs or no heads, or a depth is unknown.
    """
    if not decoder_inputs:
        raise ValueError("attention_decoder needs at least one input")
    if num_heads < 1:
        raise ValueError(f"num_heads must be positive, not {num_heads}")
    if attention_states.get_shape().as_list()[2] is None:
        raise ValueError(f"the last dimension of {attention_states} must be known")
    output_size = cell.output_size if output_size is None else output_size
    with tf.variable_scope(scope or "attention_decoder", dtype=dtype) as opened:
        heads = _Heads(attention_states, num_heads, opened.dtype)
        batch = tf.shape(decoder_inputs[0])[0]
        attentions = heads.zeros(batch)
        state, outputs = initial_state, list[Any]()
        if initial_state_attention:
            attentions = heads(initial_state)
        for step, inputs in enumerate(decoder_inputs):
            if step:
                tf.get_variable_scope().reuse_variables()
            if loop_function is not None and outputs:
                with tf.variable_scope("loop_function", reuse=True):
                    inputs = loop_function(outputs[-1], step)
            depth = inputs.get_shape().with_rank(2).as_list()[1]
            if depth is None:
                raise ValueError(f"the last dimension of {inputs} must be known")
            both = [tf.cast(value, opened.dtype) for value in (inputs, *attentions)]
            cell_output, state = cell(linear(both, depth, True), state)
            # The first query of the initial state has made the variables.
            reuse = True if step == 0 and initial_state_attention else None
            with tf.variable_scope(tf.get_variable_scope(), reuse=reuse):
                attentions = heads(state)
            with tf.variable_scope("AttnOutputProjection"):
                both = [tf.cast(cell_output, opened.dtype), *attentions]
                outputs.append(linear(both, output_size, True))
    return outputs, state


class _Heads:
    """The attentions of a decoder."""

    def __init__(self, states: Any, count: int, dtype: Any) -> None:
        _, length, self._depth = states.get_shape().as_list()
        self._length = tf.shape(states)[1] if length is None else length
        self._dtype = dtype
        self._hidden = tf.reshape(states, [-1, self._length, 1, self._depth])
        self._features, self._vectors = [], []
        for head in range(count):
            shape = [1, 1, self._depth, self._depth]
            weights = tf.get_variable(f"AttnW_{head}", shape, dtype=dtype)
            features = tf.nn.conv2d(self._hidden, weights, [1, 1, 1, 1], "SAME")
            self._features.append(features)
            self._vectors.append(tf.get_variable(f"AttnV_{head}", [self._depth], dtype=dtype))

    def zeros(self, batch: Any) -> list[Any]:
        found = [tf.zeros(tf.stack([batch, self._depth]), self._dtype) for _ in self._features]
        for value in found:
            value.set_shape([None, self._depth])
        return found

    def __call__(self, query: Any) -> list[Any]:
        """Returns what each head reads, `[batch, depth]`."""
        if nest.is_nested(query):
            query = tf.concat(nest.flatten(query), 1)
        found = []
        for head, features in enumerate(self._features):
            with tf.variable_scope(f"Attention_{head}"):
                mapped = tf.reshape(linear(query, self._depth, True), [-1, 1, 1, self._depth])
                mapped = tf.cast(mapped, self._dtype)
                scores = tf.reduce_sum(self._vectors[head] * tf.tanh(features + mapped), [2, 3])
                shares = tf.cast(tf.nn.softmax(tf.cast(scores, tf.float32)), self._dtype)
                shares = tf.reshape(shares, [-1, self._length, 1, 1])
                read = tf.reduce_sum(shares * self._hidden, [1, 2])
                found.append(tf.reshape(read, [-1, self._depth]))
        return found


def embedding_attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """Decodes embedded symbols with attention.

    Args:
      decoder_inputs: int tensors `[batch]`.
      initial_state: of the cell.
      attention_states: `[batch, length, depth]`.
      cell: the cell.
      num_symbols: the number of symbols.
      embedding_size: the length of the vector of each.
      num_heads: how many attentions there are.
      output_size: the depth of the outputs; by default that of the cell.
      output_projection: see `embedding_rnn_decoder`.
      feed_previous: see `embedding_rnn_decoder`.
      update_embedding_for_previous: see `embedding_rnn_decoder`.
      dtype: of the scope.
      scope: the variable scope, `embedding_attention_decoder` by default.
      initial_state_attention: see `attention_decoder`.

    Returns:
      The outputs and the last state.

    Raises:
      ValueError: the projection does not fit `num_symbols`.
    """
    output_size = cell.output_size if output_size is None else output_size
    if output_projection is not None:
        biases = tf.convert_to_tensor(output_projection[1], dtype=dtype)
        biases.get_shape().assert_is_compatible_with([num_symbols])
    with tf.variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = best_symbol_embedded(
                embedding, output_projection, update_embedding_for_previous
            )
        return attention_decoder(
            [tf.nn.embedding_lookup(embedding, symbols) for symbols in decoder_inputs],
            initial_state,
            attention_states,
            cell,
            output_size=output_size,
            num_heads=num_heads,
            loop_function=loop_function,
            initial_state_attention=initial_state_attention,
        )


def best_symbol_embedded(
    embedding: Any, output_projection: tuple[Any, Any] | None, learns: bool
) -> Callable[[Any, int], Any]:
    """Returns a loop function that embeds the best symbol of the last output.

    Args:
      embedding: `[symbols, size]`.
      output_projection: weights and biases of the scores, if outputs are not scores.
      learns: whether gradients reach the embedding.
    """

    def loop_function(previous: Any, step: int) -> Any:
        del step
        if output_projection is not None:
            previous = tf.nn.xw_plus_b(previous, output_projection[0], output_projection[1])
        embedded = tf.nn.embedding_lookup(embedding, tf.argmax(previous, 1))
        return embedded if learns else tf.stop_gradient(embedded)

    return loop_function


def _check_projection(projection: tuple[Any, Any], num_symbols: int, dtype: Any) -> None:
    weights, biases = (tf.convert_to_tensor(value, dtype=dtype) for value in projection)
    weights.get_shape().assert_is_compatible_with([None, num_symbols])
    biases.get_shape().assert_is_compatible_with([num_symbols])
