"""Both variants of the network by name, as `--variant` chooses them.

The two modules compute the same function of the same variables. Read them side by side:

    diff cnn_mnist/networks/tf_layers.py cnn_mnist/networks/tf_nn.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.networks import tf_layers, tf_nn

NETWORKS: dict[str, Callable[..., Any]] = {"layers": tf_layers.network, "nn": tf_nn.network}
"""Functions that build the network and return its logits."""
LAYER_OUTPUTS: dict[str, Callable[..., list[Any]]] = {
    "layers": tf_layers.layer_outputs,
    "nn": tf_nn.layer_outputs,
}
"""Functions that build the network and return the output of each layer."""
