"""Reads the features of columns from `tf.Example`s, and makes columns for given features."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnn_mnist.tf1.contrib.columns import base, dense, inputs
from cnn_mnist.tf_compat import tf


def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
    """Returns the features that columns read, for `tf.parse_example`.

    Args:
      feature_columns: the columns, or a dict whose values are the columns.

    Raises:
      TypeError: one is not a column of `tf.contrib.layers`.
    """
    if isinstance(feature_columns, dict):
        feature_columns = feature_columns.values()
    spec: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, base.FeatureColumn):
            raise TypeError(f"not a feature column of tf.contrib.layers: {column}")
        spec.update(column.config)
    return spec


def transform_features(features: dict[str, Any], feature_columns: Iterable[Any]) -> dict[Any, Any]:
    """Returns the transformed features, by their columns.

    Raises:
      ValueError: two columns are the same, or a feature is missing.
    """
    columns = list(feature_columns)
    inputs.check_feature_columns(columns)
    transformer = base.Transformer(dict(features))
    return {column: transformer.get(column) for column in columns}


def parse_feature_columns_from_examples(
    serialized: Any,
    feature_columns: Iterable[Any],
    name: str | None = None,
    example_names: Any = None,
) -> dict[Any, Any]:
    """Reads a batch of `tf.Example`s.

    Args:
      serialized: strings `[batch]`.
      feature_columns: the columns.
      name: of the op.
      example_names: of the examples, for messages.

    Returns:
      The raw features by name, and the transformed ones by their columns.

    Raises:
      ValueError: two columns are the same.
    """
    columns = list(feature_columns)
    inputs.check_feature_columns(columns)
    tensors: dict[Any, Any] = tf.parse_example(
        serialized, create_feature_spec_for_parsing(columns), name=name, example_names=example_names
    )
    for column in columns:
        base.Transformer(tensors).get(column)
    return tensors


def parse_feature_columns_from_sequence_examples(
    serialized: Any,
    context_feature_columns: Iterable[Any] | None,
    sequence_feature_columns: Iterable[Any] | None,
    name: str | None = None,
    example_name: Any = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reads one `tf.SequenceExample`.

    Args:
      serialized: a string.
      context_feature_columns: the columns of the whole example.
      sequence_feature_columns: the columns of its steps.
      name: of the op.
      example_name: of the example, for messages.

    Returns:
      `(features of the whole, features of the steps)`, each by name.
    """
    context = create_feature_spec_for_parsing(list(context_feature_columns or ()))
    sequence = create_feature_spec_for_parsing(list(sequence_feature_columns or ()))
    steps = {
        key: feature
        if isinstance(feature, tf.VarLenFeature)
        else tf.FixedLenSequenceFeature(
            feature.shape, feature.dtype, allow_missing=feature.default_value is not None
        )
        for key, feature in sequence.items()
    }
    return tf.parse_single_sequence_example(
        tf.reshape(serialized, []), context, steps, example_name, name
    )


def make_place_holder_tensors_for_base_features(feature_columns: Any) -> dict[str, Any]:
    """Returns placeholders for the features that columns read, by name."""
    return {
        name: tf.sparse_placeholder(feature.dtype, name=f"Placeholder_{name}")
        if isinstance(feature, tf.VarLenFeature)
        else tf.placeholder(feature.dtype, [None, feature.shape[0]], name=f"Placeholder_{name}")
        for name, feature in create_feature_spec_for_parsing(feature_columns).items()
    }


def infer_real_valued_columns(features: Any) -> list[Any]:
    """Returns columns of numbers for all given features.

    Args:
      features: a tensor `[batch, ...]`, whose column is called "", or a dict of such tensors.

    Raises:
      ValueError: a feature is sparse or not of numbers.
    """
    named = features if isinstance(features, dict) else {"": features}
    found = []
    for name, tensor in named.items():
        sparse = base.is_sparse(tensor)
        if sparse or not (tensor.dtype.is_integer or tensor.dtype.is_floating):
            raise ValueError(f"feature {name!r} needs a column of your own: {tensor}")
        dimension = tensor.shape[1:].num_elements()
        found.append(dense.real_valued_column(name, dimension=dimension, dtype=tensor.dtype))
    return found
