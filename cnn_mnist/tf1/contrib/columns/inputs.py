"""A network's input layer, or a linear model, of columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnn_mnist.tf1.contrib.columns import base, crossed, dense, embeddings
from cnn_mnist.tf_compat import tf


def check_feature_columns(feature_columns: Iterable[Any]) -> None:
    """Checks that no two columns are the same.

    Raises:
      ValueError: two are, or the columns are a dict.
    """
    if isinstance(feature_columns, dict):
        raise ValueError("feature_columns is a dict, and a list of columns is needed")
    seen: set[str] = set()
    for column in feature_columns:
        if column.key in seen:
            raise ValueError(f"two columns are the same: {column.name}")
        seen.add(column.key)


def input_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Iterable[Any],
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Returns the input of a network, float32 `[batch, width]`.

    Args:
      columns_to_tensors: features by name.
      feature_columns: the columns. They are put together in the order of their texts.
      weight_collections: collections that embeddings are added to.
      trainable: whether embeddings are trained.
      scope: the variable scope, by default `input_from_feature_columns`. The embedding of a column
        is the variable `<scope>/<column>_embedding/weights`.

    Raises:
      ValueError: two columns are the same, or one cannot be a network's input.
    """
    return _concatenated(
        columns_to_tensors,
        feature_columns,
        weight_collections,
        trainable,
        scope,
        "input_from_feature_columns",
        rank=2,
    )


def sequence_input_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Iterable[Any],
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Returns the input of a recurrent network, float32 `[batch, steps, width]`.

    See `input_from_feature_columns` for arguments.

    Raises:
      ValueError: two columns are the same, or one is not of numbers, one-hot or an embedding.
    """
    columns = list(feature_columns)
    allowed = (dense._RealValuedColumn, dense._OneHotColumn, embeddings._EmbeddingColumn)
    for column in columns:
        source = getattr(column, "sparse_id_column", None)
        if not isinstance(column, allowed) or isinstance(source, crossed._CrossedColumn):
            raise ValueError(f"column {column.name} cannot be part of a sequence")
    return _concatenated(
        columns_to_tensors,
        columns,
        weight_collections,
        trainable,
        scope,
        "sequence_input_from_feature_columns",
        rank=3,
    )


def weighted_sum_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Iterable[Any],
    num_outputs: int,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Any, dict[Any, list[Any]], Any]:
    """Returns the output of a linear model, float32 `[batch, num_outputs]`.

    Weights begin with 0. Those of a categorical column are the variable
    `<scope>/<column>/weights`, those of numbers `<scope>/<column>/weight`, and the bias is
    `<scope>/bias_weight`.

    Args:
      columns_to_tensors: features by name.
      feature_columns: the columns.
      num_outputs: the number of classes, or of other outputs.
      weight_collections: collections that weights are added to.
      trainable: whether weights are trained.
      scope: the variable scope, by default `weighted_sum_from_feature_columns`.

    Returns:
      `(outputs, column to list of variables, bias)`.

    Raises:
      ValueError: two columns are the same, or one cannot be part of a linear model.
    """
    with tf.variable_scope(scope, default_name="weighted_sum_from_feature_columns"):
        transformer = base.Transformer(columns_to_tensors)
        sums, variables = [], {}
        for column in _sorted(feature_columns):
            tensor = transformer.get(column)
            with tf.variable_scope(None, default_name=column.name):
                output, weights = _linear(
                    column, tensor, num_outputs, trainable, weight_collections
                )
            sums.append(tf.reshape(output, [-1, num_outputs]))
            variables[column] = [weights]
            if column.checkpoint() is not None:
                folder, name = column.checkpoint()
                tf.train.init_from_checkpoint(folder, {name: weights})
        bias = _bias(num_outputs, trainable, weight_collections)
        return tf.nn.bias_add(tf.add_n(sums), bias), variables, bias


def joint_weighted_sum_from_feature_columns(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Iterable[Any],
    num_outputs: int,
    weight_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Any, list[Any], Any]:
    """Returns the output of a linear model whose weights are one variable.

    See `weighted_sum_from_feature_columns`. The variable is `<scope>/linear_weights/weights`.
    As in TensorFlow 1, the id -1 of an unknown value takes the last weight of the column before.

    Returns:
      `(outputs, list of variables, bias)`.

    Raises:
      ValueError: two columns are the same.
      NotImplementedError: a column is of numbers, has weights, or a combiner other than sum.
    """
    with tf.variable_scope(scope, default_name="joint_weighted_sum_from_feature_columns"):
        transformer = base.Transformer(columns_to_tensors)
        before, ids = 0, []
        for column in _sorted(feature_columns):
            tensor = transformer.get(column)
            length = crossed.dimension_of_linear(column)
            if (
                length is None
                or column.weight_tensor(tensor) is not None
                or column.linear_combiner() != "sum"
            ):
                raise NotImplementedError(
                    f"column {column.name} cannot share its weights; "
                    "use weighted_sum_from_feature_columns"
                )
            of_column = column.id_tensor(tensor)
            ids.append(base.with_values(of_column, of_column.values + before))
            before += length
        with tf.variable_scope(None, default_name="linear_weights"):
            weights = base.model_variable(
                "weights",
                [before, num_outputs],
                tf.zeros_initializer(),
                trainable,
                weight_collections,
            )
            output = tf.nn.safe_embedding_lookup_sparse(
                [weights], tf.sparse.concat(1, ids), combiner="sum"
            )
        bias = _bias(num_outputs, trainable, weight_collections)
        return tf.nn.bias_add(output, bias), [weights], bias


def _concatenated(
    columns_to_tensors: dict[Any, Any],
    feature_columns: Iterable[Any],
    weight_collections: Any,
    trainable: bool,
    scope: Any,
    default_name: str,
    rank: int,
) -> Any:
    with tf.variable_scope(scope, default_name=default_name):
        transformer = base.Transformer(columns_to_tensors)
        parts = []
        for column in _sorted(feature_columns):
            with tf.variable_scope(None, default_name=column.name):
                tensor = transformer.get(column)
                parts.append(column.to_dnn_input_layer(tensor, weight_collections, trainable, rank))
        return tf.concat(parts, rank - 1)


def _linear(
    column: Any, tensor: Any, num_outputs: int, trainable: bool, collections: Any
) -> tuple[Any, Any]:
    """Returns a column's part of a linear model's output, and its weights."""
    length = crossed.dimension_of_linear(column)
    if length is None:
        if not isinstance(column, dense._RealValuedColumn):
            raise ValueError(f"column {column.name} cannot be part of a linear model")
        numbers = base.reshape_real_valued(tensor, 2, column.name)
        weights = base.model_variable(
            "weight",
            [numbers.shape[1], num_outputs],
            tf.zeros_initializer(),
            trainable,
            collections,
        )
        return tf.matmul(numbers, weights), weights
    weights = base.model_variable(
        "weights", [length, num_outputs], tf.zeros_initializer(), trainable, collections
    )
    output = tf.nn.safe_embedding_lookup_sparse(
        [weights],
        column.id_tensor(tensor),
        sparse_weights=column.weight_tensor(tensor),
        combiner=column.linear_combiner(),
    )
    return output, weights


def _bias(num_outputs: int, trainable: bool, collections: Any) -> Any:
    initializer = tf.zeros_initializer()
    return base.model_variable("bias_weight", [num_outputs], initializer, trainable, collections)


def _sorted(feature_columns: Iterable[Any]) -> list[Any]:
    columns = list(feature_columns)
    check_feature_columns(columns)
    return sorted(columns, key=lambda column: column.key)
