"""Feeds NumPy arrays, pandas objects or iterators to a model: the arguments x and y of `fit`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.tf_compat import tf


def check_arguments(x: Any, y: Any, input_fn: Any, feed_fn: Any, batch_size: Any) -> None:
    """Checks that there is either an `input_fn` or arrays.

    Raises:
      ValueError: there is neither or both, or arrays are tensors.
    """
    if input_fn is not None:
        if x is not None or y is not None or batch_size is not None:
            raise ValueError("give either input_fn, or x, y and batch_size")
        return
    if x is None:
        raise ValueError("give either x or input_fn")
    if feed_fn is not None:
        raise ValueError("give either x or feed_fn")
    if tf.is_tensor(x) or tf.is_tensor(y):
        raise ValueError("x and y cannot be tensors; use input_fn")


def input_and_feed(
    x: Any,
    y: Any,
    input_fn: Callable[[], Any] | None,
    batch_size: int | None,
    shuffle: bool = False,
    epochs: int | None = 1,
) -> tuple[Callable[[], Any], Callable[[], dict[Any, Any]] | None]:
    """Returns an `input_fn`, and a function that returns the next batch for its placeholders.

    Args:
      x: features `[count, ...]`, a dict of such arrays, or an iterator over examples.
      y: labels `[count, ...]`, a dict, an iterator, or None.
      input_fn: returned as it is if there is one.
      batch_size: by default all examples.
      shuffle: whether they are shuffled, by a generator with the seed 42 as in TensorFlow 1.
      epochs: how many times all are given; None for ever.

    Raises:
      ValueError: see `check_arguments`; or `batch_size` is not positive.
    """
    check_arguments(x, y, input_fn, None, batch_size)
    if input_fn is not None:
        return input_fn, None
    if batch_size is not None and batch_size <= 0:
        raise ValueError(f"batch_size={batch_size}: a positive number is needed")
    feeder: _Feeder
    if hasattr(x, "__next__"):
        feeder = _Stream(x, y, batch_size)
    else:
        feeder = _Arrays(x, y, batch_size, shuffle, epochs)
    return feeder.inputs, feeder.next_batch


class _Feeder:
    """Placeholders for features and labels, and the batches for them."""

    def __init__(self, features: Any, labels: Any) -> None:
        self._examples = (features, labels)
        self._placeholders: list[tuple[str | None, int, Any]] = []

    def inputs(self) -> tuple[Any, Any]:
        """Makes the placeholders in the current graph; returns features and labels."""
        self._placeholders = []
        made: list[Any] = []
        for which, (values, name) in enumerate(
            zip(self._examples, ("input", "output"), strict=True)
        ):
            if isinstance(values, dict):
                made.append(
                    {
                        key: self._placeholder(values[key], f"{name}_{key}", which, key)
                        for key in values
                    }
                )
            else:
                made.append(
                    None if values is None else self._placeholder(values, name, which, None)
                )
        return made[0], made[1]

    def _placeholder(self, values: np.ndarray, name: str, which: int, key: str | None) -> Any:
        tensor = tf.placeholder(tf.as_dtype(values.dtype), [None, *values.shape[1:]], name=name)
        self._placeholders.append((key, which, tensor))
        return tensor

    def _feed(self, features: Any, labels: Any) -> dict[Any, Any]:
        batch = (features, labels)
        return {
            tensor: batch[which] if key is None else batch[which][key]
            for key, which, tensor in self._placeholders
        }

    def next_batch(self) -> dict[Any, Any]:
        """Returns the next feed; raises StopIteration after the last."""
        raise NotImplementedError


class _Arrays(_Feeder):
    def __init__(
        self, x: Any, y: Any, batch_size: int | None, shuffle: bool, epochs: int | None
    ) -> None:
        features, labels = _each(_column, x), _each(_labels, y)
        super().__init__(features, labels)
        self._count = len(next(iter(features.values())) if isinstance(features, dict) else features)
        self._batch_size = batch_size or self._count
        self._random = np.random.RandomState(42)
        self._shuffle, self._epochs = shuffle, epochs
        self._order = self._new_order()
        self._epoch = self._at = 0

    def _new_order(self) -> np.ndarray:
        return self._random.permutation(self._count) if self._shuffle else np.arange(self._count)

    def next_batch(self) -> dict[Any, Any]:
        if self._epochs is not None and self._epoch >= self._epochs:
            raise StopIteration
        chosen = self._order[self._at : self._at + self._batch_size]
        self._at += self._batch_size
        if self._at >= self._count:
            self._at = 0
            self._epoch += 1
            self._order = self._new_order()
        features, labels = self._examples
        return self._feed(
            _each(lambda values: values[chosen], features),
            _each(lambda values: values[chosen], labels),
        )


class _Stream(_Feeder):
    """Batches of an iterator over examples; the last may be smaller."""

    def __init__(self, x: Any, y: Any, batch_size: int | None) -> None:
        if y is not None and not hasattr(y, "__next__"):
            raise ValueError("x is an iterator, and y is not")
        first_x = next(x)
        first_y = None if y is None else next(y)
        self._x = itertools.chain([first_x], x)
        self._y = None if y is None else itertools.chain([first_y], y)
        self._batch_size = batch_size or 1
        super().__init__(_each(_column, _stacked([first_x])), _each(_labels, _stacked([first_y])))

    def next_batch(self) -> dict[Any, Any]:
        features = list(itertools.islice(self._x, self._batch_size))
        if not features:
            raise StopIteration
        labels = [None] if self._y is None else list(itertools.islice(self._y, self._batch_size))
        return self._feed(_each(_column, _stacked(features)), _each(_labels, _stacked(labels)))


def _stacked(examples: list[Any]) -> Any:
    if examples[0] is None:
        return None
    if isinstance(examples[0], dict):
        return {key: np.asarray([example[key] for example in examples]) for key in examples[0]}
    return np.asarray(examples)


def _each(function: Callable[[Any], Any], values: Any) -> Any:
    """Applies a function to an array, or to each array of a dict."""
    if values is None:
        return None
    if isinstance(values, dict):
        return {key: function(value) for key, value in values.items()}
    return function(values)


def _column(values: Any) -> np.ndarray:
    """Returns features with at least two dimensions."""
    array = _array(values)
    return array.reshape(-1, 1) if array.ndim == 1 else array


def _labels(values: Any) -> np.ndarray:
    """Returns labels; `[count, 1, ...]` without the second dimension."""
    array = _array(values)
    return array[:, 0] if array.ndim > 1 and array.shape[1] == 1 else array


def _array(values: Any) -> np.ndarray:
    return values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
