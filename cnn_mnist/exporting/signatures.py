"""What an export takes and gives: three signatures over one set of variables.

`serving_default` takes pixels, `image_bytes` PNG or JPEG files, `float_image` what the
tutorial's clients send. They are three places of one chain, file to pixels to numbers, at
which a request may come in; so all that follows is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist import model
from cnn_mnist.data import framing
from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.tf_compat import estimator, tf

DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
INPUTS = {DEFAULT_SIGNATURE: "image", "image_bytes": "image_bytes", "float_image": "float_image"}
"""The name of each signature's input, by the signature's name."""
MOST_IMAGES = 1000
"""In one request: the first convolution gives the tutorial's network 100 KB for each image, and
its ReLU as much again."""

_FLAT_SHAPE = (IMAGE_SHAPE[0] * IMAGE_SHAPE[1],)


def input_receiver_fn(digits: bool = True) -> Callable[[], Any]:
    """Returns the function that Estimator builds the signatures' inputs with.

    - `image`: uint8 `[batch, 28, 28, 1]`, 0 is background;
    - `image_bytes`: string `[batch]`, see `data.framing.frame`;
    - `float_image`: float32 `[batch, 784]` or `[batch, 28, 28, 1]`, 0 to 1, 0 is background.

    A batch is of 1 to `MOST_IMAGES`. Anything else is an InvalidArgumentError that names
    the input; but for a wrong dtype, of which TensorFlow says the position only.

    Args:
      digits: whether the classes are digits, which are framed as MNIST's are.
    """

    def receive() -> Any:
        contents = tf.placeholder(tf.string, [None], "image_bytes")
        framed = framing.frame(_checked(contents, "image_bytes", ()), digits=digits)
        # A request for another signature comes in here, and nothing above it is run.
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
    """Returns `[batch, *shape]` of values that have it, or one of the other shapes."""
    # TensorFlow in C++ does not look at the shape that is declared, so it must not be relied on.
    fed = tf.placeholder_with_default(values, None)
    allowed = [",".join(map(str, sizes)) for sizes in (shape, *others)]
    found = tf.strings.reduce_join(tf.strings.as_string(tf.shape(fed)[1:]), separator=",")
    # Only a scalar has no first dimension.
    fits = tf.reduce_any(tf.equal(found, allowed)) & (tf.rank(fed) > 0)
    said = [f"{name}: shape of one:", found, f"allowed: {' or '.join(allowed)}"]
    with tf.control_dependencies([tf.debugging.Assert(fits, said)]):
        images = tf.reshape(fed, [-1, *shape])
        count = tf.shape(images)[0]
    is_batch = (count >= 1) & (count <= MOST_IMAGES)
    said = [f"{name}: images in one request:", count, f"allowed: 1 to {MOST_IMAGES:,}"]
    with tf.control_dependencies([tf.debugging.Assert(is_batch, said)]):
        return tf.identity(images)


def _from_0_to_1(images: Any) -> Any:
    lowest, highest = tf.reduce_min(images), tf.reduce_max(images)
    # NaN fails both.
    holds = (lowest >= 0.0) & (highest <= 1.0)
    said = ["float_image: lowest and highest value:", lowest, highest, "allowed: 0 to 1"]
    with tf.control_dependencies([tf.debugging.Assert(holds, said)]):
        return tf.identity(images)
