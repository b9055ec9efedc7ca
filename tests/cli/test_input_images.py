"""The images that --images names: what is said of those that are read in part, or not at all."""

from __future__ import annotations

import types

import made_data
import pytest

from cnn_mnist.cli import input_images
from cnn_mnist.data import images

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
