"""The verb `train`: makes the folder ready, locks it, and puts the hooks together."""

from cnn_mnist.support import lazy

__all__ = [
    "TrainResult",
    "TrainingLock",
    "train",
]

__getattr__ = lazy.attributes(
    __name__,
    {
        "TrainResult": "cnn_mnist.training.result",
        "TrainingLock": "cnn_mnist.training.lock",
        "train": "cnn_mnist.training.trainer",
    },
)
