"""Cases of `tf.contrib.rnn`: one for each stand-in. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

from tf1_recorded import inputs_of, record

BATCH, TIME, DEPTH, UNITS = 2, 3, 4, 3


def steps(tf, cell, depth=DEPTH):
    """Runs a cell over a short sequence; returns outputs, the last state, and a gradient."""
    inputs = tf.constant(inputs_of(BATCH, TIME, depth))
    outputs, state = tf.nn.static_rnn(cell, tf.unstack(inputs, axis=1), dtype=tf.float32)
    return outputs, state, tf.gradients(tf.add_n(outputs), inputs)


def lstm_block_cell(tf):
    return steps(tf, tf.contrib.rnn.LSTMBlockCell(UNITS))


def lstm_block_cell_peephole(tf):
    cell = tf.contrib.rnn.LSTMBlockCell(
        UNITS, forget_bias=0.5, cell_clip=0.2, use_peephole=True, name="other"
    )
    return steps(tf, cell)[:2]


def lstm_block_cell_in_a_scope_with_an_initializer(tf):
    with tf.variable_scope("inside", initializer=tf.constant_initializer(0.25)):
        return steps(tf, tf.contrib.rnn.LSTMBlockCell(UNITS))


def lstm_block_fused_cell(tf):
    inputs = tf.constant(inputs_of(TIME, BATCH, DEPTH))
    cell = tf.contrib.rnn.LSTMBlockFusedCell(UNITS)
    outputs, state = cell(inputs, dtype=tf.float32)
    return outputs, state, tf.gradients(outputs, inputs)


def lstm_block_fused_cell_lengths(tf):
    inputs = tf.constant(inputs_of(TIME, BATCH, DEPTH))
    initial = (tf.constant(inputs_of(BATCH, UNITS)), 0.5 * tf.constant(inputs_of(BATCH, UNITS)))
    cell = tf.contrib.rnn.LSTMBlockFusedCell(UNITS, use_peephole=True, cell_clip=0.3)
    lengths = tf.constant([2, 0])
    return cell(inputs, initial_state=initial, sequence_length=lengths)


def gru_block_cell(tf):
    return steps(tf, tf.contrib.rnn.GRUBlockCell(UNITS))


def gru_block_cell_v2(tf):
    return steps(tf, tf.contrib.rnn.GRUBlockCellV2(cell_size=UNITS))


def layer_norm_basic_lstm_cell(tf):
    return steps(tf, tf.contrib.rnn.LayerNormBasicLSTMCell(UNITS, norm_gain=0.5, norm_shift=0.1))


def layer_norm_basic_lstm_cell_without(tf):
    return steps(tf, tf.contrib.rnn.LayerNormBasicLSTMCell(UNITS, layer_norm=False))


def nas_cell(tf):
    return steps(tf, tf.contrib.rnn.NASCell(UNITS))


def nas_cell_projected(tf):
    return steps(tf, tf.contrib.rnn.NASCell(UNITS, num_proj=2, use_bias=True))


def ugrnn_cell(tf):
    return steps(tf, tf.contrib.rnn.UGRNNCell(UNITS))


def ind_rnn_cell(tf):
    return steps(tf, tf.contrib.rnn.IndRNNCell(UNITS))


def sru_cell(tf):
    return steps(tf, tf.contrib.rnn.SRUCell(UNITS))


def coupled_cell(tf):
    cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(UNITS, use_peepholes=True)
    return steps(tf, cell)


def coupled_cell_projected(tf):
    cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(
        UNITS, num_proj=2, proj_clip=0.1, num_unit_shards=2, layer_norm=True, state_is_tuple=False
    )
    return steps(tf, cell)


def phased_lstm_cell(tf):
    time = tf.constant(100 * inputs_of(TIME, BATCH, 1))
    features = tf.constant(inputs_of(TIME, BATCH, DEPTH))
    cell = tf.contrib.rnn.PhasedLSTMCell(UNITS, use_peepholes=True, ratio_on=0.3)
    outputs, state = tf.nn.dynamic_rnn(cell, (time, features), dtype=tf.float32, time_major=True)
    return outputs, state


def conv_1d_lstm_cell(tf):
    cell = tf.contrib.rnn.Conv1DLSTMCell(
        input_shape=[4, 2], output_channels=2, kernel_shape=[3], forget_bias=0.5
    )
    images = tf.constant(inputs_of(BATCH, TIME, 4, 2))
    return tf.nn.dynamic_rnn(cell, images, dtype=tf.float32)


def conv_2d_lstm_cell(tf):
    cell = tf.contrib.rnn.ConvLSTMCell(
        conv_ndims=2,
        input_shape=[3, 3, 1],
        output_channels=2,
        kernel_shape=[2, 2],
        use_bias=False,
    )
    images = tf.constant(inputs_of(BATCH, TIME, 3, 3, 1))
    return tf.nn.dynamic_rnn(cell, images, dtype=tf.float32)


def conv_2d_lstm_cell_skipping(tf):
    cell = tf.contrib.rnn.Conv2DLSTMCell(
        input_shape=[3, 3, 1], output_channels=2, kernel_shape=[2, 2], skip_connection=True
    )
    zeros = tf.zeros([BATCH, 3, 3, 2])
    return cell(tf.constant(inputs_of(BATCH, 3, 3, 1)), (zeros, zeros))


def embedding_wrapper(tf):
    cell = tf.contrib.rnn.EmbeddingWrapper(tf.contrib.rnn.GRUCell(UNITS), 5, 2)
    return tf.nn.static_rnn(cell, [tf.constant([0, 4]), tf.constant([[3], [3]])], dtype=tf.float32)


def input_projection_wrapper(tf):
    cell = tf.contrib.rnn.InputProjectionWrapper(
        tf.contrib.rnn.BasicLSTMCell(UNITS), 2, activation=tf.nn.relu
    )
    return steps(tf, cell)


def output_projection_wrapper(tf):
    cell = tf.contrib.rnn.OutputProjectionWrapper(tf.contrib.rnn.BasicRNNCell(UNITS), 2)
    return steps(tf, cell)


def attention_cell_wrapper(tf):
    cell = tf.contrib.rnn.AttentionCellWrapper(tf.contrib.rnn.BasicLSTMCell(UNITS), 2)
    return steps(tf, cell)


def attention_cell_wrapper_concatenated(tf):
    cell = tf.contrib.rnn.AttentionCellWrapper(
        tf.contrib.rnn.GRUCell(UNITS), 3, attn_size=2, attn_vec_size=4, state_is_tuple=False
    )
    return steps(tf, cell)


def highway_wrapper(tf):
    return steps(tf, tf.contrib.rnn.HighwayWrapper(tf.contrib.rnn.GRUCell(UNITS)), UNITS)


def highway_wrapper_uncoupled(tf):
    cell = tf.contrib.rnn.HighwayWrapper(
        tf.contrib.rnn.BasicRNNCell(UNITS),
        couple_carry_transform_gates=False,
        carry_bias_init=0.5,
    )
    return steps(tf, cell, UNITS)


def core_cells(tf):
    cells = [
        tf.contrib.rnn.LSTMCell(UNITS, use_peepholes=True, num_proj=2),
        tf.contrib.rnn.DropoutWrapper(tf.contrib.rnn.GRUCell(UNITS), output_keep_prob=1.0),
        tf.contrib.rnn.BasicLSTMCell(UNITS),
    ]
    return steps(tf, tf.contrib.rnn.MultiRNNCell(cells))


def fused_cells(tf):
    inputs = tf.constant(inputs_of(TIME, BATCH, DEPTH))
    lengths = tf.constant([2, 3])
    forward = tf.contrib.rnn.FusedRNNCellAdaptor(tf.contrib.rnn.BasicRNNCell(UNITS))
    dynamic = tf.contrib.rnn.FusedRNNCellAdaptor(tf.contrib.rnn.GRUCell(UNITS), True)
    backward = tf.contrib.rnn.TimeReversedFusedRNN(dynamic)
    listed = tf.contrib.rnn.TimeReversedFusedRNN(forward)
    return [
        forward(inputs, dtype=tf.float32, sequence_length=lengths, scope="forward"),
        backward(inputs, dtype=tf.float32, sequence_length=lengths, scope="backward"),
        listed(tf.unstack(inputs), dtype=tf.float32, scope="listed"),
    ]


def stacked(tf):
    inputs = tf.constant(inputs_of(BATCH, TIME, DEPTH))
    lengths = tf.constant([3, 1])

    def cells():
        return [tf.contrib.rnn.BasicLSTMCell(2), tf.contrib.rnn.GRUCell(UNITS)]

    states = [tf.ones([BATCH, 3]), tf.ones([BATCH, 3])]
    grus = [tf.contrib.rnn.GRUCell(UNITS), tf.contrib.rnn.GRUCell(UNITS)]
    others = [tf.contrib.rnn.GRUCell(UNITS), tf.contrib.rnn.GRUCell(UNITS)]
    return [
        tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
            cells(), cells(), inputs, dtype=tf.float32, sequence_length=lengths
        ),
        tf.contrib.rnn.stack_bidirectional_rnn(
            grus,
            others,
            tf.unstack(inputs, axis=1),
            initial_states_fw=states,
            dtype=tf.float32,
            sequence_length=lengths,
            scope="named",
        ),
    ]


def core_functions(tf):
    inputs = tf.unstack(tf.constant(inputs_of(BATCH, TIME, DEPTH)), axis=1)
    return tf.contrib.rnn.static_bidirectional_rnn(
        tf.contrib.rnn.BasicLSTMCell(2), tf.contrib.rnn.GRUCell(2), inputs, dtype=tf.float32
    )


CASES = [
    lstm_block_cell,
    lstm_block_cell_peephole,
    lstm_block_cell_in_a_scope_with_an_initializer,
    lstm_block_fused_cell,
    lstm_block_fused_cell_lengths,
    gru_block_cell,
    gru_block_cell_v2,
    layer_norm_basic_lstm_cell,
    layer_norm_basic_lstm_cell_without,
    nas_cell,
    nas_cell_projected,
    ugrnn_cell,
    ind_rnn_cell,
    sru_cell,
    coupled_cell,
    coupled_cell_projected,
    phased_lstm_cell,
    conv_1d_lstm_cell,
    conv_2d_lstm_cell,
    conv_2d_lstm_cell_skipping,
    embedding_wrapper,
    input_projection_wrapper,
    output_projection_wrapper,
    attention_cell_wrapper,
    attention_cell_wrapper_concatenated,
    highway_wrapper,
    highway_wrapper_uncoupled,
    core_cells,
    core_functions,
    fused_cells,
    stacked,
]

if __name__ == "__main__":
    record(__file__, CASES)
