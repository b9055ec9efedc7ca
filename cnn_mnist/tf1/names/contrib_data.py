"""`tf.contrib.data`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, refused, same

_OLD = "tf.contrib.data"
_NEW = "cnn_mnist.tf1.contrib.data"

ROWS = [
    *same(
        _OLD,
        "tf.data.experimental",
        "AUTOTUNE CheckpointInputPipelineHook Counter CsvDataset Optional RandomDataset Reducer "
        "SqlDataset TFRecordWriter bucket_by_sequence_length choose_from_datasets copy_to_device "
        "dense_to_sparse_batch enumerate_dataset get_next_as_optional get_single_element "
        "group_by_reducer group_by_window ignore_errors make_batched_features_dataset "
        "make_csv_dataset make_saveable_from_iterator map_and_batch parallel_interleave "
        "parse_example_dataset prefetch_to_device rejection_resample sample_from_datasets scan "
        "shuffle_and_repeat unbatch unique",
    ),
    # Of TensorFlow 1.3, where tf.data was contrib.data.
    *same(
        _OLD, "tf.data", "Dataset FixedLengthRecordDataset Iterator TFRecordDataset TextLineDataset"
    ),
    *same(
        _OLD,
        _NEW,
        "batch_and_drop_remainder padded_batch_and_drop_remainder reduce_dataset "
        "sliding_window_batch sloppy_interleave",
    ),
    Name(
        f"{_OLD}.assert_element_shape",
        refused="nothing stands in for it",
        instead="tf.ensure_shape in Dataset.map",
    ),
    Name(
        f"{_OLD}.read_batch_features",
        refused="nothing stands in for it",
        instead="tf.contrib.data.make_batched_features_dataset",
    ),
    *refused(
        _OLD,
        "StatsAggregator bytes_produced_stats feature_stats latency_stats set_stats_aggregator",
        "TensorFlow 2 dropped the statistics of input pipelines",
        "TensorBoard's profiler",
    ),
    Name(
        f"{_OLD}.LMDBDataset",
        refused="TensorFlow 2 dropped its op",
        instead="the package tensorflow-io",
    ),
]
