"""Data sets and image files: reading, checking, splitting, augmenting and framing them.

The folders `mnist` and `digits` beside the modules hold the data that comes with the package.
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
