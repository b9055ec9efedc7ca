"""Cases of `tf.contrib.legacy_seq2seq`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

from tf1_recorded import inputs_of, record

BATCH, UNITS, SYMBOLS, SIZE = 2, 3, 5, 2


def cell(tf):
    return tf.contrib.rnn.BasicLSTMCell(UNITS)


def symbols(tf, *steps):
    return [tf.constant([first, second]) for first, second in steps]


def both(tf):
    sources = symbols(tf, (0, 1), (4, 2), (3, 3))
    targets = symbols(tf, (1, 0), (2, 4))
    return sources, targets


def vectors(tf, count, depth=UNITS):
    return tf.unstack(tf.constant(inputs_of(count, BATCH, depth)))


def rnn_decoder(tf):
    state = cell(tf).zero_state(BATCH, tf.float32)

    def loop(previous, step):
        return previous + step

    return [
        tf.contrib.legacy_seq2seq.rnn_decoder(vectors(tf, 3), state, cell(tf)),
        tf.contrib.legacy_seq2seq.rnn_decoder(vectors(tf, 3), state, cell(tf), loop, "looping"),
    ]


def basic_rnn_seq2seq(tf):
    return tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(vectors(tf, 3), vectors(tf, 2), cell(tf))


def tied_rnn_seq2seq(tf):
    return tf.contrib.legacy_seq2seq.tied_rnn_seq2seq(vectors(tf, 3), vectors(tf, 2), cell(tf))


def embedding_rnn_seq2seq(tf):
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
        *both(tf), cell(tf), SYMBOLS, SYMBOLS, SIZE, feed_previous=True
    )


def embedding_rnn_seq2seq_projected(tf):
    projection = (tf.constant(inputs_of(UNITS, SYMBOLS)), tf.constant(inputs_of(SYMBOLS)))
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
        *both(tf), cell(tf), SYMBOLS, SYMBOLS, SIZE, projection, tf.constant(True)
    )


def embedding_tied_rnn_seq2seq(tf):
    return tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(
        *both(tf), cell(tf), SYMBOLS, UNITS, feed_previous=tf.constant(False)
    )


def embedding_tied_rnn_seq2seq_fed(tf):
    return tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(
        *both(tf), cell(tf), SYMBOLS, UNITS, feed_previous=True
    )


def embedding_attention_seq2seq(tf):
    outputs, state = tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
        *both(tf), cell(tf), SYMBOLS, SYMBOLS, SIZE
    )
    return outputs, state, tf.gradients(outputs, tf.trainable_variables()[-1:])


def embedding_attention_seq2seq_of_two_heads(tf):
    return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
        *both(tf),
        tf.contrib.rnn.GRUCell(UNITS),
        SYMBOLS,
        SYMBOLS,
        SIZE,
        num_heads=2,
        feed_previous=tf.constant(True),
        initial_state_attention=True,
    )


def one2many_rnn_seq2seq(tf):
    sources, targets = both(tf)
    outputs, states = tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(
        sources,
        {"a": targets, "b": targets[:1]},
        cell(tf),
        {"a": cell(tf), "b": cell(tf)},
        SYMBOLS,
        {"a": SYMBOLS, "b": 4},
        SIZE,
    )
    return outputs, states


def losses(tf):
    logits = vectors(tf, 3, SYMBOLS)
    targets = symbols(tf, (0, 1), (4, 2), (3, 3))
    weights = [tf.constant([1.0, 0.5]), tf.constant([1.0, 0.0]), tf.constant([0.0, 1.0])]
    legacy = tf.contrib.legacy_seq2seq
    return [
        legacy.sequence_loss(logits, targets, weights),
        legacy.sequence_loss(logits, targets, weights, average_across_batch=False),
        legacy.sequence_loss_by_example(logits, targets, weights),
        legacy.sequence_loss_by_example(logits, targets, weights, average_across_timesteps=False),
    ]


def model_with_buckets(tf):
    sources, targets = both(tf)
    weights = [tf.constant([1.0, 1.0]), tf.constant([1.0, 0.0])]

    def model(encoder_inputs, decoder_inputs):
        return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
            encoder_inputs, decoder_inputs, tf.contrib.rnn.GRUCell(UNITS), SYMBOLS, SYMBOLS, SIZE
        )

    return tf.contrib.legacy_seq2seq.model_with_buckets(
        sources, targets, targets, weights, [(2, 1), (3, 2)], model
    )


CASES = [
    rnn_decoder,
    basic_rnn_seq2seq,
    tied_rnn_seq2seq,
    embedding_rnn_seq2seq,
    embedding_rnn_seq2seq_projected,
    embedding_tied_rnn_seq2seq,
    embedding_tied_rnn_seq2seq_fed,
    embedding_attention_seq2seq,
    embedding_attention_seq2seq_of_two_heads,
    one2many_rnn_seq2seq,
    losses,
    model_with_buckets,
]

if __name__ == "__main__":
    record(__file__, CASES)
