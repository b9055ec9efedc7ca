"""Images as sequences of columns, and back."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf1.contrib.layers.base import Collections, checked_format, finished
from cnn_mnist.tf_compat import tf


@add_arg_scope
def images_to_sequence(
    inputs: Any,
    data_format: str = "NHWC",
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns images as sequences of columns, `[width, batch * height, channels]`.

    Args:
      inputs: `[batch, height, width, channels]`.
      data_format: NHWC or NCHW.
      outputs_collections: collections for the outputs.
      scope: the name; `ImagesToSequence` without one.

    Raises:
      ValueError: the data format is another one.
    """
    checked_format(data_format)
    with tf.name_scope(scope, "ImagesToSequence", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        if data_format == "NCHW":
            inputs = tf.transpose(inputs, [0, 2, 3, 1])
        width, channels = inputs.shape.as_list()[2:]
        outputs = tf.reshape(tf.transpose(inputs, [2, 0, 1, 3]), [width, -1, channels])
        return finished(outputs, sc, outputs_collections)


@add_arg_scope
def sequence_to_images(
    inputs: Any,
    height: int,
    output_data_format: str = "channels_last",
    outputs_collections: Collections = None,
    scope: str | None = None,
) -> Any:
    """Returns images from sequences of columns; the inverse of `images_to_sequence`.

    Args:
      inputs: `[width, batch * height, channels]`.
      height: of the images.
      output_data_format: channels_last or channels_first.
      outputs_collections: collections for the outputs.
      scope: the name; `SequenceToImages` without one.
    """
    with tf.name_scope(scope, "SequenceToImages", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        width, rows, channels = inputs.shape.as_list()
        batch = -1 if rows is None else rows // height
        columns = tf.reshape(inputs, [width, batch, height, channels])
        order = [1, 3, 2, 0] if output_data_format == "channels_first" else [1, 2, 0, 3]
        return finished(tf.transpose(columns, order), sc, outputs_collections)
