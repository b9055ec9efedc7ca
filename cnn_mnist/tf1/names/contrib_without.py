"""What nothing stands in for: families that moved to other packages, or whose ops are gone."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name

_REMOVED = "TensorFlow 2 removed its ops"
_RARE = "nothing stands in for this rare family"
_MOVED = "it moved to another package"

# For each family the reason and what to use instead.
_FAMILIES = {
    "all_reduce": (_RARE, "tf.distribute.MirroredStrategy"),
    "batching": (_RARE, "tf.nondifferentiable_batch_function"),
    "bigtable": (_MOVED, "the package tensorflow-io"),
    "checkpoint": (_MOVED, "tf.train.Checkpoint"),
    "cloud": (_REMOVED, "the package tensorflow-io"),
    "compiler": (_RARE, "tf.function(jit_compile=True)"),
    "constrained_optimization": (_MOVED, "the package tensorflow-constrained-optimization"),
    "copy_graph": (_RARE, "tf.graph_util.import_graph_def"),
    "cudnn_rnn": (_REMOVED, "tf.nn.rnn_cell"),
    "decision_trees": (_REMOVED, "TensorFlow Decision Forests"),
    "ffmpeg": (_REMOVED, "tf.audio.decode_wav, or the package tensorflow-io"),
    "fused_conv": (_REMOVED, "tf.nn.conv2d and tf.nn.bias_add"),
    "gan": (_MOVED, "the package tensorflow-gan"),
    "graph_editor": (_RARE, "tf.graph_util and tf.import_graph_def"),
    "grid_rnn": (_RARE, "tf.nn.rnn_cell.LSTMCell"),
    "hadoop": (_MOVED, "the package tensorflow-io"),
    "ignite": (_MOVED, "the package tensorflow-io"),
    "input_pipeline": (_REMOVED, "tf.data"),
    "integrate": (_MOVED, "the package tensorflow-probability"),
    "kafka": (_MOVED, "the package tensorflow-io"),
    "kernel_methods": (_RARE, "scikit-learn"),
    "kinesis": (_MOVED, "the package tensorflow-io"),
    "labeled_tensor": (_RARE, "xarray"),
    "libsvm": (_REMOVED, "sklearn.datasets.load_svmlight_file"),
    "memory_stats": (_REMOVED, "tf.config.experimental.get_memory_info"),
    "mixed_precision": (_MOVED, "tf.train.experimental.enable_mixed_precision_graph_rewrite"),
    "meta_graph_transform": (_RARE, "tf.graph_util"),
    "nearest_neighbor": (_REMOVED, "scikit-learn"),
    "optimizer_v2": (_RARE, "the optimizers of tf.train"),
    "periodic_resample": (_REMOVED, "tf.space_to_depth"),
    "proto": (_MOVED, "tf.io.decode_proto and tf.io.encode_proto"),
    "receptive_field": (_RARE, "arithmetic by hand"),
    "recurrent": (_RARE, "tf.nn.dynamic_rnn"),
    "reduce_slice_ops": (_REMOVED, "tf.segment_sum"),
    "remote_fused_graph": (_REMOVED, "TensorFlow Lite"),
    "resampler": (_REMOVED, "tf.contrib.image.transform"),
    "rpc": (_REMOVED, "the package grpcio"),
    "solvers": (_RARE, "SciPy"),
    "sparsemax": (_REMOVED, "tf.nn.softmax"),
    "specs": (_RARE, "tf.layers"),
    "stat_summarizer": (_REMOVED, "tf.profiler"),
    "tensorrt": (_MOVED, "tensorflow.python.compiler.tensorrt"),
    "testing": (_RARE, "tf.test"),
    "text": (_REMOVED, "tf.data, with NumPy for the pairs of a skip-gram"),
    "tfprof": (_MOVED, "tf.profiler"),
    "timeseries": (_REMOVED, "tf.estimator, or the package tensorflow-probability"),
}

ROWS = [
    Name(f"tf.contrib.{family}", refused=reason, instead=instead)
    for family, (reason, instead) in _FAMILIES.items()
]
