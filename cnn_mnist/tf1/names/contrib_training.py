"""`tf.contrib.training`, `tf.contrib.lookup`, `tf.contrib.predictor` and `tf.contrib.hooks`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_TRAINING = "tf.contrib.training"
_LOOKUP = "tf.contrib.lookup"
_NEW = "cnn_mnist.tf1.contrib"
_TABLES = "tensorflow.python.ops.lookup_ops"
_FROM_FILE = f"{_NEW}.lookup:index_table_from_file"
_FROM_TENSOR = f"{_NEW}.lookup:index_table_from_tensor"
_QUEUES = "its queues were not taken over"

ROWS = [
    *same(_TRAINING, f"{_NEW}.hparams", "HParams parse_values"),
    *same(
        _TRAINING,
        f"{_NEW}.train_ops",
        "add_gradients_summaries clip_gradient_norms clip_gradient_norms_fn create_train_op "
        "multiply_gradients",
    ),
    *same(
        _TRAINING,
        f"{_NEW}.training",
        "SummaryAtEndHook StopAfterNEvalsHook checkpoints_iterator evaluate_once "
        "evaluate_repeatedly get_or_create_eval_step train wait_for_new_checkpoint",
    ),
    *(
        Name(f"{_TRAINING}.{name}", refused=refused, instead=instead)
        for name, refused, instead in [
            ("bucket", _QUEUES, "tf.data.experimental.group_by_window"),
            (
                "bucket_by_sequence_length",
                _QUEUES,
                "tf.data.experimental.bucket_by_sequence_length",
            ),
            ("batch_sequences_with_states", _QUEUES, "tf.data and tf.nn.dynamic_rnn"),
            ("NextQueuedSequenceBatch", _QUEUES, "tf.data and tf.nn.dynamic_rnn"),
            ("SequenceQueueingStateSaver", _QUEUES, "tf.data and tf.nn.dynamic_rnn"),
            ("prepare_sequence_example", _QUEUES, "tf.parse_single_sequence_example"),
            ("rejection_sample", _QUEUES, "tf.data.experimental.rejection_resample"),
            ("stratified_sample", _QUEUES, "tf.data.experimental.rejection_resample"),
            ("weighted_resample", _QUEUES, "tf.data.experimental.rejection_resample"),
            ("resample_at_rate", _QUEUES, "tf.data.experimental.rejection_resample"),
            ("python_input", _QUEUES, "tf.data.Dataset.from_generator"),
            ("enqueue_data", _QUEUES, "tf.data.Dataset.from_tensor_slices"),
            (
                "GreedyLoadBalancingStrategy",
                "nothing stands in for it",
                "tf.train.replica_device_setter, which takes turns",
            ),
            (
                "RandomStrategy",
                "nothing stands in for it",
                "tf.train.replica_device_setter, which takes turns",
            ),
            ("byte_size_load_fn", "nothing stands in for it", "tf.train.replica_device_setter"),
            ("FailureTolerator", "nothing stands in for it", "tf.train.MonitoredSession"),
            ("HParamDef", "its protocol buffer is gone", "HParams.to_json"),
        ]
    ),
    # Scripts also imported the file behind the family, which was not below `python`.
    *(
        row
        for family in (_LOOKUP, f"{_LOOKUP}.lookup_ops")
        for row in (
            *same(
                family,
                f"{_NEW}.lookup",
                "HashTable index_table_from_file index_table_from_tensor "
                "index_to_string_table_from_tensor index_to_string string_to_index",
            ),
            Name(f"{family}.string_to_index_table_from_file", _FROM_FILE),
            Name(f"{family}.string_to_index_table_from_tensor", _FROM_TENSOR),
            *same(
                family,
                _TABLES,
                "index_to_string_table_from_file FastHashSpec HasherSpec StrongHashSpec "
                "IdTableWithHashBuckets InitializableLookupTableBase LookupInterface "
                "KeyValueTensorInitializer TableInitializerBase TextFileIdTableInitializer "
                "TextFileIndex TextFileInitializer TextFileStringTableInitializer "
                "MutableHashTable",
            ),
        )
    ),
    Name(f"{_LOOKUP}.MutableDenseHashTable", f"{_TABLES}:DenseHashTable"),
    *same(
        "tf.contrib.predictor",
        f"{_NEW}.predictor",
        "Predictor from_contrib_estimator from_estimator from_saved_model",
    ),
    Name("tf.contrib.hooks.ProfilerHook", "tf.train.ProfilerHook"),
]
