"""Which arrays of a prepared set are read, and which are refused."""

from __future__ import annotations

import errno
import pathlib
import random

import numpy as np
import pytest

from cnn_mnist.data import decoded, tfds

NAMES = tuple("abcdefghij")


def parts(count=3):
    images = np.arange(count * 784, dtype=np.uint32).reshape(count, 28, 28, 1).astype(np.uint8)
    labels = np.arange(count, dtype=np.int32)
    return {"train": (images, labels), "test": (images[:1], labels[:1])}


@pytest.fixture
def keep(tmp_path):
    """Keeps arrays in a folder below `tmp_path`, as after a set was prepared there."""

    def kept(*path):
        folder = tmp_path.joinpath(*path)
        folder.mkdir(parents=True)
        decoded.write(str(folder), parts(), NAMES)
        return str(folder)

    return kept


def test_what_is_written_is_read(keep):
    found, names = decoded.read(keep("set", "1.0.0"))
    assert names == NAMES
    for split, (images, labels) in parts().items():
        np.testing.assert_array_equal(found[split][0], images)
        np.testing.assert_array_equal(found[split][1], labels)
        assert (found[split][0].dtype, found[split][1].dtype) == (np.uint8, np.int32)


def test_the_highest_version_is_taken_by_its_numbers_unless_one_is_named(keep, tmp_path):
    old, new = keep("mnist", "3.9.1"), keep("mnist", "3.10.0")
    (tmp_path / "mnist" / "4.0.0").mkdir()
    keep("mnist", "5.0.0.incomplete")
    assert decoded.newest_folder("mnist", str(tmp_path)) == new
    assert decoded.newest_folder("mnist:3.9.1", str(tmp_path)) == old
    assert decoded.newest_folder("mnist:1.0.0", str(tmp_path)) is None


def test_a_set_with_a_configuration_has_a_folder_for_it(keep, tmp_path):
    digits = keep("emnist", "digits", "3.1.0")
    assert decoded.newest_folder("emnist/digits", str(tmp_path)) == digits
    assert decoded.newest_folder("emnist", str(tmp_path)) is None


def test_without_data_dir_the_folder_is_that_of_tfds(keep, tmp_path, monkeypatch):
    at_home = keep("home", "tensorflow_datasets", "mnist", "3.0.1")
    elsewhere = keep("elsewhere", "mnist", "3.0.1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    assert decoded.newest_folder("mnist", None) == at_home
    assert decoded.newest_folder("mnist", "~/tensorflow_datasets") == at_home
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "elsewhere"))
    assert decoded.newest_folder("mnist", None) == elsewhere


def test_a_name_cannot_leave_the_folder(keep, tmp_path):
    keep("secret", "1.0.0")
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    for name in ("../secret", "mnist/../../secret", "mnist/.."):
        assert decoded.newest_folder(name, str(tmp_path / "data")) is None


@pytest.mark.parametrize(
    "damage",
    [
        {"train_images": np.zeros((3, 28, 28), np.uint8)},
        {"train_images": np.zeros((3, 28, 28, 1), np.float32)},
        {"test_labels": np.array([10], np.int32)},
        {"test_labels": np.array([-1], np.int32)},
        {"train_labels": np.array([0, 1], np.int32)},
        {"class_names": np.array(["only one"])},
        {"class_names": np.array("0123456789")},
    ],
)
def test_arrays_that_do_not_fit_are_not_used(keep, damage):
    folder = keep("mnist", "3.0.1")
    with np.load(f"{folder}/{decoded.FILE}") as arrays:
        kept = dict(arrays)
    np.savez(f"{folder}/{decoded.FILE}", **{**kept, **damage})
    assert decoded.read(folder) is None


def damaged(content, number):
    """A file with one bit changed; each thirteenth also ends early."""
    chosen = random.Random(number)
    place, bit = chosen.randrange(len(content)), 1 << chosen.randrange(8)
    changed = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
    return changed[: chosen.randrange(len(content))] if number % 13 == 0 else changed


@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.slow)])
def test_a_damaged_file_is_not_used_unless_every_array_is_as_it_was(keep, count):
    folder = keep("mnist", "3.0.1")
    path = pathlib.Path(folder, decoded.FILE)
    content = path.read_bytes()
    refused = 0
    for number in range(count):
        path.write_bytes(damaged(content, number))
        found = decoded.read(folder)
        if found is None:
            refused += 1
            continue
        assert found[1] == NAMES
        for split, arrays in parts().items():
            for one, other in zip(found[0][split], arrays, strict=True):
                np.testing.assert_array_equal(one, other)
    # The rest are flags and times of an archive, which nothing reads.
    assert refused > 0.8 * count


def test_a_damaged_file_is_made_again_and_a_line_says_so(keep, tmp_path, monkeypatch):
    folder = keep("mnist", "3.0.1")
    path = pathlib.Path(folder, decoded.FILE)
    path.write_bytes(path.read_bytes()[:-900])
    monkeypatch.setattr(tfds, "_load_by_tfds", lambda *_: "decoded again")
    said = []
    assert tfds.load("mnist", str(tmp_path), True, said.append) == "decoded again"
    assert said == [f"{path} cannot be used, so mnist is decoded again"]


def test_a_folder_that_cannot_be_written_is_not_an_error(tmp_path):
    decoded.write(str(tmp_path / "missing"), parts(), NAMES)
    assert decoded.read(str(tmp_path / "missing")) is None


def test_a_full_disk_leaves_no_file_behind(tmp_path, monkeypatch):
    """NumPy's writer is replaced by one that writes a part and fails."""

    def fail(file, **arrays):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    decoded.write(str(tmp_path), parts(), NAMES)
    assert list(tmp_path.iterdir()) == []
