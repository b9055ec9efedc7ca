"""The network, built twice: with `tf.layers` and with raw `tf.nn` ops.

Both modules give the same function of the same variables, and read side by side:

    diff cnn_mnist/networks/tf_layers.py cnn_mnist/networks/tf_nn.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.networks import tf_layers, tf_nn

LAYER_OUTPUTS: dict[str, Callable[..., list[Any]]] = {
    "layers": tf_layers.layer_outputs,
    "nn": tf_nn.layer_outputs,
}
NETWORKS: dict[str, Callable[..., Any]] = {"layers": tf_layers.network, "nn": tf_nn.network}
"""By `--variant`; `LAYER_OUTPUTS` gives what every layer makes of the images, not only the last."""
