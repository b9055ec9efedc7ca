"""Columns for a network's input: numbers, buckets and one-hot ids."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

from cnn_mnist.tf1.contrib.columns import base, sparse
from cnn_mnist.tf_compat import tf


class _Dense(base.FeatureColumn, base.core._DenseColumn):
    """A column that can be a network's input."""

    @property
    def _variable_shape(self) -> Any:
        raise NotImplementedError

    def _get_dense_tensor(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        return self.to_dnn_input_layer(inputs.get(self), weight_collections, trainable, 2)


class _RealValuedColumn(
    _Dense,
    collections.namedtuple(
        "_RealValuedColumn", ["column_name", "dimension", "default_value", "dtype", "normalizer"]
    ),
):
    """A feature of numbers, `[batch, dimension]`."""

    _left_out_of_key = ("normalizer",)

    @property
    def name(self) -> str:
        return self.column_name

    @property
    def config(self) -> dict[str, Any]:
        default = None if self.default_value is None else list(self.default_value)
        return {self.column_name: tf.FixedLenFeature([self.dimension], self.dtype, default)}

    @property
    def normalizer_fn(self) -> Any:
        return self.normalizer

    @property
    def _variable_shape(self) -> Any:
        return tf.TensorShape([self.dimension])

    def _transform_feature(self, inputs: Any) -> Any:
        tensor = tf.convert_to_tensor(inputs.get(self.name))
        return tf.cast(self.normalizer(tensor) if self.normalizer else tensor, tf.float32)

    def to_dnn_input_layer(
        self, tensor: Any, weight_collections: Any, trainable: bool, output_rank: int
    ) -> Any:
        return base.reshape_real_valued(tensor, output_rank, self.name)


class _BucketizedColumn(
    sparse._Categorical,
    _Dense,
    collections.namedtuple("_BucketizedColumn", ["source_column", "boundaries"]),
):
    """A feature of numbers as the number of the bucket that it is in."""

    @property
    def name(self) -> str:
        return f"{self.source_column.name}_bucketized"

    @property
    def config(self) -> dict[str, Any]:
        return self.source_column.config

    @property
    def length(self) -> int:
        return len(self.boundaries) + 1

    @property
    def _num_buckets(self) -> int:
        return self.length * self.source_column.dimension

    @property
    def _variable_shape(self) -> Any:
        return tf.TensorShape([self._num_buckets])

    def linear_combiner(self) -> str:
        return "sum"

    def _transform_feature(self, inputs: Any) -> Any:
        numbers = inputs.get(self.source_column)
        return tf.raw_ops.Bucketize(input=numbers, boundaries=list(self.boundaries))

    def to_sparse_tensor(self, buckets: Any) -> Any:
        """Returns ids `[batch, dimension]`: each dimension has its own buckets."""
        dimension = self.source_column.dimension
        buckets = tf.cast(tf.reshape(buckets, [-1, dimension]), tf.int64)
        ids = buckets + tf.range(dimension, dtype=tf.int64) * self.length
        places = tf.where(tf.ones_like(ids, tf.bool))
        return tf.SparseTensor(places, tf.reshape(ids, [-1]), tf.shape(ids, out_type=tf.int64))

    def id_tensor(self, transformed: Any) -> Any:
        return self.to_sparse_tensor(transformed)

    def to_dnn_input_layer(
        self, tensor: Any, weight_collections: Any, trainable: bool, output_rank: int
    ) -> Any:
        if output_rank != 2:
            raise ValueError(f"column {self.name} cannot be part of a sequence")
        return tf.reshape(tf.one_hot(tensor, self.length), [-1, self._num_buckets])


class _OneHotColumn(_Dense, collections.namedtuple("_OneHotColumn", ["sparse_id_column"])):
    """Ids as a vector that is 1 at each of them."""

    @property
    def name(self) -> str:
        return f"{self.sparse_id_column.name}_one_hot"

    @property
    def length(self) -> int:
        return self.sparse_id_column.length

    @property
    def config(self) -> dict[str, Any]:
        return self.sparse_id_column.config

    @property
    def _variable_shape(self) -> Any:
        return tf.TensorShape([self.length])

    def _transform_feature(self, inputs: Any) -> Any:
        return inputs.get(self.sparse_id_column)

    def to_dnn_input_layer(
        self, tensor: Any, weight_collections: Any, trainable: bool, output_rank: int
    ) -> Any:
        ids = base.inner_flatten(self.sparse_id_column.id_tensor(tensor), output_rank)
        dense = tf.sparse.to_dense(ids, default_value=-1)
        one_hot = tf.one_hot(dense, self.length)
        weights = self.sparse_id_column.weight_tensor(tensor)
        if weights is not None:
            weights = base.inner_flatten(weights, output_rank)
            one_hot *= tf.expand_dims(tf.sparse.to_dense(weights), -1)
        return tf.reduce_sum(one_hot, axis=output_rank - 1)


def real_valued_column(
    column_name: str,
    dimension: int = 1,
    default_value: Any = None,
    dtype: Any = tf.float32,
    normalizer: Any = None,
) -> _RealValuedColumn:
    """Returns a column of numbers, `[batch, dimension]`.

    Args:
      column_name: the feature; "" for features that are one tensor instead of a dict.
      dimension: how many numbers an example has.
      default_value: for examples without this feature: one number, or a list of `dimension`.
      dtype: an integer or floating-point type.
      normalizer: a function of the tensor, applied first.

    Raises:
      TypeError: `dimension` is not an integer, or `default_value` does not fit the type.
      ValueError: `dimension` is less than 1, or there are not as many default values.
    """
    if not isinstance(dimension, int):
        raise TypeError(f"column {column_name}: dimension={dimension}: an integer is needed")
    if dimension < 1:
        raise ValueError(f"column {column_name}: dimension={dimension}: at least 1 is needed")
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"column {column_name}: dtype={dtype}: a number type is needed")
    if default_value is not None:
        if not isinstance(default_value, (list, tuple)):
            default_value = [default_value] * dimension
        if len(default_value) != dimension:
            raise ValueError(
                f"column {column_name}: {len(default_value)} default values for {dimension} numbers"
            )
        allowed = (int,) if dtype.is_integer else (int, float)
        if not all(isinstance(value, allowed) for value in default_value):
            raise TypeError(f"column {column_name}: default_value={default_value} is not {dtype}")
        default_value = tuple(map(int if dtype.is_integer else float, default_value))
    return _RealValuedColumn(column_name, dimension, default_value, dtype, normalizer)


def bucketized_column(
    source_column: _RealValuedColumn, boundaries: Sequence[float]
) -> _BucketizedColumn:
    """Returns a column of buckets: below the first boundary, from it to the second, and so on.

    Args:
      source_column: the numbers.
      boundaries: in rising order; equal ones count once.

    Raises:
      TypeError: `source_column` is not a `real_valued_column`.
      ValueError: there are no boundaries, or they do not rise.
    """
    if not isinstance(source_column, _RealValuedColumn):
        raise TypeError(f"source_column={source_column}: a real_valued_column is needed")
    if not boundaries or list(boundaries) != sorted(boundaries):
        raise ValueError(f"boundaries={boundaries}: a list in rising order is needed")
    return _BucketizedColumn(source_column, tuple(dict.fromkeys(boundaries)))


def one_hot_column(sparse_id_column: Any) -> _OneHotColumn:
    """Returns a column that is 1 at each id of an example, `[batch, length]`."""
    return _OneHotColumn(sparse_id_column)
