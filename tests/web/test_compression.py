"""Which files are compressed, for whom, and how often."""

import email
import gzip

import pytest

from cnn_mnist.web import compression, urls


def is_accepted(*lines):
    return compression.is_accepted(email.message_from_string("\n".join(lines) + "\n\n"))


@pytest.mark.parametrize(
    "listed",
    [
        *(
            "gzip",
            "gzip, deflate, br, zstd",
            "br;q=1.0, GZIP;q=0.8",
            "*",
            "identity;q=0.5, *;q=0.6",
        ),
        *("gzip;q=1", "gzip;q=0.001", "gzip ; Q=1.000", "identity, gzip", "*;q=0, gzip"),
    ],
)
def test_gzip_is_accepted(listed):
    assert is_accepted(f"Accept-Encoding: {listed}")


@pytest.mark.parametrize(
    "listed",
    [
        *("", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*, gzip;q=0", "identity, gzip;q=0.5"),
        *("gzip;q=2", "gzip;q=", "gzip;q=nan", "gzip;q=-1", "gzip;x=1;q=1", "gzipped", "x-gzip"),
    ],
)
def test_gzip_is_not_accepted(listed):
    assert not is_accepted(f"Accept-Encoding: {listed}")


def test_without_the_field_nothing_is_compressed_and_several_fields_are_one_list():
    assert not is_accepted("Host: a")
    assert is_accepted("Accept-Encoding: br", "Accept-Encoding: gzip")


def test_all_kinds_but_weights_and_images_are_compressed():
    compressed = {kind for kind in urls.TYPES if compression.is_for(f"a{kind}", 1000)}
    assert set(urls.TYPES) - compressed == {".bin", ".png"}


@pytest.mark.parametrize("size", [0, 2**23 + 1])
def test_empty_and_huge_files_are_not_compressed(size):
    assert not compression.is_for("model.json", size)


@pytest.fixture
def made(monkeypatch):
    """The contents that are compressed."""
    contents, compress = [], gzip.compress

    def noting(content, *arguments, **options):
        contents.append(content)
        return compress(content, *arguments, **options)

    monkeypatch.setattr(gzip, "compress", noting)
    return contents


def test_a_copy_is_made_once_and_again_when_the_file_has_changed(tmp_path, made):
    copies, path = compression.Copies(), tmp_path / "a.js"

    def copy(tag):
        with open(path, "rb") as file:
            return copies.of(file, tag)

    path.write_bytes(b"one")
    assert gzip.decompress(copy("1")) == b"one" and copy("1") == copy("1")
    path.write_bytes(b"two")
    assert gzip.decompress(copy("2")) == b"two"
    assert made == [b"one", b"two"]


def test_the_copies_are_bounded_and_the_oldest_goes_first(tmp_path, made, monkeypatch):
    monkeypatch.setattr(compression, "_MOST_COPIES", 2)
    copies = compression.Copies()
    for name in ("a", "b", "a", "c", "a", "b"):
        (tmp_path / name).write_bytes(name.encode())
        with open(tmp_path / name, "rb") as file:
            copies.of(file, "1")
    assert made == [b"a", b"b", b"c", b"b"]
