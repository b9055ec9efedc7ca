"""Marks answers that are not to be relied on: calibrated on the validation images.

`temperature` corrects probabilities that are too high, `familiarity` measures how unlike all
training images an image is, and `calibration` makes one mark of both, and keeps what it needs
in `calibration.json`, in the folder `best` of a model folder and in every export.
"""

from cnn_mnist.support import lazy

__all__ = [
    "Calibration",
    "Familiarity",
    "Marks",
    "read",
]

__getattr__ = lazy.attributes(
    __name__,
    {
        "Calibration": "cnn_mnist.uncertainty.calibration",
        "Familiarity": "cnn_mnist.uncertainty.familiarity",
        "Marks": "cnn_mnist.uncertainty.calibration",
        "read": "cnn_mnist.uncertainty.calibration",
    },
)
