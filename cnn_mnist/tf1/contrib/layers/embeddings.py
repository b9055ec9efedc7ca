"""Embeddings of ids."""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf1.contrib.framework.variables import model_variable
from cnn_mnist.tf_compat import tf


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: bool | None = None,
) -> Any:
    """Returns a row of the variable `embeddings` for each id.

    Args:
      ids: `[batch, length]` ints.
      vocab_size: how many rows; needed unless the variable is reused.
      embed_dim: their length; needed unless the variable is reused.
      unique: looks each id up once.
      initializer, regularizer, trainable: of the variable.
      scope: the name; `EmbedSequence` without one.
      reuse: whether the variable exists.

    Returns:
      `[batch, length, embed_dim]`.

    Raises:
      ValueError: the size of a new variable is not given.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. "
            f"Got vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with tf.variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        embeddings = model_variable(
            "embeddings",
            shape=[vocab_size, embed_dim] if vocab_size and embed_dim else None,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
        )
        if unique:
            return embedding_lookup_unique(embeddings, ids)
        return tf.nn.embedding_lookup(embeddings, ids)


def bow_encoder(
    ids: Any,
    vocab_size: int,
    embed_dim: int,
    sparse_lookup: bool = True,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: bool | None = None,
) -> Any:
    """Returns the mean embedding of each example's ids.

    Args:
      ids: `[batch, length]` ints, dense or sparse.
      vocab_size: how many rows the variable `embeddings` has.
      embed_dim: their length.
      sparse_lookup: leaves out ids 0 of dense ids.
      initializer, regularizer, trainable: of the variable.
      scope: the name; `bow_encoder` without one.
      reuse: whether the variable exists.

    Returns:
      `[batch, embed_dim]`.

    Raises:
      TypeError: the ids are sparse and `sparse_lookup` is false.
    """
    with tf.variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        embeddings = model_variable(
            "embeddings",
            shape=[vocab_size, embed_dim],
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
        )
        if sparse_lookup:
            if not isinstance(ids, tf.SparseTensor):
                ids = _without_zeros(ids)
            return tf.nn.embedding_lookup_sparse([embeddings], ids, None, combiner="mean")
        if isinstance(ids, tf.SparseTensor):
            raise TypeError("ids are expected to be dense Tensor, got: " + str(ids))
        return tf.reduce_mean(tf.nn.embedding_lookup(embeddings, ids), axis=1)


def _without_zeros(ids: Any) -> Any:
    ids = tf.convert_to_tensor(ids)
    indices = tf.where(tf.not_equal(ids, tf.zeros_like(ids)))
    return tf.SparseTensor(indices, tf.gather_nd(ids, indices), tf.shape(ids, out_type=tf.int64))


def embedding_lookup_unique(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None
) -> Any:
    """Returns `tf.nn.embedding_lookup` of ids of any shape, looking each id up once.

    Args:
      params: the embeddings, in one tensor or in parts.
      ids: ints.
      partition_strategy: see `tf.nn.embedding_lookup`.
      name: of the ops.
    """
    with tf.name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = tf.convert_to_tensor(ids)
        once, index = tf.unique(tf.reshape(ids, [-1]))
        rows = tf.nn.embedding_lookup(params, once, partition_strategy)
        found = tf.gather(rows, index)
        found = tf.reshape(found, tf.concat([tf.shape(ids), tf.shape(found)[1:]], 0))
        found.set_shape(ids.shape.concatenate(rows.shape[1:]))
        return found


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str | None = None,
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: float | None = None,
) -> Any:
    """Returns `tf.nn.safe_embedding_lookup_sparse`; the combiner is `mean` without one."""
    return tf.nn.safe_embedding_lookup_sparse(
        embedding_weights,
        sparse_ids,
        sparse_weights,
        combiner or "mean",
        default_id,
        name,
        partition_strategy,
        max_norm,
    )
