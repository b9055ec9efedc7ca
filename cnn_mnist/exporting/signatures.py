"""The inputs of an export's three signatures, which share one set of variables.

`serving_default` takes pixels, `image_bytes` PNG or JPEG files, `float_image` scaled floats, as
the tutorial's clients send them. The graph is one chain, from file to pixels to floats. Each
signature feeds one place of it, and everything after that place is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist import model
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


def input_receiver_fn(digits: bool = True) -> Callable[[], Any]:
    """Returns the serving input receiver function for Estimator.

    - `image`: uint8 `[batch, 28, 28, 1]`, 0 is background;
    - `image_bytes`: string `[batch]`, see `data.framing.frame`;
    - `float_image`: float32 `[batch, 784]` or `[batch, 28, 28, 1]`, 0 to 1, 0 is background.

    A batch holds 1 to `MOST_IMAGES` images. Any other input is an InvalidArgumentError that
    names the input; for a wrong dtype TensorFlow gives only the input's position.

    Args:
      digits: whether the classes are digits; images of digits are framed as MNIST's are.
    """

    def receive() -> Any:
        contents = tf.placeholder(tf.string, [None], "image_bytes")
        framed = graph_framing.frame(_checked(contents, "image_bytes", ()), digits=digits)
        # Requests for serving_default feed this tensor, and nothing above it runs.
        image = tf.placeholder_with_default(framed, [None, *IMAGE_SHAPE], "image")
        scaled = model.scaled(_checked(image, "image", IMAGE_SHAPE))
        float_image = tf.placeholder_with_default(scaled, None, "float_image")
        return estimator.export.ServingInputReceiver(
            {"image": _from_0_to_1(_checked(float_image, "float_image", IMAGE_SHAPE, _FLAT_SHAPE))},
            {"image": image},
            {"image_bytes": {"image_bytes": contents}, "float_image": {"float_image": float_image}},
        )

    return receive


def _checked(values: Any, name: str, shape: tuple[int, ...], *others: tuple[int, ...]) -> Any:
    """Returns the values as `[batch, *shape]`; fails unless each has this or one other shape."""
    # TensorFlow's C++ runtime does not check the declared shape; an unknown shape keeps
    # the check below from being folded to a constant.
    fed = tf.placeholder_with_default(values, None)
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
