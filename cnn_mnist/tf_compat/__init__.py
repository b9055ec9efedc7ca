"""The only room that knows which TensorFlow is installed.

    from cnn_mnist.tf_compat import estimator, tf

`tf` is the TensorFlow 1 API (`tensorflow.compat.v1`) with `tf.layers` served by
tf_keras; `estimator` is `tf.estimator`, as shipped with TensorFlow 2.15 and from
tensorflow-estimator on 2.16 to 2.21. Importing this module also brings `tf.estimator`
back for any other code of the process.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from cnn_mnist.tf_compat import quiet, versions

versions.check_installation()
versions.check_keras_choice(os.environ)
if versions.keras_is_version_3():
    # Read when tf.keras is first touched. TensorFlow 2.15, which has no Keras 3, must not
    # see it: it would look for tf_keras in vain.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
if "tensorflow" not in sys.modules:
    quiet.hide_cpp_notices()
with quiet.loading():
    import tensorflow
    from tensorflow.core.protobuf import saved_model_pb2
    from tensorflow.python.eager import context

    from cnn_mnist.tf_compat import estimator_modules

    quiet.hide_library_deprecations()
    estimator_modules.supply()
    # The lazy loaders of Keras are not thread-safe: touch them here, in one thread.
    tensorflow.compat.v1.layers.conv2d  # noqa: B018
    # Looks for a GPU now, so that "failed call to cuInit" of a machine without one is held back.
    tensorflow.config.list_physical_devices("GPU")

tf: Any = tensorflow.compat.v1
estimator: Any = tensorflow.estimator
# Of TensorFlow 2 only.
enable_op_determinism: Any = tensorflow.config.experimental.enable_op_determinism
# TensorFlow 1's writes no signatures, and this one only where operations are run at once: not
# within a graph, nor after disable_eager_execution().
TFLiteConverter: Any = tensorflow.lite.TFLiteConverter
eager_mode: Any = context.eager_mode

# What a SavedModel is on disk.
SavedModel: Any = saved_model_pb2.SavedModel

__all__ = [
    "SavedModel",
    "TFLiteConverter",
    "eager_mode",
    "enable_op_determinism",
    "estimator",
    "tf",
]
