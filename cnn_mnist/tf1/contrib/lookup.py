"""`tf.contrib.lookup`: tables of words and numbers."""

from __future__ import annotations

import importlib
from typing import Any

from cnn_mnist.tf_compat import tf

_ops: Any = importlib.import_module("tensorflow.python.ops.lookup_ops")


class HashTable(_ops.StaticHashTableV1):
    """A table that is filled once.

    Args:
      initializer: such as `KeyValueTensorInitializer`.
      default_value: of other keys.
      shared_name: of a table that sessions share.
      name: of the op.
    """

    def __init__(
        self,
        initializer: Any,
        default_value: Any,
        shared_name: str | None = None,
        name: str | None = None,
    ) -> None:
        del shared_name
        super().__init__(initializer, default_value, name)

    @property
    def init(self) -> Any:
        """The op that fills it."""
        return self.initializer


def index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = _ops.FastHashSpec,
    dtype: Any = tf.string,
    name: str | None = None,
) -> Any:
    """Returns a table of the places of words in a list.

    Args:
      mapping: the words, `[count]`.
      num_oov_buckets: how many numbers there are besides, for hashes of other words.
      default_value: the number of other words, if there are no such buckets.
      hasher_spec: the hash.
      dtype: of the words.
      name: of the ops.
    """
    return _ops.index_table_from_tensor(
        mapping, num_oov_buckets, default_value, hasher_spec, dtype, name
    )


def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: Any = _ops.FastHashSpec,
    key_dtype: Any = tf.string,
    name: str | None = None,
) -> Any:
    """Returns a table of the lines of words in a file; see `index_table_from_tensor`."""
    return _ops.index_table_from_file(
        vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, key_dtype, name
    )


def index_to_string_table_from_tensor(
    mapping: Any, default_value: str = "UNK", name: str | None = None
) -> Any:
    """Returns a table of the words of numbers."""
    return _ops.index_to_string_table_from_tensor(mapping, default_value, name)


def string_to_index(tensor: Any, mapping: Any, default_value: int = -1, name: Any = None) -> Any:
    """Returns the places of words in a list, int64; see `index_table_from_tensor`."""
    table = index_table_from_tensor(mapping, default_value=default_value, name=name)
    return table.lookup(tensor)


def index_to_string(
    tensor: Any, mapping: Any, default_value: str = "UNK", name: str | None = None
) -> Any:
    """Returns the words of numbers."""
    return index_to_string_table_from_tensor(mapping, default_value, name).lookup(tensor)
