"""Stand-ins for `tf.contrib.eager.metrics`: metrics as objects, in eager execution."""

from __future__ import annotations

import importlib
import re
from typing import Any

from cnn_mnist.tf_compat import tf


class Metric:
    """A metric that is updated by calls. Subclasses have `build`, `call` and `result`.

    Args:
      name: of the metric and of its summary; that of the class by default.

    Raises:
      ValueError: `name` has other characters than letters, digits, `_`, `.`, `-` and spaces.
      NotImplementedError: execution is not eager.
    """

    def __init__(self, name: str | None = None) -> None:
        if not tf.executing_eagerly():
            raise NotImplementedError(
                "tf.contrib.eager.metrics need eager execution here; use tf.metrics in graphs"
            )
        self._name = name or type(self).__name__
        if re.search(r"[^\w.\- ]", self._name):
            raise ValueError(f"name={self._name}: not the name of a metric")
        self._variables: list[tuple[Any, Any]] = []
        self._built = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def variables(self) -> list[Any]:
        return [variable for variable, _ in self._variables]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Updates the metric, and returns what `call` returns."""
        if not self._built:
            self.build(*args, **kwargs)
            self._built = True
        return self.call(*args, **kwargs)

    def init_variables(self) -> None:
        """Begins anew."""
        for variable, initial in self._variables:
            variable.assign(initial)

    def add_variable(self, name: str, shape: Any, dtype: Any, initializer: Any) -> Any:
        """Returns a new variable; only in `build`."""
        initial = initializer(shape, dtype=dtype)
        variable = tf.Variable(initial, trainable=False, name=name, use_resource=True)
        self._variables.append((variable, initial))
        return variable

    def build(self, *args: Any, **kwargs: Any) -> None:
        """Makes the variables, at the first call."""

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Updates the metric."""
        raise NotImplementedError

    def result(self, write_summary: bool = True) -> Any:
        """Returns the value so far."""
        raise NotImplementedError


class Mean(Metric):
    """The weighted mean of values.

    Args:
      name: see `Metric`.
      dtype: of sum and result.
    """

    def __init__(self, name: str | None = None, dtype: Any = tf.float64) -> None:
        super().__init__(name)
        self.dtype = dtype

    def build(self, *args: Any, **kwargs: Any) -> None:
        zeros = tf.zeros_initializer()
        self.numer = self.add_variable("numer", (), self.dtype, zeros)
        self.denom = self.add_variable("denom", (), self.dtype, zeros)

    def call(self, values: Any, weights: Any = None) -> Any:
        """Adds values; weights are 1 by default and broadcast."""
        if weights is None:
            self.denom.assign_add(tf.cast(tf.size(values), self.dtype))
            total = tf.reduce_sum(values)
            self.numer.assign_add(tf.cast(total, self.dtype))
            return total
        weights = tf.cast(weights, self.dtype)
        weighted = tf.cast(values, self.dtype) * weights
        self.denom.assign_add(tf.reduce_sum(weights))
        self.numer.assign_add(tf.reduce_sum(weighted))
        return values, weights

    def result(self, write_summary: bool = True) -> Any:
        """Returns the mean, and writes it as a summary if these are recorded."""
        mean = self.numer / self.denom
        if write_summary:
            importlib.import_module("tensorflow.python.ops.summary_ops_v2").scalar(self.name, mean)
        return mean


class Accuracy(Mean):
    """The share of predictions that are equal to their labels."""

    def call(  # type: ignore[override]
        self, labels: Any, predictions: Any, weights: Any = None
    ) -> Any:
        """Adds predictions.

        Args:
          labels: the labels.
          predictions: what is compared with them.
          weights: see `Mean.call`.

        Returns:
          The arguments.
        """
        super().call(tf.cast(self.matches(labels, predictions), self.dtype), weights)
        return (labels, predictions) if weights is None else (labels, predictions, weights)

    def matches(self, labels: Any, predictions: Any) -> Any:
        """Returns which predictions are right."""
        tf.assert_equal(tf.shape(labels), tf.shape(predictions), message="the shapes differ")
        return tf.equal(labels, predictions)


class CategoricalAccuracy(Accuracy):
    """`Accuracy` of one-hot labels and scores, `[batch, classes]`."""

    def matches(self, labels: Any, predictions: Any) -> Any:
        return tf.equal(tf.argmax(labels, -1), tf.argmax(predictions, -1))


class BinaryAccuracy(Accuracy):
    """`Accuracy` of probabilities, which are 1 above a threshold.

    Args:
      threshold: the threshold.
      name: see `Metric`.
      dtype: see `Mean`.
    """

    def __init__(self, threshold: float, name: str | None = None, dtype: Any = tf.float64) -> None:
        super().__init__(name=name, dtype=dtype)
        self.threshold = threshold

    def matches(self, labels: Any, predictions: Any) -> Any:
        return tf.equal(tf.cast(labels, tf.bool), tf.greater(predictions, self.threshold))


class SparseAccuracy(Accuracy):
    """`Accuracy` of int labels `[batch]` and scores `[batch, classes]`."""

    def matches(self, labels: Any, predictions: Any) -> Any:
        return tf.equal(tf.cast(labels, tf.int64), tf.argmax(predictions, -1))
