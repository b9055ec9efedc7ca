"""`crossed_column`: combinations of several features' values."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from typing import Any

from cnn_mnist.tf1.contrib.columns import base, dense, sparse
from cnn_mnist.tf_compat import tf

DEFAULT_HASH_KEY = 0xDECAFCAFFE
"""`SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY` of TensorFlow 1."""


class _CrossedColumn(
    sparse._Categorical,
    collections.namedtuple(
        "_CrossedColumn",
        [
            "columns",
            "hash_bucket_size",
            "hash_key",
            "combiner",
            "ckpt_to_load_from",
            "tensor_name_in_ckpt",
        ],
    ),
):
    """Hashes of the combinations of several columns' values."""

    @property
    def name(self) -> str:
        return "_X_".join(sorted(column.name for column in self.columns))

    @property
    def length(self) -> int:
        return self.hash_bucket_size

    @property
    def config(self) -> dict[str, Any]:
        return {name: spec for column in self.columns for name, spec in column.config.items()}

    def checkpoint(self) -> tuple[str, str] | None:
        if self.ckpt_to_load_from is None:
            return None
        return self.ckpt_to_load_from, self.tensor_name_in_ckpt

    def leaves(self) -> list[Any]:
        """Returns the columns of this one and of crossed ones among them."""
        found: list[Any] = []
        for column in self.columns:
            found += column.leaves() if isinstance(column, _CrossedColumn) else [column]
        return found

    def _transform_feature(self, inputs: Any) -> Any:
        features = []
        for column in self.leaves():
            if isinstance(column, dense._BucketizedColumn):
                features.append(column.to_sparse_tensor(inputs.get(column)))
                continue
            feature = inputs.get(column.name)
            if not base.is_sparse(feature):
                feature = base.reshape_real_valued(tf.convert_to_tensor(feature), 2, column.name)
            features.append(feature)
        key = DEFAULT_HASH_KEY if self.hash_key is None else self.hash_key
        return tf.sparse.cross_hashed(features, num_buckets=self.hash_bucket_size, hash_key=key)


def crossed_column(
    columns: Iterable[Any],
    hash_bucket_size: int,
    combiner: str = "sum",
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    hash_key: int | None = None,
) -> _CrossedColumn:
    """Returns a column whose ids are hashes of combinations, modulo `hash_bucket_size`.

    Args:
      columns: at least two of `sparse_column_with_...`, `bucketized_column`, `crossed_column`.
      hash_bucket_size: how many ids there are, at least 2.
      combiner: how a linear model reduces several ids of an example: sum, mean or sqrtn.
      ckpt_to_load_from: a checkpoint that has a linear model's weights of this column.
      tensor_name_in_ckpt: their name in it.
      hash_key: of the hash. With a key the ids are those of TensorFlow 1. Without one TensorFlow 1
        had another hash, which is not in TensorFlow 2.

    Raises:
      TypeError: a column is of another kind.
      ValueError: there are fewer than two columns or ids, or only one of the two for a checkpoint
        is given.
    """
    columns = list(columns)
    crossable = (sparse._SparseColumn, dense._BucketizedColumn, _CrossedColumn)
    for column in columns:
        if not isinstance(column, crossable):
            raise TypeError(f"a {type(column).__name__} cannot be crossed: {column}")
    if len(columns) < 2 or hash_bucket_size < 2:
        raise ValueError(
            f"{len(columns)} columns, hash_bucket_size={hash_bucket_size}: at least 2 are needed"
        )
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("give both ckpt_to_load_from and tensor_name_in_ckpt, or neither")
    return _CrossedColumn(
        tuple(sorted(columns, key=lambda column: column.name)),
        int(hash_bucket_size),
        hash_key,
        combiner,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
    )


def dimension_of_linear(column: base.FeatureColumn) -> int | None:
    """Returns how many weights a linear model has for a categorical column, else None."""
    return column._num_buckets if isinstance(column, sparse._Categorical) else None
