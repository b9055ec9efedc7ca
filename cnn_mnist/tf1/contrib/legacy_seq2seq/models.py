"""Models of an encoder and a decoder."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.legacy_seq2seq.decoders import (
    best_symbol_embedded,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    rnn_decoder,
)
from cnn_mnist.tf1.contrib.rnn.base import nest
from cnn_mnist.tf1.contrib.rnn.wrappers import EmbeddingWrapper, OutputProjectionWrapper
from cnn_mnist.tf_compat import tf


def basic_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    dtype: Any = tf.float32,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Encodes with a copy of a cell and decodes with the cell.

    Args:
      encoder_inputs: tensors `[batch, depth]`.
      decoder_inputs: tensors `[batch, depth]`.
      cell: the cell.
      dtype: of the initial state.
      scope: the variable scope, `basic_rnn_seq2seq` by default.

    Returns:
      The outputs of the decoder and its last state.
    """
    with tf.variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = tf.nn.static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    loop_function: Callable[[Any, int], Any] | None = None,
    dtype: Any = tf.float32,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Encodes and decodes with the same variables.

    Args:
      encoder_inputs: tensors `[batch, depth]`.
      decoder_inputs: tensors `[batch, depth]`.
      cell: the cell.
      loop_function: see `rnn_decoder`.
      dtype: of the initial state.
      scope: the variable scope, `tied_rnn_seq2seq` by default.

    Returns:
      The outputs of the decoder and its last state.
    """
    with tf.variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = tf.nn.static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        tf.get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


def embedding_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Embeds symbols, encodes them, and decodes.

    Args:
      encoder_inputs: int tensors `[batch]`.
      decoder_inputs: int tensors `[batch]`.
      cell: the cell.
      num_encoder_symbols: the number of symbols of the encoder.
      num_decoder_symbols: the number of symbols of the decoder.
      embedding_size: the length of the vector of each.
      output_projection: see `embedding_rnn_decoder`. Without it outputs are scores of symbols.
      feed_previous: a bool or a bool tensor: whether the best symbol is the next input.
      dtype: of the initial state.
      scope: the variable scope, `embedding_rnn_seq2seq` by default.

    Returns:
      The outputs of the decoder and its last state.
    """
    with tf.variable_scope(scope or "embedding_rnn_seq2seq") as opened:
        if dtype is not None:
            opened.set_dtype(dtype)
        encoder = EmbeddingWrapper(
            copy.deepcopy(cell),
            embedding_classes=num_encoder_symbols,
            embedding_size=embedding_size,
        )
        _, encoded = tf.nn.static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decoder(feeds: bool, learns: bool) -> Any:
            return embedding_rnn_decoder(
                decoder_inputs,
                encoded,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection=output_projection,
                feed_previous=feeds,
                update_embedding_for_previous=learns,
            )

        return _fed(feed_previous, decoder, len(decoder_inputs), encoded)


