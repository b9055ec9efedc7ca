"""Pictures that a person looks at, drawn with matplotlib, as PNG.

matplotlib takes half a second to import, which most commands need not spend: it is
imported within the functions.
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
