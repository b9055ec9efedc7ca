"""Pictures that a person looks at, drawn with matplotlib, as PNG.

matplotlib takes half a second to import, which most commands need not spend: it is
imported within the functions.
"""

from cnn_mnist.pictures.activations import activations_png
from cnn_mnist.pictures.classes import class_accuracy_png
from cnn_mnist.pictures.confusion import confusion_matrix_png
from cnn_mnist.pictures.curves import learning_curves_png
from cnn_mnist.pictures.feature_maps import feature_maps_before_after_png, feature_maps_png
from cnn_mnist.pictures.gallery import mistakes_png
from cnn_mnist.pictures.kernels import kernels_before_after_png, kernels_png
from cnn_mnist.pictures.network import network_png
from cnn_mnist.pictures.probabilities import probabilities_png

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
