"""Fixtures of the tests of the whole: the command in this process, and what it works on."""

from __future__ import annotations

import shutil

import pytest
from PIL import Image

from cnn_mnist import main
from cnn_mnist.data import splits


@pytest.fixture
def command(data_dir, monkeypatch, no_confusion_pictures):
    """Runs the command in this process and without network; returns its exit status."""
    monkeypatch.setenv("TFDS_DATA_DIR", data_dir)
    return lambda *arguments: main.main([*arguments, f"--data_dir={data_dir}", "--offline"])


@pytest.fixture
def small_command(command, small, monkeypatch):
    """The same, with 2,000 training and 500 test images as its data."""
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    return command


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of a model that is trained, not evaluated and not exported; to write to."""
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    return str(tmp_path / "copy")


@pytest.fixture
def best_copy(best_is_first, tmp_path):
    """To write to: the best checkpoint is of step 10, the newest of step 40."""
    shutil.copytree(best_is_first.model_dir, tmp_path / "copy")
    return str(tmp_path / "copy")


@pytest.fixture
def digit_files(tmp_path, small):
    """Three test digits as files: PNG as is, inverted JPEG, and a large GIF."""
    folder = tmp_path / "digits"
    folder.mkdir()
    for number, (end, turn) in enumerate(
        [
            ("png", lambda i: i),
            ("jpg", lambda i: i.point(lambda p: 255 - p)),
            ("gif", lambda i: i.resize((280, 280))),
        ]
    ):
        image = Image.fromarray(small.test.images[number, ..., 0])
        turn(image).save(folder / f"{number}.{end}")
    return folder
