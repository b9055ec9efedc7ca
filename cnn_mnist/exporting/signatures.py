"""The three signatures of an export, which share one set of variables.

`serving_default` takes pixels, `image_bytes` PNG or JPEG files, `float_image` scaled floats, as
the tutorial's clients send them. Each signature is a graph of its own, from its placeholder to its
answers: converters read no graph in which one signature's input is computed from another's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from cnn_mnist import model
from cnn_mnist.config import Config
from cnn_mnist.data.framing import graph_framing
from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.tf_compat import estimator, tf

DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
INPUTS = {DEFAULT_SIGNATURE: "image", "image_bytes": "image_bytes", "float_image": "float_image"}
"""The name of each signature's input, by the signature's name."""
MOST_IMAGES = 1000
"""The most images in one request; it limits the memory that a request takes.

In the tutorial's network the output of the first convolution takes 100 KB for each image, and its
ReLU as much again.
"""

_FLAT_SHAPE = (IMAGE_SHAPE[0] * IMAGE_SHAPE[1],)


def build(config: Config, digits: bool = True) -> dict[str, Any]:
    """Builds the graph of each signature.

    - `image`: uint8 `[batch, 28, 28, 1]`, 0 is background;
    - `image_bytes`: string `[batch]`, see `data.framing.frame`;
    - `float_image`: float32 `[batch, 784]` or `[batch, 28, 28, 1]`, 0 to 1, 0 is background.

    A batch holds 1 to `MOST_IMAGES` images. Any other input is an InvalidArgumentError that
    names the input; for a wrong dtype TensorFlow gives only the input's position.

    Args:
      config: the run.
      digits: whether the classes are digits; images of digits are framed as MNIST's are.

    Returns:
      The SignatureDef of each signature, by the signature's name.
    """
    image = tf.placeholder(tf.uint8, [None, *IMAGE_SHAPE], "image")
    contents = tf.placeholder(tf.string, [None], "image_bytes")
    # Of unknown rank, because it may have either shape.
    floats = tf.placeholder(tf.float32, None, "float_image")
    images: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        DEFAULT_SIGNATURE: (image, _pixels),
        "image_bytes": (contents, functools.partial(_framed, digits=digits)),
        "float_image": (floats, _floats),
    }
    return {name: _signature(config, name, *source) for name, source in images.items()}


def _signature(config: Config, name: str, fed: Any, images: Callable[[Any], Any]) -> Any:
    """Builds the network on the images of one signature, with the variables of all of them."""
    # The default signature has no scope, so that its output is `model.SOFTMAX_TENSOR`.
    scope = None if name == DEFAULT_SIGNATURE else f"signature_{name}"
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE), tf.name_scope(scope):
        spec = model.model_fn(
            {"image": images(fed)}, None, estimator.ModeKeys.PREDICT, {"config": config}
        )
    return spec.export_outputs[DEFAULT_SIGNATURE].as_signature_def({INPUTS[name]: fed})


def _pixels(image: Any) -> Any:
    return _checked(image, "image", IMAGE_SHAPE)


def _framed(contents: Any, digits: bool) -> Any:
    return graph_framing.frame(_checked(contents, "image_bytes", ()), digits=digits)


def _floats(image: Any) -> Any:
    return _from_0_to_1(_checked(image, "float_image", IMAGE_SHAPE, _FLAT_SHAPE))


def _checked(fed: Any, name: str, shape: tuple[int, ...], *others: tuple[int, ...]) -> Any:
    """Returns a placeholder as `[batch, *shape]`; fails unless each has this or one other shape.

    TensorFlow's C++ runtime does not check the shape that a placeholder declares. It does not
    assume it either when it optimizes the graph, so this check stays in.
    """
    allowed = [",".join(map(str, sizes)) for sizes in (shape, *others)]
    found = tf.strings.reduce_join(tf.strings.as_string(tf.shape(fed)[1:]), separator=",")
    # Only a scalar has no first dimension.
    fits = tf.reduce_any(tf.equal(found, allowed)) & (tf.rank(fed) > 0)
    message = [f"{name}: shape of one:", found, f"allowed: {' or '.join(allowed)}"]
    with tf.control_dependencies([tf.debugging.Assert(fits, message)]):
        images = tf.reshape(fed, [-1, *shape])
        count = tf.shape(images)[0]
    is_batch = (count >= 1) & (count <= MOST_IMAGES)
    message = [f"{name}: images in one request:", count, f"allowed: 1 to {MOST_IMAGES:,}"]
    with tf.control_dependencies([tf.debugging.Assert(is_batch, message)]):
        return tf.identity(images)


def _from_0_to_1(images: Any) -> Any:
    lowest, highest = tf.reduce_min(images), tf.reduce_max(images)
    # A NaN fails both comparisons.
    holds = (lowest >= 0.0) & (highest <= 1.0)
    message = ["float_image: lowest and highest value:", lowest, highest, "allowed: 0 to 1"]
    with tf.control_dependencies([tf.debugging.Assert(holds, message)]):
        return tf.identity(images)
