"""What all columns of `tf.contrib.layers` share, and the reshaping of tensors for them."""

from __future__ import annotations

import importlib
from typing import Any, ClassVar

from cnn_mnist.tf_compat import tf

core: Any = importlib.import_module("tensorflow.python.feature_column.feature_column")
"""The columns of `tf.feature_column`, which these can stand beside."""


class FeatureColumn:
    """A column: the name of a feature, and how to transform it.

    Below it, a column is a named tuple, and its text, which has all fields, is its key.
    """

    _fields: ClassVar[Any]
    _left_out_of_key: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """The name of its variable scope."""
        raise NotImplementedError

    @property
    def config(self) -> dict[str, Any]:
        """The features that it reads, for `tf.parse_example`."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """A text that is the same in each run, by which columns are sorted."""
        fields = [
            f"{name}={getattr(self, name)}" if self._left_out_of_key else f"{name}={value!r}"
            for name, value in zip(self._fields, self, strict=True)  # type: ignore[call-overload]
            if name not in self._left_out_of_key
        ]
        return f"{type(self).__name__}({', '.join(fields)})"

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self.config

    def insert_transformed_feature(self, columns_to_tensors: dict[Any, Any]) -> None:
        """Adds the transformed feature to a dict that has the raw features by name."""
        Transformer(columns_to_tensors).get(self)

    def _transform_feature(self, inputs: Any) -> Any:
        """Returns the transformed feature; `inputs.get` gives features and other columns."""
        raise NotImplementedError

    def checkpoint(self) -> tuple[str, str] | None:
        """Returns the checkpoint and the tensor that its variable begins with, or None."""
        return None

    def to_dnn_input_layer(
        self, tensor: Any, weight_collections: Any, trainable: bool, output_rank: int
    ) -> Any:
        """Returns the transformed feature as input of a network, `[batch, width]` for rank 2."""
        raise ValueError(
            f"{type(self).__name__} cannot be the input of a network; "
            f"wrap it in embedding_column or one_hot_column: {self}"
        )


class Transformer:
    """Transforms each feature once, also if several columns use it.

    Args:
      columns_to_tensors: the features by name; each transformed one is added, by its column.
    """

    def __init__(self, columns_to_tensors: dict[Any, Any]) -> None:
        self._tensors = columns_to_tensors

    def get(self, key: Any) -> Any:
        """Returns a feature by its name, or transformed by its column.

        Raises:
          ValueError: there is no feature of this name.
        """
        if key not in self._tensors:
            if isinstance(key, str):
                names = sorted(name for name in self._tensors if isinstance(name, str))
                raise ValueError(f"there is no feature {key!r} among {names}")
            self._tensors[key] = key._transform_feature(self)
        return self._tensors[key]


def is_sparse(tensor: Any) -> bool:
    """Returns whether this is a sparse tensor."""
    return isinstance(tensor, tf.SparseTensor)


def with_values(sparse: Any, values: Any) -> Any:
    """Returns a sparse tensor with other values at the same places."""
    return tf.SparseTensor(sparse.indices, values, sparse.dense_shape)


def dense_to_sparse(tensor: Any, ignored: Any) -> Any:
    """Returns a sparse tensor of all values but the ignored one."""
    places = tf.where(tf.not_equal(tensor, tf.cast(ignored, tensor.dtype)))
    shape = tf.shape(tensor, out_type=tf.int64)
    return tf.SparseTensor(places, tf.gather_nd(tensor, places), shape)


def inner_flatten(tensor: Any, rank: int) -> Any:
    """Returns a tensor with its last dimensions made one, so that it has this rank."""
    if is_sparse(tensor):
        shape = tf.concat([tensor.dense_shape[: rank - 1], [-1]], axis=0)
        return tf.sparse.reshape(tensor, shape)
    static = tensor.shape
    flat = tf.reshape(tensor, tf.concat([tf.shape(tensor)[: rank - 1], [-1]], axis=0))
    if static.rank is not None:
        flat.set_shape([*static[: rank - 1], static[rank - 1 :].num_elements()])
    return flat


def reshape_real_valued(tensor: Any, rank: int, name: str) -> Any:
    """Returns a dense tensor with this rank: flattened, or with one dimension more.

    Raises:
      ValueError: it would need two dimensions more.
    """
    has = tensor.shape.rank
    if has is not None:
        if rank > has + 1:
            raise ValueError(f"column {name}: rank {has} cannot be made rank {rank}")
        if rank == has + 1:
            return tf.expand_dims(tensor, -1)
        if rank == has:
            return tensor
    return inner_flatten(tensor, rank)


def model_variable(
    name: str, shape: Any, initializer: Any, trainable: bool, collections: Any
) -> Any:
    """Returns a variable that is also in the collections of the model's variables."""
    keys = tf.GraphKeys
    return tf.get_variable(
        name,
        shape=shape,
        dtype=tf.float32,
        initializer=initializer,
        trainable=trainable,
        collections=sorted({*(collections or ()), keys.GLOBAL_VARIABLES, keys.MODEL_VARIABLES}),
    )
