"""Versions of an export are numbered folders, which are whole or not there at all."""

from __future__ import annotations

import os
import pathlib

import pytest

from cnn_mnist.model_folder import exports


def made(folder: pathlib.Path, *names: str) -> str:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "saved_model.pb").write_text(name)
    return str(folder)


def written(folder: str, name: str) -> str:
    """Writes an empty export and publishes it, and returns the version's folder."""
    with exports.unfinished(folder) as place:
        path = os.path.join(place, name)
        os.mkdir(path)
        return exports.publish(path, folder)


def names(folder) -> list[str]:
    return sorted(os.listdir(folder), key=lambda name: (len(name), name))


def test_versions_are_the_folders_of_a_number_oldest_first(tmp_path):
    made(tmp_path, "9", "10", "temp-11", "notes", ".unfinished-x")
    assert exports.versions(str(tmp_path)) == [str(tmp_path / "9"), str(tmp_path / "10")]
    assert exports.versions(str(tmp_path / "none")) == []


def test_the_newest_export_is_the_one_of_the_greatest_number(tmp_path):
    assert exports.newest(str(tmp_path)) is None
    (tmp_path / "export").mkdir()
    assert exports.newest(str(tmp_path)) is None
    made(tmp_path / "export", "9", "10", "temp-11", "notes")
    assert exports.newest(str(tmp_path)) == str(tmp_path / "export" / "10")


def test_a_version_holds_a_saved_model_and_the_formats_it_has_folders_of(tmp_path):
    assert not exports.newest_holds(str(tmp_path), ["saved_model"])
    folder = made(tmp_path / "export", "9", "10")
    (tmp_path / "export" / "9" / "tflite").mkdir()
    assert exports.formats_of(os.path.join(folder, "9")) == ("saved_model", "tflite")
    assert exports.formats_of(os.path.join(folder, "10")) == ("saved_model",)
    assert exports.newest_holds(str(tmp_path), ["saved_model"])
    assert not exports.newest_holds(str(tmp_path), ["saved_model", "tflite"])


def test_an_unfinished_export_is_not_a_version_and_a_failed_one_is_removed(tmp_path):
    with pytest.raises(RuntimeError), exports.unfinished(str(tmp_path)) as place:
        os.mkdir(os.path.join(place, "1"))
        assert os.path.dirname(os.path.dirname(place)) == str(tmp_path)
        assert exports.versions(str(tmp_path)) == []
        raise RuntimeError
    assert names(tmp_path) == []


def test_a_version_gets_the_number_it_was_written_with(tmp_path):
    assert written(str(tmp_path), "1795000000") == str(tmp_path / "1795000000")
    assert names(tmp_path) == ["1795000000"]


def test_a_version_is_newer_than_all_before_though_the_clock_was_set_back(tmp_path):
    made(tmp_path, "1795000000")
    assert written(str(tmp_path), "1000") == str(tmp_path / "1795000001")


def test_a_number_that_another_process_took_meanwhile_is_left_to_it(tmp_path, monkeypatch):
    made(tmp_path, "7")
    monkeypatch.setattr(exports, "versions", lambda folder: [])
    assert written(str(tmp_path), "7") == str(tmp_path / "8")
    assert (tmp_path / "7" / "saved_model.pb").read_text() == "7"


def test_the_newest_versions_are_kept_and_nothing_but_versions_is_removed(tmp_path):
    made(tmp_path, "8", "9", "10", "11", "notes")
    assert exports.prune(str(tmp_path), 2) == [str(tmp_path / "8"), str(tmp_path / "9")]
    assert names(tmp_path) == ["10", "11", "notes"]
    assert exports.prune(str(tmp_path), 2) == []


def test_files_of_a_killed_process_are_removed_after_an_hour(tmp_path):
    made(tmp_path, ".unfinished-old", ".unfinished-new", "5")
    os.utime(tmp_path / ".unfinished-old", (0, 0))
    with exports.unfinished(str(tmp_path)):
        pass
    assert names(tmp_path) == ["5", ".unfinished-new"]
