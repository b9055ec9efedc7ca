"""Parquet files: the names that they record, their parts, and a line if pyarrow is missing."""

from __future__ import annotations

import sys

import made_data
import numpy as np
import pytest

from cnn_mnist.data import loading, unpacking
from cnn_mnist.errors import DataError, InstallationError

IMAGES, LABELS = made_data.examples(4, classes=3)


def test_without_pyarrow_the_line_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "mine.parquet").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InstallationError, match=r"pip install 'cnn-mnist\[parquet\]'"):
        loading.load(str(tmp_path / "mine.parquet"))


def test_the_names_that_the_file_records_are_those_of_the_classes(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "mine.parquet"
    made_data.write_parquet(path, IMAGES, LABELS, ["T-shirt / top", "Trouser", "Pullover"])
    assert loading.load(str(path)).class_names == ("T-shirt / top", "Trouser", "Pullover")


def test_rows_for_validation_are_trained_on_where_there_are_rows_for_testing(tmp_path):
    pytest.importorskip("pyarrow")
    for part in ("train", "validation", "test"):
        made_data.write_parquet(tmp_path / f"{part}-00000-of-00001.parquet", IMAGES, LABELS)
    found = loading.load(str(tmp_path))
    assert (len(found.train), len(found.test)) == (24, 12)
    (tmp_path / "test-00000-of-00001.parquet").unlink()
    found = loading.load(str(tmp_path))
    assert (len(found.train), len(found.test)) == (12, 12)
    np.testing.assert_array_equal(found.test.images[..., 0], IMAGES)


def test_a_file_that_unpacks_to_many_times_its_size_is_refused(tmp_path, monkeypatch):
    """One large picture that every row names takes its bytes once in the file."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    monkeypatch.setattr(unpacking, "_ALWAYS_ALLOWED", 1 << 20)
    content = made_data.png(IMAGES[0]) + bytes(100_000)
    column = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array(np.zeros(900, np.int32)), pyarrow.array([content])
    )
    path = tmp_path / "mine.parquet"
    parquet.write_table(pyarrow.table({"image": column, "label": [0, 1, 2] * 300}), path)
    with pytest.raises(DataError, match=r"unpacks to more than 100 times its [0-9,]+ bytes"):
        loading.load(str(path))
