"""Data sets and images: read, checked, split, augmented and framed.

The folders `mnist` and `digits` hold the data that the package brings.
"""

from cnn_mnist.support import lazy

__all__ = [
    "Dataset",
    "Examples",
    "load",
    "load_dataset",
]

__getattr__ = lazy.attributes(
    __name__,
    {
        "Dataset": "cnn_mnist.data.loading",
        "Examples": "cnn_mnist.data.loading",
        "load": "cnn_mnist.data.loading",
        "load_dataset": "cnn_mnist.data.splits",
    },
)
