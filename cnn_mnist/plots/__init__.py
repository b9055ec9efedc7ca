"""Draws every picture (confusion matrix, curves, kernels and others) with matplotlib, as PNG.

matplotlib is imported within the functions: its import takes half a second, and most commands
do not need it.
"""

from cnn_mnist.plots.activations import activations_png
from cnn_mnist.plots.classes import class_accuracy_png
from cnn_mnist.plots.confusion import confusion_matrix_png
from cnn_mnist.plots.curves import learning_curves_png
from cnn_mnist.plots.feature_maps import feature_maps_before_after_png, feature_maps_png
from cnn_mnist.plots.gallery import mistakes_png
from cnn_mnist.plots.kernels import kernels_before_after_png, kernels_png
from cnn_mnist.plots.network import network_png
from cnn_mnist.plots.probabilities import probabilities_png

__all__ = [
    "activations_png",
    "class_accuracy_png",
    "confusion_matrix_png",
    "feature_maps_before_after_png",
    "feature_maps_png",
    "kernels_before_after_png",
    "kernels_png",
    "learning_curves_png",
    "mistakes_png",
    "network_png",
    "probabilities_png",
]
