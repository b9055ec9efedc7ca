"""Names of TensorFlow's own files that scripts imported, and that have moved since.

Most of `tensorflow.python` is where it was. `internals.supply` adds these names to their modules.
"""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

ROWS = [
    *same("tf.python.framework.ops", "tf", "Tensor IndexedSlices", gone="2.13"),
    *same("tf.python.ops.control_flow_ops", "tf", "cond while_loop case", gone="2.13"),
    *same(
        "tf.python.framework.graph_util",
        "tf.graph_util",
        "convert_variables_to_constants extract_sub_graph must_run_on_cpu remove_training_nodes "
        "tensor_shape_from_node_def_name",
    ),
    *same(
        "tf.python.framework.tensor_shape",
        "cnn_mnist.tf1.contrib.shapes",
        "scalar vector matrix",
        gone="2.0",
    ),
    Name(
        "tf.python.ops.gen_nn_ops._max_pool_grad", "tensorflow.python.ops.gen_nn_ops:max_pool_grad"
    ),
    Name("tf.python.pywrap_tensorflow.NewCheckpointReader", "tf.train.NewCheckpointReader"),
    *same(
        "tf.python.training.basic_session_run_hooks",
        "tf.train",
        "SessionRunHook SessionRunArgs SessionRunContext SessionRunValues",
    ),
    *same("tf.python.ops.spectral_ops", "tf.spectral", "fft fft2d fft3d ifft ifft2d ifft3d"),
    *same("tf.python.ops.spectral_ops", "tf.spectral", "rfft rfft2d rfft3d irfft irfft2d irfft3d"),
    Name(
        "tf.python.summary.event_accumulator",
        refused="it is in TensorBoard now",
        instead="tensorboard.backend.event_processing.event_accumulator",
    ),
]
