"""Stand-ins for `tf.contrib.data`: transformations for `Dataset.apply`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.tf_compat import tf

_Transformation = Callable[[Any], Any]


def batch_and_drop_remainder(batch_size: Any) -> _Transformation:
    """Batches, and drops a last batch that is not full."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
    batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> _Transformation:
    """Batches with padding, and drops a last batch that is not full."""
    return lambda dataset: dataset.padded_batch(
        batch_size,
        padded_shapes=padded_shapes,
        padding_values=padding_values,
        drop_remainder=True,
    )


def sloppy_interleave(
    map_func: Callable[..., Any], cycle_length: Any, block_length: Any = 1
) -> _Transformation:
    """Interleaves the datasets that a function gives, in the order in which they are ready."""
    return tf.data.experimental.parallel_interleave(
        map_func, cycle_length, block_length, sloppy=True
    )


def sliding_window_batch(
    window_size: int,
    stride: int | None = None,
    window_shift: int | None = None,
    window_stride: int = 1,
) -> _Transformation:
    """Batches windows of a dataset; the last elements are dropped if they do not fill one.

    Args:
      window_size: the number of elements of a window.
      stride: the old name of `window_shift`.
      window_shift: how far the next window begins; 1 by default.
      window_stride: how far the next element of a window is.

    Raises:
      ValueError: both `stride` and `window_shift` are given.
    """
    if stride is not None and window_shift is not None:
        raise ValueError("stride and window_shift exclude each other")
    shift = next((each for each in (stride, window_shift) if each is not None), 1)

    def batched(*windows: Any) -> Any:
        batches = [
            tf.nest.map_structure(lambda part: part.batch(window_size), window)
            for window in windows
        ]
        return batches[0] if _is_dataset(batches) else tf.data.Dataset.zip(tuple(batches))

    def apply(dataset: Any) -> Any:
        windows = dataset.window(window_size, shift, window_stride, drop_remainder=True)
        return windows.flat_map(batched)

    return apply


def _is_dataset(batches: list[Any]) -> bool:
    return len(batches) == 1 and isinstance(batches[0], tf.data.Dataset)


def reduce_dataset(dataset: Any, reducer: Any) -> Any:
    """Returns what a `Reducer` makes of all elements."""
    everything = tf.data.experimental.group_by_reducer(lambda *_: tf.constant(0, tf.int64), reducer)
    return tf.data.experimental.get_single_element(dataset.apply(everything))
