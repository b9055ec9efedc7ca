"""Orders of arguments from before TensorFlow 1.0, where they cannot mean anything else."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.tf1 import modules, supplied
from cnn_mnist.tf_compat import tf


def supply() -> None:
    """Has `tf.concat(0, values)` and the like work as before, and says so."""
    served: Any = modules.tensorflow()
    served.concat = concat
    served.split = split
    served.reverse = reverse
    served.image.resize_images = resize_images


@functools.wraps(tf.concat)
def concat(*arguments: Any, **keywords: Any) -> Any:
    """Does what `tf.concat` does, also for `(dimension, values)`."""
    if "concat_dim" in keywords or (arguments and _is_number(arguments[0])):
        _say("tf.concat(dimension, values)", "tf.concat(values, axis)")
        return _concat_0(*arguments, **keywords)
    return tf.concat(*arguments, **keywords)


def _concat_0(concat_dim: int, values: Any, name: str = "concat") -> Any:
    return tf.concat(values, concat_dim, name)


@functools.wraps(tf.split)
def split(*arguments: Any, **keywords: Any) -> Any:
    """Does what `tf.split` does, also for `(dimension, number, value)`."""
    old = {"split_dim", "num_split"} & keywords.keys()
    if old or (len(arguments) > 1 and _is_number(arguments[0])):
        _say("tf.split(dimension, number, value)", "tf.split(value, number, axis)")
        return _split_0(*arguments, **keywords)
    return tf.split(*arguments, **keywords)


def _split_0(split_dim: int, num_split: int, value: Any, name: str = "split") -> Any:
    return tf.split(value, num_split, split_dim, name=name)


@functools.wraps(tf.reverse)
def reverse(tensor: Any, *arguments: Any, **keywords: Any) -> Any:
    """Does what `tf.reverse` does, also for a bool for each dimension."""
    dims = keywords.get("dims", arguments[0] if arguments else None)
    if isinstance(dims, list | tuple | np.ndarray) and all(
        isinstance(each, bool | np.bool_) for each in dims
    ):
        _say("tf.reverse(tensor, a bool for each dimension)", "tf.reverse(tensor, axes)")
        axes = [axis for axis, reverses in enumerate(dims) if reverses]
        return tf.reverse(tensor, np.asarray(axes, np.int32))
    return tf.reverse(tensor, *arguments, **keywords)


@functools.wraps(tf.image.resize_images)
def resize_images(*arguments: Any, **keywords: Any) -> Any:
    """Does what `tf.image.resize_images` does, also for `(images, height, width)`."""
    old = {"new_height", "new_width"} & keywords.keys()
    if old or (len(arguments) > 2 and all(map(_is_number, arguments[1:3]))):
        _say("tf.image.resize_images(images, height, width)", "...(images, [height, width])")
        return _resize_images_0(*arguments, **keywords)
    return tf.image.resize_images(*arguments, **keywords)


def _resize_images_0(images: Any, new_height: int, new_width: int, *more: Any, **named: Any) -> Any:
    resize: Callable[..., Any] = tf.image.resize_images
    return resize(images, [new_height, new_width], *more, **named)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _say(old: str, new: str) -> None:
    supplied.say_once(f"{old} is of before TensorFlow 1.0 and is taken as {new}")
