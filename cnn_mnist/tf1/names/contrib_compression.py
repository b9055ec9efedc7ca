"""`tf.contrib.nn`, and the families for smaller models and for Bayesian ones."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_NN = "tf.contrib.nn"
_TOOLKIT = "it is in the package tensorflow-model-optimization now, for Keras models"

ROWS = [
    *same(
        _NN,
        "cnn_mnist.tf1.contrib.nn",
        "alpha_dropout deprecated_flipped_sigmoid_cross_entropy_with_logits "
        "deprecated_flipped_softmax_cross_entropy_with_logits "
        "deprecated_flipped_sparse_softmax_cross_entropy_with_logits scaled_softplus",
    ),
    Name(f"{_NN}.conv1d_transpose", "tf.nn.conv1d_transpose"),
    Name(f"{_NN}.nth_element", "tensorflow.python.ops.nn_ops:nth_element"),
    Name(
        f"{_NN}.fwd_gradients",
        refused="no public script used it",
        instead="tf.autodiff.ForwardAccumulator of TensorFlow 2",
    ),
    *(
        Name(f"{_NN}.{name}", refused="no public script used it", instead=f"tf.nn.{instead}")
        for name, instead in (
            ("rank_sampled_softmax_loss", "sampled_softmax_loss"),
            ("sampled_sparse_softmax_loss", "sampled_softmax_loss"),
        )
    ),
    Name("tf.contrib.model_pruning", refused=_TOOLKIT),
    Name(
        "tf.contrib.quantize",
        refused="it rewrote graphs of TensorFlow 1",
        instead="post-training quantization of tf.lite.TFLiteConverter, or "
        "tensorflow-model-optimization",
    ),
    Name(
        "tf.contrib.quantization", refused="its ops have other names now", instead="tf.quantization"
    ),
    Name("tf.contrib.bayesflow", refused="it is in the package tensorflow-probability now"),
]
