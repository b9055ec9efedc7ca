"""Names of before TensorFlow 1.0, and those of its core that TensorFlow 2 lost.

Source: the release notes of TensorFlow 1.0, its script `tf_upgrade`, and a comparison of the public
names of TensorFlow 1.15.5 with `tensorflow.compat.v1` of 2.15 and 2.21.
"""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, refused, same

_NEW = "cnn_mnist.tf1.contrib"

_RENAMED = {
    "tf.batch_band_part": "tf.matrix_band_part",
    "tf.batch_cholesky": "tf.cholesky",
    "tf.batch_cholesky_solve": "tf.cholesky_solve",
    "tf.batch_fft": "tf.fft",
    "tf.batch_fft2d": "tf.fft2d",
    "tf.batch_fft3d": "tf.fft3d",
    "tf.batch_ifft": "tf.ifft",
    "tf.batch_ifft2d": "tf.ifft2d",
    "tf.batch_ifft3d": "tf.ifft3d",
    "tf.batch_matrix_band_part": "tf.matrix_band_part",
    "tf.batch_matrix_determinant": "tf.matrix_determinant",
    "tf.batch_matrix_diag": "tf.matrix_diag",
    "tf.batch_matrix_diag_part": "tf.matrix_diag_part",
    "tf.batch_matrix_inverse": "tf.matrix_inverse",
    "tf.batch_matrix_set_diag": "tf.matrix_set_diag",
    "tf.batch_matrix_solve": "tf.matrix_solve",
    "tf.batch_matrix_solve_ls": "tf.matrix_solve_ls",
    "tf.batch_matrix_transpose": "tf.matrix_transpose",
    "tf.batch_matrix_triangular_solve": "tf.matrix_triangular_solve",
    "tf.batch_self_adjoint_eig": "tf.self_adjoint_eig",
    "tf.batch_self_adjoint_eigvals": "tf.self_adjoint_eigvals",
    "tf.batch_set_diag": "tf.matrix_set_diag",
    "tf.batch_svd": "tf.svd",
    "tf.complex_abs": "tf.abs",
    "tf.image.per_image_whitening": "tf.image.per_image_standardization",
    "tf.inv": "tf.reciprocal",
    "tf.list_diff": "tf.setdiff1d",
    "tf.listdiff": "tf.setdiff1d",
    "tf.merge_all_summaries": "tf.summary.merge_all",
    "tf.merge_summary": "tf.summary.merge",
    "tf.mul": "tf.multiply",
    "tf.neg": "tf.negative",
    "tf.nn.bidirectional_rnn": "tf.nn.static_bidirectional_rnn",
    "tf.nn.rnn": "tf.nn.static_rnn",
    "tf.nn.state_saving_rnn": "tf.nn.static_state_saving_rnn",
    "tf.pack": "tf.stack",
    "tf.sub": "tf.subtract",
    "tf.train.SummaryWriter": "tf.summary.FileWriter",
    "tf.unpack": "tf.unstack",
}
# Old homes of the functions and cells of recurrent networks.
_CELLS = "BasicLSTMCell BasicRNNCell DropoutWrapper GRUCell LSTMCell MultiRNNCell RNNCell"
_WRAPPERS = "EmbeddingWrapper InputProjectionWrapper OutputProjectionWrapper"
_LOSSES = "model_with_buckets sequence_loss sequence_loss_by_example"
_DECODERS = "attention_decoder embedding_attention_decoder embedding_rnn_decoder rnn_decoder"
_MODELS = (
    "basic_rnn_seq2seq embedding_attention_seq2seq embedding_rnn_seq2seq "
    "embedding_tied_rnn_seq2seq tied_rnn_seq2seq"
)


def _seq2seq(old: str) -> list[Name]:
    new = f"{_NEW}.legacy_seq2seq"
    return [
        *same(old, f"{new}.losses", _LOSSES, gone="1.0"),
        *same(old, f"{new}.decoders", _DECODERS, gone="1.0"),
        *same(old, f"{new}.models", _MODELS, gone="1.0"),
    ]


ROWS = [
    *(Name(old, new, gone="1.0") for old, new in _RENAMED.items()),
    *same(
        "tf",
        f"{_NEW}.before_1_0",
        "audio_summary batch_matmul histogram_summary image_summary scalar_summary select",
        gone="1.0",
    ),
    *same("tf.nn.rnn_cell", f"{_NEW}.rnn.wrappers", _WRAPPERS, gone="1.0"),
    *same("tf.python.ops.rnn_cell", f"{_NEW}.rnn.wrappers", _WRAPPERS, gone="1.0"),
    *_seq2seq("tf.nn.seq2seq"),
    *_seq2seq("tf.python.ops.seq2seq"),
    *_seq2seq("tf.models.rnn.seq2seq"),
    *same("tf.models.rnn.rnn_cell", "tf.nn.rnn_cell", _CELLS, gone="1.0"),
    *same("tf.models.rnn.rnn_cell", f"{_NEW}.rnn.wrappers", _WRAPPERS, gone="1.0"),
    Name("tf.models.rnn.rnn.rnn", "tf.nn.static_rnn", gone="1.0"),
    Name("tf.models.rnn.rnn.bidirectional_rnn", "tf.nn.static_bidirectional_rnn", gone="1.0"),
    Name("tf.models.rnn.rnn.dynamic_rnn", "tf.nn.dynamic_rnn", gone="1.0"),
    *refused(
        "tf.models",
        "embedding image rnn.ptb rnn.translate",
        "it was a model of TensorFlow's own repository",
        "a copy of it beside the script",
    ),
    Name("tf.learn", refused="it became a part of tf.contrib", instead="tf.contrib.learn"),
    # Of TensorFlow 1.15's own names these alone are in no version from 2.15 to 2.21.
    Name("tf.pywrap_tensorflow", "tensorflow.python:pywrap_tensorflow"),
    Name("tf.config.experimental_list_devices", f"{_NEW}.eager.functions:list_devices"),
    *refused(
        "tf.data.experimental",
        "MapVectorizationOptions StatsAggregator StatsOptions bytes_produced_stats latency_stats",
        "TensorFlow 2 dropped the statistics of input pipelines",
        "TensorBoard's profiler",
    ),
    *refused(
        "tf.estimator",
        "BoostedTreesClassifier BoostedTreesEstimator BoostedTreesRegressor",
        "TensorFlow 2 removed its ops",
        "TensorFlow Decision Forests",
    ),
    *refused(
        "tf.keras.experimental",
        "export_saved_model load_from_saved_model",
        "Keras saves SavedModels itself",
        "tf.keras.models.save_model and load_model",
    ),
    *refused(
        "tf.keras.utils",
        "HDF5Matrix convert_all_kernels_in_model multi_gpu_model",
        "Keras dropped it",
        "h5py, or tf.distribute.MirroredStrategy",
    ),
    Name(
        "tf.keras.experimental.PeepholeLSTMCell",
        refused="Keras dropped it",
        instead="tf.nn.rnn_cell.LSTMCell(use_peepholes=True)",
    ),
    Name("tf.keras.wrappers", refused="Keras dropped it", instead="the package scikeras"),
]
