"""Text files stay whole even if writing fails or a crash cuts off a line."""

import os
import stat

import pytest

from cnn_mnist.support import files


@pytest.mark.parametrize("content", ["ä\n", b"\xc3\xa4\n"])
def test_write_whole_makes_a_file_that_others_can_read(tmp_path, content):
    path = tmp_path / "x.txt"
    files.write_whole(str(path), content)
    assert path.read_text(encoding="utf-8") == "ä\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(path.parent) == ["x.txt"]


def test_write_whole_does_not_make_a_folder_anew_that_was_removed(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.write_whole(str(tmp_path / "gone" / "x.txt"), "new")
    assert os.listdir(tmp_path) == []


def test_a_folder_is_made_once_and_only_within_one_that_exists(tmp_path):
    files.make_folder(str(tmp_path / "a"))
    files.make_folder(str(tmp_path / "a"))
    with pytest.raises(FileNotFoundError):
        files.make_folder(str(tmp_path / "gone" / "a"))
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        files.make_folder(str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "new\n"),
        ("", "new\n"),
        ("old\n", "old\nnew\n"),
        ("old\ncut o", "old\ncut o\nnew\n"),
    ],
)
def test_a_line_is_added_after_one_that_a_crash_cut_off(tmp_path, before, after):
    path = tmp_path / "lines"
    if before is not None:
        path.write_text(before)
    files.append_line(str(path), "new")
    assert path.read_text() == after
