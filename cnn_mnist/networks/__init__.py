"""The network, built twice: with `tf.layers` and with raw `tf.nn` ops.

`architecture` is networks as data and needs no TensorFlow; what does is imported when it is first
asked for.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "LAYER_OUTPUTS",
    "NETWORKS",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from cnn_mnist.networks import variants

        return getattr(variants, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
