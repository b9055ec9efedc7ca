"""Cases of `tf.contrib.seq2seq`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

from tf1_recorded import inputs_of, record

BATCH, TIME, UNITS, SYMBOLS = 2, 4, 3, 5
END = 1


def training_helper(tf, depth=UNITS):
    inputs = tf.constant(inputs_of(BATCH, TIME, depth))
    return tf.contrib.seq2seq.TrainingHelper(inputs, tf.constant([TIME, 2]))


def embedding(tf):
    return tf.get_variable("embedding", [SYMBOLS, UNITS])


def memory(tf, copies=1):
    return tf.constant(inputs_of(BATCH * copies, 3, UNITS)), tf.constant([3, 2] * copies)


def basic_decoder_training(tf):
    cell = tf.contrib.rnn.BasicLSTMCell(UNITS)
    decoder = tf.contrib.seq2seq.BasicDecoder(
        cell,
        training_helper(tf),
        cell.zero_state(BATCH, tf.float32),
        output_layer=tf.layers.Dense(SYMBOLS, name="scores"),
    )
    outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder, impute_finished=True)
    return outputs, state, lengths


def basic_decoder_greedy(tf):
    cell = tf.contrib.rnn.GRUCell(UNITS)
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(embedding(tf), tf.constant([0, 2]), END)
    decoder = tf.contrib.seq2seq.BasicDecoder(
        cell,
        helper,
        cell.zero_state(BATCH, tf.float32),
        output_layer=tf.layers.Dense(SYMBOLS, name="scores"),
    )
    return tf.contrib.seq2seq.dynamic_decode(
        decoder, maximum_iterations=5, output_time_major=True, scope="greedy"
    )


def other_helpers(tf):
    cell = tf.contrib.rnn.BasicRNNCell(UNITS)
    inference = tf.contrib.seq2seq.InferenceHelper(
        sample_fn=lambda outputs: outputs,
        sample_shape=[UNITS],
        sample_dtype=tf.float32,
        start_inputs=tf.constant(inputs_of(BATCH, UNITS)),
        end_fn=lambda sample: tf.greater(sample[:, 0], 5.0),
    )
    custom = tf.contrib.seq2seq.CustomHelper(
        initialize_fn=lambda: (tf.tile([False], [BATCH]), tf.ones([BATCH, UNITS])),
        sample_fn=lambda time, outputs, state: tf.cast(tf.argmax(outputs, 1), tf.int32),
        next_inputs_fn=lambda time, outputs, state, sample_ids: (
            tf.tile([time >= 2], [BATCH]),
            outputs,
            state,
        ),
    )
    found = []
    for name, helper in (("inference", inference), ("custom", custom)):
        decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(BATCH, tf.float32))
        decoded = tf.contrib.seq2seq.dynamic_decode(
            decoder, maximum_iterations=4, scope="same" if name == "inference" else "other"
        )
        found.append(decoded)
    return found


def scheduled_helpers(tf):
    inputs, lengths = tf.constant(inputs_of(BATCH, TIME, UNITS)), tf.constant([TIME, 2])
    always = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(inputs, lengths, 1.0)
    never = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(
        inputs, lengths, tf.constant(inputs_of(UNITS, UNITS)), 0.0
    )
    both = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(
        inputs,
        lengths,
        1.0,
        next_inputs_fn=lambda outputs: 2.0 * outputs,
        auxiliary_inputs=0.5 * inputs,
    )
    found = []
    for name, helper in (("always", always), ("never", never), ("both", both)):
        cell = tf.contrib.rnn.BasicRNNCell(UNITS)
        state = cell.zero_state(BATCH, tf.float32)
        decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, state)
        found.append(tf.contrib.seq2seq.dynamic_decode(decoder, scope=name))
    return found


def luong_attention(tf):
    values, lengths = memory(tf)
    mechanism = tf.contrib.seq2seq.LuongAttention(
        UNITS, values, memory_sequence_length=lengths, scale=True
    )
    cell = tf.contrib.seq2seq.AttentionWrapper(
        tf.contrib.rnn.BasicLSTMCell(UNITS),
        mechanism,
        attention_layer_size=2,
        alignment_history=True,
    )
    decoder = tf.contrib.seq2seq.BasicDecoder(
        cell, training_helper(tf), cell.zero_state(BATCH, tf.float32)
    )
    outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder)
    gradient = tf.gradients(outputs.rnn_output, values)
    return outputs, state.cell_state, state.attention, state.alignment_history.stack(), gradient


def bahdanau_attention(tf):
    values, lengths = memory(tf)
    mechanism = tf.contrib.seq2seq.BahdanauAttention(
        4, values, memory_sequence_length=lengths, normalize=True
    )
    wrapped = tf.contrib.rnn.GRUCell(UNITS)
    cell = tf.contrib.seq2seq.AttentionWrapper(
        wrapped, mechanism, output_attention=False, name="attention"
    )
    state = cell.zero_state(BATCH, tf.float32).clone(cell_state=tf.constant(inputs_of(BATCH, 3)))
    decoder = tf.contrib.seq2seq.BasicDecoder(cell, training_helper(tf), state)
    outputs, state, _ = tf.contrib.seq2seq.dynamic_decode(decoder, impute_finished=True)
    return outputs, state.attention, state.alignments


def two_attentions(tf):
    values, _ = memory(tf)
    mechanisms = [
        tf.contrib.seq2seq.BahdanauAttention(2, values),
        tf.contrib.seq2seq.LuongAttention(
            UNITS, 2 * values, probability_fn=tf.contrib.seq2seq.hardmax
        ),
    ]
    cell = tf.contrib.seq2seq.AttentionWrapper(
        tf.contrib.rnn.GRUCell(UNITS),
        mechanisms,
        attention_layer_size=[2, 3],
        initial_cell_state=tf.constant(inputs_of(BATCH, UNITS)),
    )
    outputs, state = tf.nn.static_rnn(
        cell,
        tf.unstack(tf.constant(inputs_of(BATCH, 2, UNITS)), axis=1),
        initial_state=cell.zero_state(BATCH, tf.float32),
    )
    return outputs, state.alignments


def beam_search(tf):
    beams = 3
    cell = tf.contrib.rnn.BasicLSTMCell(UNITS)
    initial = tf.contrib.rnn.LSTMStateTuple(
        tf.constant(inputs_of(BATCH, UNITS)), tf.constant(-inputs_of(BATCH, UNITS))
    )
    decoder = tf.contrib.seq2seq.BeamSearchDecoder(
        cell,
        embedding(tf),
        tf.constant([0, 2]),
        END,
        tf.contrib.seq2seq.tile_batch(initial, beams),
        beams,
        output_layer=tf.layers.Dense(SYMBOLS, name="scores"),
        length_penalty_weight=0.6,
    )
    outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=6)
    steps = outputs.beam_search_decoder_output
    return outputs.predicted_ids, steps, state.log_probs, state.lengths, lengths


def beam_search_with_attention(tf):
    *results, history = beam_search_with_a_memory(tf, *memory(tf), tf.constant([0, 2]))
    return results, history.stack()


def beam_search_with_attention_of_unknown_shape(tf):
    values, lengths = memory(tf)
    return beam_search_with_a_memory(
        tf,
        tf.placeholder_with_default(values, [None, None, UNITS]),
        tf.placeholder_with_default(lengths, [None]),
        tf.placeholder_with_default(tf.constant([0, 2]), [None]),
    )


def beam_search_with_a_memory(tf, values, lengths, start):
    beams = 2
    batch = tf.size(start) * beams
    values, lengths = tf.contrib.seq2seq.tile_batch((values, lengths), beams)
    mechanism = tf.contrib.seq2seq.LuongAttention(UNITS, values, lengths)
    cell = tf.contrib.seq2seq.AttentionWrapper(
        tf.contrib.rnn.GRUCell(UNITS), mechanism, attention_layer_size=2, alignment_history=True
    )
    decoder = tf.contrib.seq2seq.BeamSearchDecoder(
        cell,
        embedding(tf),
        start,
        END,
        cell.zero_state(batch, tf.float32),
        beams,
        output_layer=tf.layers.Dense(SYMBOLS, name="scores"),
        coverage_penalty_weight=0.3,
    )
    outputs, state, _ = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=4)
    return (
        outputs.predicted_ids,
        outputs.beam_search_decoder_output,
        state.log_probs,
        state.cell_state.alignment_history,
    )


def gathered_tree(tf):
    ids = tf.constant([[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[2, 2, 2]]])
    parents = tf.constant([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[1, 1, 0]]])
    return [
        tf.contrib.seq2seq.gather_tree(ids, parents, max_sequence_lengths=[3], end_token=10),
        tf.contrib.seq2seq.gather_tree(ids, parents, max_sequence_lengths=[4], end_token=8),
    ]


def losses(tf):
    logits = tf.constant(inputs_of(BATCH, TIME, SYMBOLS))
    targets = tf.constant([[0, 1, 2, 3], [4, 4, 0, 0]])
    weights = tf.constant([[1.0, 1.0, 0.5, 1.0], [1.0, 2.0, 0.0, 0.0]])
    loss = tf.contrib.seq2seq.sequence_loss
    return [
        loss(logits, targets, weights),
        loss(logits, targets, weights, average_across_timesteps=False),
        loss(logits, targets, weights, average_across_batch=False),
        loss(logits, targets, weights, False, False),
        loss(logits, targets, weights, False, False, True, True),
        loss(logits, targets, weights, False, False, sum_over_batch=True),
    ]


CASES = [
    basic_decoder_training,
    basic_decoder_greedy,
    other_helpers,
    scheduled_helpers,
    luong_attention,
    bahdanau_attention,
    two_attentions,
    beam_search,
    beam_search_with_attention,
    beam_search_with_attention_of_unknown_shape,
    gathered_tree,
    losses,
]

if __name__ == "__main__":
    record(__file__, CASES)
