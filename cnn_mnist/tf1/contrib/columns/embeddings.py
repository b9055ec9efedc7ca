"""Columns of vectors that are learned: `embedding_column`, `shared_embedding_columns`."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterable
from typing import Any

from cnn_mnist.tf1.contrib.columns import base, dense
from cnn_mnist.tf_compat import tf


class _EmbeddingColumn(
    dense._Dense,
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
