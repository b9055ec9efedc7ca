"""Columns for a network's input: numbers, buckets, one-hot ids and embeddings."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterable, Sequence
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


class _EmbeddingColumn(
    _Dense,
    collections.namedtuple(
        "_EmbeddingColumn",
        [
            "sparse_id_column",
            "dimension",
            "combiner",
            "initializer",
            "ckpt_to_load_from",
            "tensor_name_in_ckpt",
            "shared_embedding_name",
            "shared_vocab_size",
            "max_norm",
            "trainable",
        ],
    ),
):
    """Ids as vectors that are learned, reduced to one for each example."""

    _left_out_of_key = ("initializer",)

    @property
    def name(self) -> str:
        kind = "embedding" if self.shared_embedding_name is None else "shared_embedding"
        return f"{self.sparse_id_column.name}_{kind}"

    @property
    def length(self) -> int:
        return self.shared_vocab_size or self.sparse_id_column.length

    @property
    def config(self) -> dict[str, Any]:
        return self.sparse_id_column.config

    @property
    def _variable_shape(self) -> Any:
        return tf.TensorShape([self.dimension])

    def checkpoint(self) -> tuple[str, str] | None:
        if self.ckpt_to_load_from is None:
            return None
        return self.ckpt_to_load_from, self.tensor_name_in_ckpt

    def _transform_feature(self, inputs: Any) -> Any:
        return inputs.get(self.sparse_id_column)

    def to_dnn_input_layer(
        self, tensor: Any, weight_collections: Any, trainable: bool, output_rank: int
    ) -> Any:
        ids = base.inner_flatten(self.sparse_id_column.id_tensor(tensor), output_rank)
        weights = self.sparse_id_column.weight_tensor(tensor)
        if weights is not None:
            weights = base.inner_flatten(weights, output_rank)
        table = self._table(weight_collections, trainable)
        if self.ckpt_to_load_from is not None:
            tf.train.init_from_checkpoint(self.ckpt_to_load_from, {self.tensor_name_in_ckpt: table})
        return tf.nn.safe_embedding_lookup_sparse(
            [table], ids, sparse_weights=weights, combiner=self.combiner, max_norm=self.max_norm
        )

    def _table(self, weight_collections: Any, trainable: bool) -> Any:
        """Returns the variable `[length, dimension]`; columns may share one by its name."""
        shared: list[Any] = []
        if self.shared_embedding_name is not None:
            shared = tf.get_collection_ref(
                f"SHARED_EMBEDDING_COLLECTION_{self.shared_embedding_name.upper()}"
            )
        if shared:
            return shared[0]
        table = base.model_variable(
            self.shared_embedding_name or "weights",
            [self.length, self.dimension],
            self.initializer,
            trainable and self.trainable,
            weight_collections,
        )
        shared.append(table)
        return table


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


def embedding_column(
    sparse_id_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> _EmbeddingColumn:
    """Returns a column of learned vectors, `[batch, dimension]`.

    Args:
      sparse_id_column: the ids.
      dimension: of a vector.
      combiner: how several vectors of an example are reduced: mean, sum or sqrtn.
      initializer: by default a truncated normal one, whose standard deviation is one over the
        root of the number of ids. (That of `tf.feature_column` is one over that of `dimension`.)
      ckpt_to_load_from: a checkpoint that has the vectors.
      tensor_name_in_ckpt: their name in it.
      max_norm: longer vectors are shortened to it.
      trainable: whether they are trained.

    Raises:
      ValueError: only one of the two for a checkpoint is given.
    """
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("give both ckpt_to_load_from and tensor_name_in_ckpt, or neither")
    return _EmbeddingColumn(
        sparse_id_column,
        dimension,
        combiner,
        initializer or _normal(sparse_id_column.length),
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        None,
        None,
        max_norm,
        trainable,
    )


def shared_embedding_columns(
    sparse_id_columns: Iterable[Any],
    dimension: int,
    combiner: str = "mean",
    shared_embedding_name: str | None = None,
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> tuple[_EmbeddingColumn, ...]:
    """Returns embedding columns that share their vectors; see `embedding_column`.

    Args:
      sparse_id_columns: the ids, with the same vocabulary.
      shared_embedding_name: of the variable; by default made of the names of the columns.

    Raises:
      ValueError: the columns do not have the same number of ids.
    """
    columns = list(sparse_id_columns)
    lengths = {column.length for column in columns}
    if len(lengths) != 1:
        raise ValueError(f"columns that share vectors have {sorted(lengths)} ids, not as many each")
    if not shared_embedding_name:
        names = sorted(column.name for column in columns)
        shown = "_".join(names[:3])
        more = f"_plus_{len(names) - 3}_others" if len(names) > 3 else ""
        shared_embedding_name = f"{shown}{more}_shared_embedding"
    length = lengths.pop()
    initializer = initializer or _normal(length)
    return tuple(
        _EmbeddingColumn(
            column,
            dimension,
            combiner,
            initializer,
            ckpt_to_load_from,
            tensor_name_in_ckpt,
            shared_embedding_name,
            length,
            max_norm,
            trainable,
        )
        for column in columns
    )


def _normal(length: int) -> Any:
    return tf.truncated_normal_initializer(mean=0.0, stddev=1 / math.sqrt(length))
