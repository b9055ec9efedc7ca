"""The only package that depends on which TensorFlow version is installed.

    from cnn_mnist.tf_compat import estimator, tf

`tf` is the TensorFlow 1 API (`tensorflow.compat.v1`), with `tf.layers` from tf_keras.
`estimator` is `tf.estimator`: part of TensorFlow 2.15, and from tensorflow-estimator with 2.16
to 2.21. Importing this module also makes `tf.estimator` and
`tf.data.experimental.CheckpointInputPipelineHook` available to all other code in the process, and
turns oneDNN's kernels on where they are faster (`kernels`). `KERNELS` says which ones are in use.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from cnn_mnist.tf_compat import kernels, quiet, versions

versions.check_installation()
versions.check_keras_choice(os.environ)
if versions.keras_is_version_3():
    # TensorFlow reads this when tf.keras is first used. It must not be set for TensorFlow 2.15
    # with Keras 2, which would look for a tf_keras that is not installed.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
_kernels_variable = os.environ.get(kernels.VARIABLE)
_kernels_chosen_by = kernels.choose(os.environ)
if "tensorflow" not in sys.modules:
    quiet.hide_cpp_notices()
with quiet.loading():
    import tensorflow
    from tensorflow.python.eager import context

    from cnn_mnist.tf_compat import estimator_modules, input_checkpoint

    quiet.hide_library_deprecations()
    estimator_modules.supply()
    input_checkpoint.supply()
    # The lazy loaders of Keras are not thread-safe, so they are triggered here, in one thread.
    for _keras in (tensorflow.keras, tensorflow.compat.v1.keras, tensorflow.compat.v2.keras):
        _keras.layers  # noqa: B018
    tensorflow.compat.v1.layers.conv2d  # noqa: B018
    tensorflow.compat.v1.nn.rnn_cell.RNNCell  # noqa: B018
    # Looks for a GPU now, so that "failed call to cuInit" on a machine without one stays hidden.
    tensorflow.config.list_physical_devices("GPU")

KERNELS = kernels.in_use(_kernels_chosen_by)
if _kernels_variable is None:
    # TensorFlow has read it. For a process that this one starts it would look like the user's.
    os.environ.pop(kernels.VARIABLE, None)
tf: Any = tensorflow.compat.v1
estimator: Any = tensorflow.estimator
# Exists only in TensorFlow 2.
enable_op_determinism: Any = tensorflow.config.experimental.enable_op_determinism
# TensorFlow 1's converter writes no signatures. This one writes them only in eager execution: not
# within a graph, nor after disable_eager_execution().
TFLiteConverter: Any = tensorflow.lite.TFLiteConverter
eager_mode: Any = context.eager_mode

__all__ = [
    "KERNELS",
    "TFLiteConverter",
    "eager_mode",
    "enable_op_determinism",
    "estimator",
    "tf",
]
