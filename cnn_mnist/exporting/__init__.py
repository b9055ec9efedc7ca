"""The verb `export`: a SavedModel with three signatures, and the formats beside it."""

from cnn_mnist.support import lazy

__all__ = [
    "export",
]

__getattr__ = lazy.attributes(
    __name__,
    {
        "export": "cnn_mnist.exporting.exporter",
    },
)
