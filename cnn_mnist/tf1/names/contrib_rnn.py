"""`tf.contrib.rnn`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, refused, same

_OLD = "tf.contrib.rnn"
_NEW = "cnn_mnist.tf1.contrib.rnn"

ROWS = [
    *same(
        _OLD,
        "tf.nn.rnn_cell",
        "BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell LSTMStateTuple "
        "MultiRNNCell ResidualWrapper RNNCell",
    ),
    *same(_OLD, "tf.nn", "static_bidirectional_rnn static_rnn static_state_saving_rnn"),
    *same(_OLD, f"{_NEW}.base", "LayerRNNCell"),
    *same(
        _OLD,
        f"{_NEW}.wrappers",
        "AttentionCellWrapper EmbeddingWrapper HighwayWrapper InputProjectionWrapper "
        "OutputProjectionWrapper",
    ),
    *same(_OLD, f"{_NEW}.cells", "IndRNNCell LayerNormBasicLSTMCell NASCell SRUCell UGRNNCell"),
    *same(
        _OLD,
        f"{_NEW}.more_cells",
        "Conv1DLSTMCell Conv2DLSTMCell Conv3DLSTMCell ConvLSTMCell "
        "CoupledInputForgetGateLSTMCell PhasedLSTMCell",
    ),
    *same(
        _OLD,
        f"{_NEW}.block_cells",
        "GRUBlockCell GRUBlockCellV2 LSTMBlockCell LSTMBlockFusedCell LSTMBlockWrapper",
    ),
    *same(
        _OLD,
        f"{_NEW}.sequences",
        "FusedRNNCell FusedRNNCellAdaptor TimeReversedFusedRNN stack_bidirectional_dynamic_rnn "
        "stack_bidirectional_rnn",
    ),
    Name(
        f"{_OLD}.best_effort_input_batch_size",
        "tensorflow.python.ops.rnn:_best_effort_input_batch_size",
    ),
    Name(f"{_OLD}.transpose_batch_time", "tensorflow.python.ops.rnn:_transpose_batch_time"),
    # Functions of files behind the public names that scripts import.
    Name(f"{_OLD}._Linear", f"{_NEW}.base:Linear"),
    Name(f"{_OLD}._linear", f"{_NEW}.base:linear"),
    Name(
        f"{_OLD}.CompiledWrapper",
        refused="TensorFlow 2 compiles with XLA in another way",
        instead="the cell without the wrapper, or tf.function(jit_compile=True)",
    ),
    *refused(
        _OLD,
        "BidirectionalGridLSTMCell CFNCell GLSTMCell GridLSTMCell IndyGRUCell IndyLSTMCell "
        "IntersectionRNNCell LayerNormLSTMCell MinimalRNNCell NTMCell TimeFreqLSTMCell "
        "WeightNormLSTMCell",
        "nothing stands in for this rare cell",
        "tf.nn.rnn_cell.LSTMCell",
    ),
]
