"""CSV files that would fill memory are refused while they are read."""

from __future__ import annotations

import gzip

import made_data
import numpy as np
import pytest

from cnn_mnist.data import unpacking
from cnn_mnist.data.files import csv_files
from cnn_mnist.errors import DataError

FEW = (np.zeros((3, 28, 28, 1), np.uint8), np.arange(3))


@pytest.mark.parametrize("form", ["x.csv", "x.csv.gz"])
def test_a_line_that_no_image_has_is_refused_before_it_is_held(tmp_path, form):
    content = made_data.csv_text(*FEW).rstrip("\n").encode() + b"\n" + b"0" * 30_000_000
    path = tmp_path / form
    if form == "x.csv":
        path.write_bytes(content[:1_000_000])
    else:
        path.write_bytes(gzip.compress(content, 1))
    lines = made_data.csv_text(*FEW).rstrip("\n").count("\n") + 2
    with pytest.raises(DataError, match=rf"line {lines} has more than 100,000 bytes"):
        csv_files.read_file(str(path))


def test_a_file_that_unpacks_to_many_times_its_size_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_ALWAYS_ALLOWED", 1 << 16)
    path = tmp_path / "x.csv.gz"
    row = made_data.csv_text(*FEW).splitlines()[-1] + "\n"
    path.write_bytes(gzip.compress(made_data.csv_text(*FEW).encode() + row.encode() * 2_000))
    with pytest.raises(DataError, match=r"unpacks to more than 100 times its [0-9,]+ bytes"):
        csv_files.read_file(str(path))
    path.write_bytes(gzip.compress(made_data.csv_text(*FEW).encode()))
    assert len(csv_files.read_file(str(path)).parts["train"][1]) == 3
