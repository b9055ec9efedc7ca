"""`tf.contrib.learn.datasets`: CSV files, and MNIST. Nothing is downloaded."""

from __future__ import annotations

import collections
import csv
import gzip
import os
from typing import Any

import numpy as np

from cnn_mnist.tf1.examples import input_data

Dataset = collections.namedtuple("Dataset", ["data", "target"])
"""Features `[count, features]` and labels `[count]`."""
Datasets = input_data.Datasets

_NO_DOWNLOAD = "nothing is downloaded"


def load_csv_with_header(
    filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """Reads a CSV file whose first line begins with the number of examples and of features.

    Args:
      filename: the file.
      target_dtype: of the labels.
      features_dtype: of the features.
      target_column: which column has the labels.
    """
    with open(filename, newline="") as file:
        lines = csv.reader(file)
        header = next(lines)
        count, width = int(header[0]), int(header[1])
        data = np.zeros((count, width), dtype=features_dtype)
        target = np.zeros((count,), dtype=target_dtype)
        for number, row in enumerate(lines):
            target[number] = np.asarray(row.pop(target_column), dtype=target_dtype)
            data[number] = np.asarray(row, dtype=features_dtype)
    return Dataset(data=data, target=target)


def load_csv_without_header(
    filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """Reads a CSV file without a header; see `load_csv_with_header`."""
    data, target = [], []
    with open(filename, newline="") as file:
        for row in csv.reader(file):
            target.append(row.pop(target_column))
            data.append(np.asarray(row, dtype=features_dtype))
    return Dataset(data=np.array(data), target=np.array(target, dtype=target_dtype))


def load_iris(data_path: str | None = None) -> Dataset:
    """Reads the Iris data from a file.

    Args:
      data_path: the file, with the header that `load_csv_with_header` needs.

    Raises:
      FileNotFoundError: no file is given; TensorFlow had one, and this package has none.
    """
    if data_path is None:
        raise FileNotFoundError(
            "load_iris: this package has no Iris data; give data_path, a CSV file"
        )
    return load_csv_with_header(data_path, target_dtype=int, features_dtype=float)


def load_boston(data_path: str | None = None) -> Dataset:
    """Reads the Boston data from a file; see `load_iris`."""
    if data_path is None:
        raise FileNotFoundError("load_boston: this package has no such data; give data_path")
    return load_csv_with_header(data_path, target_dtype=float, features_dtype=float)


def load_mnist(train_dir: str = "MNIST-data") -> Datasets:
    """Returns MNIST with labels that are numbers; see `input_data.read_data_sets`."""
    return input_data.read_data_sets(train_dir)


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """Returns a data set by its name.

    Args:
      name: mnist. (iris, boston and dbpedia need files.)
      size: for dbpedia alone.
      test_with_fake_data: for dbpedia alone.

    Raises:
      ValueError: the name is another one.
      FileNotFoundError: this package has no such data.
    """
    del size, test_with_fake_data
    if name not in DATASETS:
        raise ValueError(f"load_dataset: name={name}: one of {sorted(DATASETS)} is needed")
    return DATASETS[name]()


def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """Returns the path of a file that is there already.

    Raises:
      FileNotFoundError: it is not there.
    """
    path = os.path.join(work_directory, filename)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path} is missing, and {_NO_DOWNLOAD}; get it from {source_url}")
    return path


def extract_images(f: Any) -> np.ndarray:
    """Reads a gzipped IDX file of images, which is open; returns uint8 `[count, 28, 28, 1]`.

    Raises:
      ValueError: it is not such a file.
    """
    content = _idx(f, 2051)
    count, rows, columns = np.frombuffer(content[4:16], dtype=">u4")
    return np.frombuffer(content[16:], np.uint8).reshape(count, rows, columns, 1)


def extract_labels(f: Any, one_hot: bool = False, num_classes: int = 10) -> np.ndarray:
    """Reads a gzipped IDX file of labels, which is open; returns uint8 `[count]`, or one-hot.

    Raises:
      ValueError: it is not such a file.
    """
    labels = np.frombuffer(_idx(f, 2049)[8:], np.uint8)
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def dense_to_one_hot(labels_dense: np.ndarray, num_classes: int) -> np.ndarray:
    """Returns float64 `[count, num_classes]` for labels `[count]`."""
    return np.eye(num_classes)[labels_dense]


def _idx(file: Any, magic: int) -> bytes:
    content = gzip.decompress(file.read())
    found = int.from_bytes(content[:4], "big")
    if found != magic:
        raise ValueError(f"{getattr(file, 'name', file)} begins with {found} instead of {magic}")
    return content


def _dbpedia() -> None:
    raise FileNotFoundError(f"dbpedia: {_NO_DOWNLOAD}; read its files with load_csv_without_header")


DATASETS: dict[str, Any] = {
    "iris": load_iris,
    "boston": load_boston,
    "mnist": load_mnist,
    "dbpedia": _dbpedia,
}
"""The function of each name of `load_dataset`."""
