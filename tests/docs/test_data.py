"""Each example of docs/data.md is read as it stands there."""

from __future__ import annotations

import re

import data_forms
import made_data
import pytest
from places import REPOSITORY

from cnn_mnist.data import loading
from cnn_mnist.data.files import local

PAGE = (REPOSITORY / "docs" / "data.md").read_text()
TABLE = PAGE.split("\n\n")[2]
EXAMPLES = re.findall(r"`--dataset=(\S+?)`", TABLE)


def in_folder(write):
    """Returns a function that writes data to a folder of the example's name."""

    def made(place, example):
        folder = place / example.partition("/")[0]
        folder.mkdir()
        write(folder)

    return made


def as_file(write):
    """Returns a function that writes a file of the example's name."""

    def made(place, example):
        write(place).rename(place / example)

    return made


def emnist_letters(folder):
    part = made_data.examples(2, classes=26, first=1)
    made_data.write_idx_set(folder, part, part, "emnist-letters-", "test")
    data_forms.emnist_beside_another(folder)
    mapping = "".join(f"{n} {64 + n} {96 + n}\n" for n in range(1, 27))
    (folder / "emnist-letters-mapping.txt").write_text(mapping)


def torchvision(place, example):
    data_forms.torch(place)


MADE = {
    "mnist_files": in_folder(data_forms.plain_idx),
    "archive": in_folder(data_forms.around),
    "MNIST": torchvision,
    "gzip/emnist-letters": in_folder(emnist_letters),
    "qmnist": in_folder(data_forms.qmnist),
    "mnist.npz": as_file(data_forms.keras),
    "mine.npz": as_file(data_forms.images_and_labels),
    "k49": in_folder(data_forms.kuzushiji),
    "digit-recognizer": in_folder(data_forms.kaggle),
    "train.csv": lambda place, example: data_forms.kaggle(place),
    "csv": in_folder(data_forms.csv_pair),
    "pictures": in_folder(data_forms.pictures),
    "parquet": in_folder(data_forms.parquet),
}


def test_there_is_data_for_each_example_but_that_of_a_name():
    assert set(EXAMPLES) == {*MADE, "emnist/letters"}


@pytest.mark.parametrize("example", MADE)
def test_an_example_is_read_as_it_stands_there(example, tmp_path, monkeypatch):
    MADE[example](tmp_path, example)
    monkeypatch.chdir(tmp_path)
    assert local.is_meant(example) and not local.is_meant("emnist/letters")
    found = loading.load(example, offline=True)
    letters = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert found.class_names == (letters if "letters" in example else tuple("0123456789"))
    assert len(found.train) and len(found.test)
