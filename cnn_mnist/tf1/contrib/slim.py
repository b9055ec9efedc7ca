"""tf-slim, which `tf.contrib.slim` became, beside today's TensorFlow.

The layers, argument scopes, variables, losses and metrics of `tf.contrib.slim` are those of this
package. `learning`, `nets`, `evaluation` and the reading of data are tf-slim's. A scope for
`slim.conv2d` also holds inside `nets`, as tf-slim's own layers share the scopes of ours.
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from cnn_mnist.tf1.contrib.framework import arg_scopes, variables
from cnn_mnist.tf1.contrib.layers import (
    batch_normalization,
    convolutions,
    dense,
    normalizations,
    other_convolutions,
    pooling,
    simple,
)
from cnn_mnist.tf_compat import tf

_SHARED = (
    batch_normalization,
    convolutions,
    dense,
    normalizations,
    other_convolutions,
    pooling,
    simple,
    variables,
)

# What tf-slim 1.1 uses of TensorFlow's files, and where it has moved.
_MOVED = {
    "framework.ops": {
        "IndexedSlices": tf.IndexedSlices,
        "Tensor": tf.Tensor,
    },
    "layers.normalization": {"BatchNormalization": tf.layers.BatchNormalization},
    "ops.array_ops": {"stack": tf.stack, "unstack": tf.unstack},
    "ops.control_flow_ops": {
        "Assert": tf.Assert,
        "case": tf.case,
        "cond": tf.cond,
        "while_loop": tf.while_loop,
    },
    "ops.variable_scope": {"variable": tf.Variable},
}


def _loaded() -> Any:
    """Imports tf-slim, after giving TensorFlow's files the names that they lack."""
    # Only tf-slim can change what this is about.
    warnings.filterwarnings("ignore", message="`layer.apply` is deprecated")
    for file, moved in _MOVED.items():
        module = importlib.import_module(f"tensorflow.python.{file}")
        for name, value in moved.items():
            if name not in vars(module):
                setattr(module, name, value)
    importlib.import_module("tf_slim.nets")
    loaded = importlib.import_module("tf_slim")
    arg_scopes.share_with(importlib.import_module("tf_slim.ops.arg_scope"))
    for shared in _SHARED:
        for name, function in vars(shared).items():
            if hasattr(function, "_key_op") and hasattr(loaded, name):
                arg_scopes.share_key(function, getattr(loaded, name))
    return loaded


slim = _loaded()
metrics = slim.metrics
metric_learning = slim.losses.metric_learning
