"""The images that --images names: what is said of those that are read in part, or not at all."""

from __future__ import annotations

import types

import made_data
import numpy as np
import pytest

from cnn_mnist.cli import input_images, server_modes
from cnn_mnist.data import images
from cnn_mnist.evaluation.results import Predictions

FRAMES = made_data.examples(1, classes=2)[0]
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


@pytest.fixture
def read(tmp_path, capsys):
    """Reads a file of a name and a content, and returns whether it could, and what was printed."""

    def one(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        command = types.SimpleNamespace(images=(str(path),))
        reader = lambda path: images.read(path, engine="lite")  # noqa: E731
        *_, failed = input_images.read_files(command, reader)
        return not failed, capsys.readouterr().err.replace(f"{tmp_path}/", "")

    return one


def test_of_an_animation_it_is_said_that_the_first_picture_is_read(read):
    assert read("a.gif", made_data.animation(FRAMES)) == (
        True,
        "cnn-mnist: a.gif holds several pictures, and the first is read; save another one as a "
        "file of its own to read that\n",
    )
    assert read("a.gif", made_data.animation(FRAMES[:1])) == (True, "")
    assert read("a.png", made_data.png(FRAMES[0])) == (True, "")


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.heic", HEIC, "it is a HEIC picture, as phones take them; save it as JPEG or PNG"),
        ("a.png", b"<html><body>404</body></html>", "it is a web page, perhaps of a login"),
        ("a.png", b"version https://git-lfs.github.com/spec/v1\n", "'git lfs pull' fetches the"),
        ("a.png", b"PK\3\4" + bytes(99), "it is a ZIP archive; unpack it, and give what is in it"),
    ],
)
def test_a_file_that_is_something_else_is_said_to_be(read, name, content, line):
    could, printed = read(name, content)
    assert not could and printed.count("\n") == 1
    assert printed.startswith(f"cnn-mnist: {name} is not a readable image (") and line in printed


IMAGES, LABELS = made_data.examples(1, classes=3)


@pytest.fixture
def rows(tmp_path):
    """Reads the rows of a CSV file as --mode=predict does; returns also what was said of it."""

    def read(text, name="test.csv", **flags):
        path = tmp_path / name
        path.write_text(text)
        given = {"invert": "auto", "digits": "auto", **flags}
        config = types.SimpleNamespace(model_dir=str(tmp_path / "none"))
        command = types.SimpleNamespace(images=(str(path),), config=config, **given)
        said = []
        found = input_images.read(command, types.SimpleNamespace(say=said.append))
        return found, [line.replace(f"{tmp_path}/", "") for line in said]

    return read


@pytest.mark.parametrize(
    "text",
    [
        made_data.csv_text(IMAGES, None, made_data.PIXELS),
        made_data.csv_text(IMAGES, None, head=""),
        made_data.csv_text(IMAGES, LABELS),
        made_data.csv_text(IMAGES, LABELS, f"id,{made_data.PIXELS}"),
    ],
    ids=["Kaggle's", "without names", "with labels", "with ids"],
)
def test_each_row_of_a_csv_file_is_an_image_as_it_is(rows, text):
    found, said = rows(text)
    assert [name.rsplit("/")[-1] for name in found.paths] == [
        f"test.csv row {n}" for n in (1, 2, 3)
    ]
    np.testing.assert_array_equal(np.stack(found.pixels), IMAGES.reshape(-1, 28, 28, 1))
    assert not found.failed and said == []


def test_rows_that_are_dark_on_light_are_inverted_and_that_is_said(rows):
    text = made_data.csv_text(255 - IMAGES, None, made_data.PIXELS)
    found, said = rows(text)
    np.testing.assert_array_equal(np.stack(found.pixels), IMAGES.reshape(-1, 28, 28, 1))
    assert said == ["The images of test.csv are dark on light, and are inverted"]
    found, said = rows(text, invert="never")
    np.testing.assert_array_equal(np.stack(found.pixels), 255 - IMAGES.reshape(-1, 28, 28, 1))
    assert said == []


def test_a_row_is_one_digit_also_where_many_are_looked_for(rows):
    images = np.concatenate([IMAGES[:1], np.zeros_like(IMAGES[:1])])
    found, _ = rows(made_data.csv_text(images, None, made_data.PIXELS), digits="many")
    assert [len(digits) for digits in found.digits] == [1, 0]


def test_a_csv_file_of_something_else_is_one_line(rows, capsys):
    found, _ = rows("a,b\n1,2\n")
    assert found.failed and found.paths == []
    assert "test.csv has 2 columns; expected 785" in capsys.readouterr().err


def test_a_server_gets_the_rows_of_a_csv_file_as_pixels(tmp_path, monkeypatch):
    path = tmp_path / "test.csv"
    path.write_text(made_data.csv_text(IMAGES, None, made_data.PIXELS))
    sent = []
    monkeypatch.setattr(
        server_modes.served,
        "predict",
        lambda server, images: sent.append(images) or Predictions.of_no_image(),
    )
    monkeypatch.setattr(server_modes, "_marked", lambda command, answers, pixels: answers)
    config = types.SimpleNamespace(model_dir=str(tmp_path / "none"))
    command = types.SimpleNamespace(
        images=(str(path),), config=config, invert="auto", digits="auto"
    )
    pictures, _ = server_modes._ask(command, None, types.SimpleNamespace(say=print))
    np.testing.assert_array_equal(sent[0], IMAGES.reshape(-1, 28, 28, 1))
    assert len(pictures.paths) == 3
