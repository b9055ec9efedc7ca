"""The network, built twice: with `tf.layers` and with raw `tf.nn` ops.

`architecture` describes networks as data and does not import TensorFlow. `NETWORKS` and
`LAYER_OUTPUTS` (see `variants`) do, when they are first used.
"""

from cnn_mnist.support import lazy

__all__ = [
    "LAYER_OUTPUTS",
    "NETWORKS",
]

__getattr__ = lazy.attributes(
    __name__,
    {
        "LAYER_OUTPUTS": "cnn_mnist.networks.variants",
        "NETWORKS": "cnn_mnist.networks.variants",
    },
)
