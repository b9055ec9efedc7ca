"""Categorical columns: `sparse_column_with_...` and `weighted_sparse_column`."""

from __future__ import annotations

import collections
import importlib
from collections.abc import Iterable, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.columns import base
from cnn_mnist.tf_compat import tf

_lookup: Any = importlib.import_module("tensorflow.python.ops.lookup_ops")

_SparseIdLookupConfig = collections.namedtuple(
    "_SparseIdLookupConfig",
    ["vocabulary_file", "keys", "num_oov_buckets", "vocab_size", "default_value"],
    defaults=[None, None, 0, None, -1],
)


class _Categorical(base.FeatureColumn, base.core._CategoricalColumn):
    """A column that is transformed to ids, and for some columns to weights too."""

    @property
    def length(self) -> int:
        """How many different ids there are."""
        raise NotImplementedError

    @property
    def _num_buckets(self) -> int:
        return self.length

    def id_tensor(self, transformed: Any) -> Any:
        """Returns the ids, a sparse int64 tensor."""
        return transformed

    def weight_tensor(self, transformed: Any) -> Any:
        """Returns the weights, sparse as the ids, or None."""
        del transformed

    def linear_combiner(self) -> str:
        """Returns how a linear model reduces several ids of an example."""
        return self.combiner  # type: ignore[attr-defined]

    def _get_sparse_tensors(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        del weight_collections, trainable
        transformed = inputs.get(self)
        return base.core._CategoricalColumn.IdWeightPair(
            self.id_tensor(transformed), self.weight_tensor(transformed)
        )


class _SparseColumn(
    _Categorical,
    collections.namedtuple(
        "_SparseColumn",
        ["column_name", "is_integerized", "bucket_size", "lookup_config", "combiner", "dtype"],
    ),
):
    """A feature of strings or integers, each of which becomes an id."""

    @property
    def name(self) -> str:
        return self.column_name

    @property
    def length(self) -> int:
        if self.bucket_size is not None:
            return self.bucket_size
        return self.lookup_config.vocab_size + self.lookup_config.num_oov_buckets

    @property
    def config(self) -> dict[str, Any]:
        return {self.column_name: tf.VarLenFeature(self.dtype)}

    def _transform_feature(self, inputs: Any) -> Any:
        tensor = inputs.get(self.name)
        if not base.is_sparse(tensor):
            tensor = base.reshape_real_valued(tf.convert_to_tensor(tensor), 2, self.name)
            tensor = base.dense_to_sparse(tensor, "" if tensor.dtype == tf.string else -1)
        return self._ids(tensor)

    def _ids(self, sparse: Any) -> Any:
        raise NotImplementedError


class _SparseColumnIntegerized(_SparseColumn):
    def _ids(self, sparse: Any) -> Any:
        return base.with_values(sparse, tf.cast(sparse.values % self.bucket_size, tf.int64))


class _SparseColumnHashed(_SparseColumn):
    hash_keys: Any = None

    def _ids(self, sparse: Any) -> Any:
        texts = tf.as_string(sparse.values) if self.dtype.is_integer else sparse.values
        if not self.hash_keys:
            ids = tf.strings.to_hash_bucket_fast(texts, self.bucket_size)
            return base.with_values(sparse, ids)
        ids = [
            tf.strings.to_hash_bucket_strong(texts, self.bucket_size, key) for key in self.hash_keys
        ]
        return tf.sparse.concat(1, [base.with_values(sparse, values) for values in ids])


class _SparseColumnKeys(_SparseColumn):
    def _ids(self, sparse: Any) -> Any:
        table = _lookup.index_table_from_tensor(
            vocabulary_list=self.lookup_config.keys,
            default_value=self.lookup_config.default_value,
            dtype=self.dtype,
            name="lookup",
        )
        if self.dtype.is_integer:
            sparse = base.with_values(sparse, tf.cast(sparse.values, tf.int64))
        return table.lookup(sparse)


class _SparseColumnVocabulary(_SparseColumn):
    def _ids(self, sparse: Any) -> Any:
        if self.dtype.is_integer:
            sparse = base.with_values(sparse, tf.as_string(sparse.values))
        table = _lookup.index_table_from_file(
            vocabulary_file=self.lookup_config.vocabulary_file,
            num_oov_buckets=self.lookup_config.num_oov_buckets,
            vocab_size=self.lookup_config.vocab_size,
            default_value=self.lookup_config.default_value,
            name=f"{self.name}_lookup",
        )
        return table.lookup(sparse)


class _WeightedSparseColumn(
    _Categorical,
    collections.namedtuple(
        "_WeightedSparseColumn", ["sparse_id_column", "weight_column_name", "dtype"]
    ),
):
    """Ids of one feature with the weights of another."""

    @property
    def name(self) -> str:
        return f"{self.sparse_id_column.name}_weighted_by_{self.weight_column_name}"

    @property
    def length(self) -> int:
        return self.sparse_id_column.length

    @property
    def config(self) -> dict[str, Any]:
        weights = {self.weight_column_name: tf.VarLenFeature(self.dtype)}
        return {**self.sparse_id_column.config, **weights}

    def id_tensor(self, transformed: Any) -> Any:
        return transformed[0]

    def weight_tensor(self, transformed: Any) -> Any:
        return transformed[1]

    def linear_combiner(self) -> str:
        return self.sparse_id_column.combiner

    def _transform_feature(self, inputs: Any) -> Any:
        weights = inputs.get(self.weight_column_name)
        if not base.is_sparse(weights):
            weights = base.dense_to_sparse(weights, 0)
        weights = base.with_values(weights, tf.cast(weights.values, tf.float32))
        return inputs.get(self.sparse_id_column), weights


def sparse_column_with_integerized_feature(
    column_name: str, bucket_size: int, combiner: str = "sum", dtype: Any = tf.int64
) -> _SparseColumn:
    """Returns a column whose values are ids already, modulo `bucket_size`.

    Args:
      column_name: the feature.
      bucket_size: how many ids there are.
      combiner: how a linear model reduces several ids of an example: sum, mean or sqrtn.
      dtype: an integer type.

    Raises:
      ValueError: `bucket_size` is less than 1, or the type is not an integer.
    """
    if not dtype.is_integer:
        raise ValueError(f"column {column_name}: dtype={dtype}: an integer type is needed")
    return _SparseColumnIntegerized(
        column_name, True, _at_least_one(column_name, bucket_size), None, combiner, dtype
    )


def sparse_column_with_hash_bucket(
    column_name: str,
    hash_bucket_size: int,
    combiner: str = "sum",
    dtype: Any = tf.string,
    hash_keys: Sequence[Sequence[int]] | None = None,
) -> _SparseColumn:
    """Returns a column whose ids are hashes of the values, modulo `hash_bucket_size`.

    Args:
      column_name: the feature.
      hash_bucket_size: how many ids there are.
      combiner: how a linear model reduces several ids of an example: sum, mean or sqrtn.
      dtype: string or an integer type.
      hash_keys: pairs of integers. With each of them a value gets one more id, by a strong hash.

    Raises:
      ValueError: `hash_bucket_size` is less than 1, or the type is neither.
    """
    size = _at_least_one(column_name, int(hash_bucket_size))
    column = _SparseColumnHashed(
        column_name, False, size, None, combiner, _discrete(column_name, dtype)
    )
    column.hash_keys = hash_keys
    return column


def sparse_column_with_keys(
    column_name: str,
    keys: Iterable[Any],
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = tf.string,
) -> _SparseColumn:
    """Returns a column whose ids are the places of the values in a list.

    Args:
      column_name: the feature.
      keys: the list.
      default_value: the id of other values; -1 leaves them out.
      combiner: how a linear model reduces several ids of an example: sum, mean or sqrtn.
      dtype: string or an integer type.

    Raises:
      ValueError: the type is neither.
    """
    keys = tuple(keys)
    found = _SparseIdLookupConfig(keys=keys, vocab_size=len(keys), default_value=default_value)
    dtype = _discrete(column_name, dtype)
    return _SparseColumnKeys(column_name, False, None, found, combiner, dtype)


def sparse_column_with_vocabulary_file(
    column_name: str,
    vocabulary_file: str,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = tf.string,
) -> _SparseColumn:
    """Returns a column whose ids are the lines of the values in a file.

    Args:
      column_name: the feature.
      vocabulary_file: the file, with one value a line.
      num_oov_buckets: how many ids there are besides, for hashes of other values.
      vocab_size: how many lines are read.
      default_value: the id of other values if there are no such buckets; -1 leaves them out.
      combiner: how a linear model reduces several ids of an example: sum, mean or sqrtn.
      dtype: string or an integer type.

    Raises:
      ValueError: `vocab_size` is missing, or the type is neither.
    """
    if vocab_size is None:
        raise ValueError(f"column {column_name}: vocab_size is missing")
    found = _SparseIdLookupConfig(
        vocabulary_file=vocabulary_file,
        num_oov_buckets=num_oov_buckets,
        vocab_size=vocab_size,
        default_value=default_value,
    )
    dtype = _discrete(column_name, dtype)
    return _SparseColumnVocabulary(column_name, False, None, found, combiner, dtype)


def weighted_sparse_column(
    sparse_id_column: _SparseColumn, weight_column_name: str, dtype: Any = tf.float32
) -> _WeightedSparseColumn:
    """Returns a column of ids with weights.

    Args:
      sparse_id_column: the ids.
      weight_column_name: the feature of the weights, as many as there are ids.
      dtype: an integer or floating-point type.

    Raises:
      ValueError: the type is neither.
    """
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"column {weight_column_name}: dtype={dtype}: a number type is needed")
    return _WeightedSparseColumn(sparse_id_column, weight_column_name, dtype)


def _at_least_one(column_name: str, size: int) -> int:
    if size < 1:
        raise ValueError(
            f"column {column_name}: the bucket size is {size}, and at least 1 is needed"
        )
    return size


def _discrete(column_name: str, dtype: Any) -> Any:
    if dtype != tf.string and not dtype.is_integer:
        raise ValueError(
            f"column {column_name}: dtype={dtype}: string or an integer type is needed"
        )
    return dtype
