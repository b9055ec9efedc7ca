"""Text files stay whole even if writing fails or a crash cuts off a line."""

import os
import stat

import pytest

from cnn_mnist.support import files


def test_write_whole_makes_folders_and_a_file_others_can_read(tmp_path):
    path = tmp_path / "a" / "b" / "x.txt"
    files.write_whole(str(path), "ä\n")
    assert path.read_text(encoding="utf-8") == "ä\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(path.parent) == ["x.txt"]


def test_write_whole_leaves_the_old_file_when_it_fails(tmp_path, monkeypatch):
    """os.replace is replaced by a function that fails, as if the disk were gone."""
    path = tmp_path / "x.txt"
    path.write_text("old")

    def fail(source, target):
        raise OSError("gone")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="gone"):
        files.write_whole(str(path), "new")
    assert path.read_text() == "old"


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