def embedding_tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Does what `embedding_rnn_seq2seq` does, with the same variables in encoder and decoder.

    Args:
      encoder_inputs: int tensors `[batch]`.
      decoder_inputs: int tensors `[batch]`.
      cell: the cell.
      num_symbols: the number of symbols.
      embedding_size: the length of the vector of each.
      num_decoder_symbols: how many scores an output has; by default `num_symbols`.
      output_projection: see `embedding_rnn_decoder`.
      feed_previous: see `embedding_rnn_seq2seq`.
      dtype: of the initial state.
      scope: the variable scope, `embedding_tied_rnn_seq2seq` by default.

    Returns:
      The outputs of the decoder and its last state.
    """
    with tf.variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as opened:
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size], dtype=opened.dtype)
        sources, targets = (
            [tf.nn.embedding_lookup(embedding, symbols) for symbols in inputs]
            for inputs in (encoder_inputs, decoder_inputs)
        )
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols or num_symbols)

        def decoder(feeds: bool, learns: bool) -> Any:
            loop_function = None
            if feeds:
                loop_function = best_symbol_embedded(embedding, output_projection, learns)
            return tied_rnn_seq2seq(
                sources, targets, cell, loop_function=loop_function, dtype=opened.dtype
            )

        if isinstance(feed_previous, bool):
            return decoder(feed_previous, True)
        batch = tf.shape(encoder_inputs[0])[0]
        structure = cell.zero_state(batch, opened.dtype)
        return _fed(feed_previous, decoder, len(decoder_inputs), structure)


def embedding_attention_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: tuple[Any, Any] | None = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """Does what `embedding_rnn_seq2seq` does, with attention to the outputs of the encoder.

    Args:
      encoder_inputs: int tensors `[batch]`.
      decoder_inputs: int tensors `[batch]`.
      cell: the cell.
      num_encoder_symbols: the number of symbols of the encoder.
      num_decoder_symbols: the number of symbols of the decoder.
      embedding_size: the length of the vector of each.
      num_heads: how many attentions there are.
      output_projection: see `embedding_rnn_decoder`.
      feed_previous: see `embedding_rnn_seq2seq`.
      dtype: of the scope.
      scope: the variable scope, `embedding_attention_seq2seq` by default.
      initial_state_attention: see `attention_decoder`.

    Returns:
      The outputs of the decoder and its last state.
    """
    with tf.variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(
            copy.deepcopy(cell),
            embedding_classes=num_encoder_symbols,
            embedding_size=embedding_size,
        )
        outputs, encoded = tf.nn.static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        tops = [tf.reshape(output, [-1, 1, cell.output_size]) for output in outputs]
        states, output_size = tf.concat(tops, 1), None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decoder(feeds: bool, learns: bool) -> Any:
            return embedding_attention_decoder(
                decoder_inputs,
                encoded,
                states,
                cell,
                num_decoder_symbols,
                embedding_size,
                num_heads=num_heads,
                output_size=output_size,
                output_projection=output_projection,
                feed_previous=feeds,
                update_embedding_for_previous=learns,
                initial_state_attention=initial_state_attention,
            )

        return _fed(feed_previous, decoder, len(decoder_inputs), encoded)


def one2many_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs_dict: dict[Any, Sequence[Any]],
    enc_cell: Any,
    dec_cells_dict: dict[Any, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: dict[Any, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[dict[Any, list[Any]], dict[Any, Any]]:
    """Encodes once and decodes with several decoders.

    Args:
      encoder_inputs: int tensors `[batch]`.
      decoder_inputs_dict: int tensors `[batch]`, for each decoder.
      enc_cell: the cell of the encoder.
      dec_cells_dict: the cell of each decoder.
      num_encoder_symbols: the number of symbols of the encoder.
      num_decoder_symbols_dict: the number of symbols of each decoder.
      embedding_size: the length of the vector of each symbol.
      feed_previous: see `embedding_rnn_seq2seq`.
      dtype: of the scope.
      scope: the variable scope, `one2many_rnn_seq2seq` by default.

    Returns:
      The outputs and the last state of each decoder.

    Raises:
      ValueError: cells and inputs of decoders have different names.
    """
    if set(dec_cells_dict) != set(decoder_inputs_dict):
        raise ValueError("dec_cells_dict and decoder_inputs_dict must have the same keys")
    outputs, states = {}, {}
    with tf.variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as opened:
        encoder = EmbeddingWrapper(
            enc_cell, embedding_classes=num_encoder_symbols, embedding_size=embedding_size
        )
        _, encoded = tf.nn.static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        for name, inputs in decoder_inputs_dict.items():
            symbols = num_decoder_symbols_dict[name]
            with tf.variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], symbols)

                def decoder(feeds: bool, _: bool, of: Any = (inputs, cell, symbols)) -> Any:
                    return embedding_rnn_decoder(
                        of[0], encoded, of[1], of[2], embedding_size, feed_previous=feeds
                    )

                outputs[name], states[name] = _fed(feed_previous, decoder, len(inputs), encoded)
    return outputs, states


def _fed(
    feed_previous: Any, decoder: Callable[[bool, bool], Any], length: int, structure: Any
) -> tuple[list[Any], Any]:
    """Returns outputs and state of a decoder that is fed with its outputs or with inputs.

    Args:
      feed_previous: which of the two, a bool or a bool tensor.
      decoder: takes that as a bool, and whether gradients reach the embedding by the outputs.
      length: the number of outputs.
      structure: a state of the same structure.
    """
    if isinstance(feed_previous, bool):
        return decoder(feed_previous, True)

    def branch(feeds: bool) -> list[Any]:
        with tf.variable_scope(tf.get_variable_scope(), reuse=None if feeds else True):
            outputs, state = decoder(feeds, False)
        return [*outputs, *nest.flatten(state)]

    found = tf.cond(feed_previous, lambda: branch(True), lambda: branch(False))
    return found[:length], nest.pack_sequence_as(structure, found[length:])
