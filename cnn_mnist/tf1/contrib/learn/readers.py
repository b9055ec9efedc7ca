"""`tf.contrib.learn`'s inputs: batches of files by queues, of arrays and of data frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.tf1.contrib.columns import parsing
from cnn_mnist.tf1.contrib.learn import feeding
from cnn_mnist.tf_compat import tf


def read_batch_examples(
    file_pattern: Any,
    batch_size: int,
    reader: Callable[[], Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10_000,
    num_threads: int = 1,
    read_batch_size: int = 1,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Any:
    """Returns batches of records of files, by queues.

    Args:
      file_pattern: a pattern, or a list of patterns or of files.
      batch_size: how many records.
      reader: makes a reader, such as `tf.TFRecordReader`.
      randomize_input: whether files and records are shuffled.
      num_epochs: how often files are read; None for ever. The last batch may be smaller.
      queue_capacity: how many records wait.
      num_threads: how many readers there are.
      read_batch_size: how many records a reader reads at once.
      parse_fn: applied to each record, or to as many as are read at once.
      name: of the ops.
      seed: of the order.

    Raises:
      ValueError: no file has such a name.
    """
    files = _files(file_pattern)
    with tf.name_scope(name, "read_batch_examples"):
        queue = tf.train.string_input_producer(files, num_epochs, randomize_input, seed)
        read = []
        for _ in range(num_threads):
            if read_batch_size > 1:
                records = reader().read_up_to(queue, read_batch_size)[1]
            else:
                records = reader().read(queue)[1]
            read.append((parse_fn(records) if parse_fn else records,))
        options: dict[str, Any] = {
            "batch_size": batch_size,
            "capacity": queue_capacity,
            "enqueue_many": read_batch_size > 1,
            "allow_smaller_final_batch": num_epochs is not None,
        }
        if not randomize_input:
            return tf.train.batch_join(read, **options)
        least = min(max(queue_capacity - 3 * batch_size, 1), queue_capacity // 2)
        return tf.train.shuffle_batch_join(read, min_after_dequeue=least, seed=seed, **options)


def read_batch_features(
    file_pattern: Any,
    batch_size: int,
    features: dict[str, Any],
    reader: Callable[[], Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10_000,
    feature_queue_capacity: int = 100,
    reader_num_threads: int = 1,
    num_enqueue_threads: int = 2,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    read_batch_size: int = 1,
    seed: int | None = None,
) -> dict[str, Any]:
    """Returns batches of features of files with `tf.Example`s; see `read_batch_examples`.

    Args:
      features: for `tf.parse_example`.
      feature_queue_capacity: unused; there is one queue, of the records.
      num_enqueue_threads: unused too.
    """
    del feature_queue_capacity, num_enqueue_threads
    examples = read_batch_examples(
        file_pattern,
        batch_size,
        reader,
        randomize_input,
        num_epochs,
        queue_capacity,
        reader_num_threads,
        read_batch_size,
        parse_fn,
        name,
        seed,
    )
    return tf.parse_example(examples, features)


def read_batch_record_features(
    file_pattern: Any,
    batch_size: int,
    features: dict[str, Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10_000,
    reader_num_threads: int = 1,
    name: str = "dequeue_record_examples",
) -> dict[str, Any]:
    """Returns batches of features of TFRecord files; see `read_batch_features`."""
    return read_batch_features(
        file_pattern,
        batch_size,
        features,
        tf.TFRecordReader,
        randomize_input,
        num_epochs,
        queue_capacity,
        reader_num_threads=reader_num_threads,
        name=name,
    )


def numpy_input_fn(
    x: dict[str, np.ndarray],
    y: np.ndarray | None = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool = True,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> Callable[[], Any]:
    """Returns `tf.estimator.inputs.numpy_input_fn`, which shuffles by default here."""
    return tf.estimator.inputs.numpy_input_fn(
        x, y, batch_size, num_epochs, shuffle, queue_capacity, num_threads
    )


def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool = True,
    queue_capacity: int = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> Callable[[], Any]:
    """Returns `tf.estimator.inputs.pandas_input_fn`, which shuffles by default here."""
    return tf.estimator.inputs.pandas_input_fn(
        x, y, batch_size, num_epochs, shuffle, queue_capacity, num_threads, target_column
    )


def extract_pandas_data(data: Any) -> Any:
    """Returns the values of a data frame of numbers as float32; others as they are.

    Raises:
      ValueError: a column is not of numbers.
    """
    if not hasattr(data, "dtypes") or not hasattr(data, "to_numpy"):
        return data
    if any(kind.kind not in "iufb" for kind in np.atleast_1d(np.asarray(data.dtypes, object))):
        raise ValueError("columns must be of numbers or of booleans")
    return data.to_numpy().astype(np.float32)


def extract_pandas_matrix(data: Any) -> Any:
    """Returns the values of a data frame; others as they are."""
    return data.to_numpy() if hasattr(data, "to_numpy") else data


def extract_pandas_labels(labels: Any) -> Any:
    """Returns the values of a data frame with one column, or of a series; others as they are.

    Raises:
      ValueError: there are several columns.
    """
    if not hasattr(labels, "to_numpy"):
        return labels
    if getattr(labels, "ndim", 1) > 1 and labels.shape[1] > 1:
        raise ValueError("labels have several columns")
    return labels.to_numpy()


def infer_real_valued_columns_from_input_fn(input_fn: Callable[[], Any]) -> list[Any]:
    """Returns a column of numbers for each feature of an `input_fn`.

    Raises:
      ValueError: a feature is sparse or not of numbers.
    """
    with tf.Graph().as_default():
        return parsing.infer_real_valued_columns(input_fn()[0])


def infer_real_valued_columns_from_input(x: Any) -> list[Any]:
    """Returns a column of numbers, called "", for an array; or one for each array of a dict."""
    return infer_real_valued_columns_from_input_fn(feeding.input_and_feed(x, None, None, None)[0])


def _files(pattern: Any) -> list[str]:
    patterns = [pattern] if isinstance(pattern, str) else list(pattern)
    found = sorted({name for one in patterns for name in tf.gfile.Glob(one)})
    if not found:
        raise ValueError(f"file_pattern={pattern}: no file has such a name")
    return found
