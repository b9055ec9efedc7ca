"""The newest whole checkpoint is found, whatever damage the files have."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from cnn_mnist.model_folder import integrity
from cnn_mnist.tf_compat import tf


@pytest.fixture
def folder(best_is_first, tmp_path):
    """A model with checkpoints of step 0, 10, 20, 30 and 40."""
    shutil.copytree(best_is_first.model_dir, tmp_path / "model")
    return tmp_path / "model"


def path_of(folder, step):
    return str(folder / f"model.ckpt-{step}")


def cut(path: pathlib.Path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: pathlib.Path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path: pathlib.Path):
    path.write_bytes(b"")


DAMAGES = [
    (cut, ".data-00000-of-00001", "damaged"),
    (flip, ".data-00000-of-00001", "damaged"),
    (empty, ".data-00000-of-00001", "damaged"),
    (pathlib.Path.unlink, ".data-00000-of-00001", "its data are missing"),
    (cut, ".index", "damaged"),
    (flip, ".index", "damaged"),
    (empty, ".index", "damaged"),
    (pathlib.Path.unlink, ".index", "missing"),
]
each_damage = pytest.mark.parametrize(
    ("do", "end", "reason"), DAMAGES, ids=[f"{do.__name__} {end[:6]}" for do, end, _ in DAMAGES]
)


def harm(folder, step, do, end=".data-00000-of-00001"):
    do(pathlib.Path(path_of(folder, step) + end))


def test_a_whole_checkpoint_has_no_damage(folder):
    assert integrity.damage(path_of(folder, 40)) is None


@each_damage
def test_every_damage_is_found(folder, do, end, reason):
    harm(folder, 40, do, end)
    assert integrity.damage(path_of(folder, 40)) == reason


@pytest.fixture
def in_two(folder):
    """The same model, whose newest checkpoint is in two files, as parameter servers wrote it."""
    path = path_of(folder, 40)
    values = {name: tf.train.load_variable(path, name) for name, _ in tf.train.list_variables(path)}
    two = tf.ConfigProto(device_count={"CPU": 2})
    with tf.Graph().as_default(), tf.Session(config=two) as session:
        for number, (name, value) in enumerate(values.items()):
            with tf.device(f"/cpu:{number % 2}"):
                tf.get_variable(name, initializer=value)
        session.run(tf.global_variables_initializer())
        harm(folder, 40, pathlib.Path.unlink)
        tf.train.Saver(sharded=True).save(session, path)
    assert not os.path.exists(f"{path}.data-00000-of-00001")
    return folder


def test_a_checkpoint_in_two_files_is_whole(in_two):
    found = integrity.survey(str(in_two))
    assert (found.newest, found.damaged) == (path_of(in_two, 40), ())
    assert integrity.is_there(found.newest)


@pytest.mark.parametrize("file", ["00000", "00001"])
@pytest.mark.parametrize(
    ("do", "reason"), [(flip, "damaged"), (pathlib.Path.unlink, "its data are missing")]
)
def test_damage_of_one_of_two_files_is_found(in_two, file, do, reason):
    harm(in_two, 40, do, f".data-{file}-of-00002")
    assert integrity.damage(path_of(in_two, 40)) == reason
    assert integrity.survey(str(in_two)).newest == path_of(in_two, 30)


def test_files_of_an_earlier_save_beside_those_of_the_checkpoint_are_no_damage(in_two):
    pathlib.Path(path_of(in_two, 40) + ".data-00000-of-00003").write_bytes(b"")
    pathlib.Path(path_of(in_two, 40) + ".data-00000-of-00001").write_bytes(b"")
    assert integrity.damage(path_of(in_two, 40)) is None


def test_damage_after_a_first_check_is_found_too(folder):
    assert integrity.damage(path_of(folder, 40)) is None
    harm(folder, 40, flip)
    assert integrity.damage(path_of(folder, 40)) == "damaged"


def test_the_newest_of_the_whole_checkpoints_is_taken(folder):
    found = integrity.survey(str(folder))
    assert found.newest == path_of(folder, 40)
    assert found.damaged == ()


@each_damage
def test_the_one_before_a_damaged_one_is_taken_and_the_damaged_named(folder, do, end, reason):
    harm(folder, 40, do, end)
    harm(folder, 30, cut)
    found = integrity.survey(str(folder))
    assert found.newest == path_of(folder, 20)
    assert found.damaged == (
        integrity.Damage(path_of(folder, 40), reason),
        integrity.Damage(path_of(folder, 30), "damaged"),
    )


def test_a_survey_changes_nothing(folder):
    harm(folder, 40, cut)
    before = sorted(os.listdir(folder))
    integrity.survey(str(folder))
    assert sorted(os.listdir(folder)) == before


def test_without_the_file_checkpoint_the_newest_whole_one_is_taken(folder):
    harm(folder, 40, cut)
    (folder / "checkpoint").unlink()
    assert integrity.survey(str(folder)).newest == path_of(folder, 30)


@pytest.mark.parametrize("content", ["", "no protocol buffer {", "\x00\xff"])
def test_a_damaged_file_checkpoint_is_ignored(folder, content):
    (folder / "checkpoint").write_text(content, "latin-1")
    assert integrity.survey(str(folder)).newest == path_of(folder, 40)


def test_a_newer_one_that_was_still_being_written_is_not_taken(folder):
    for end in (".index", ".data-00000-of-00001"):
        shutil.copy(path_of(folder, 40) + end, path_of(folder, 50) + end)
    assert integrity.survey(str(folder)).newest == path_of(folder, 40)


def test_a_folder_that_was_moved_keeps_its_checkpoints(folder):
    """The file `checkpoint` may name the folder in which it was written."""
    state = folder / "checkpoint"
    elsewhere = state.read_text("utf-8").replace('"model.ckpt', '"/elsewhere/model.ckpt')
    state.write_text(elsewhere, "utf-8")
    assert tf.train.latest_checkpoint(str(folder)) is None
    found = integrity.repair(str(folder))
    assert found.newest == path_of(folder, 40)
    assert found.damaged == ()
    assert tf.train.latest_checkpoint(str(folder)) == path_of(folder, 40)


def test_repair_sets_damaged_ones_aside_and_tensorflow_then_finds_the_one_before(folder):
    harm(folder, 40, cut)
    harm(folder, 20, cut)
    content = pathlib.Path(path_of(folder, 40) + ".data-00000-of-00001").read_bytes()
    assert integrity.repair(str(folder)).newest == path_of(folder, 30)
    assert tf.train.latest_checkpoint(str(folder)) == path_of(folder, 30)
    state = tf.train.get_checkpoint_state(str(folder))
    assert list(state.all_model_checkpoint_paths) == [path_of(folder, s) for s in (0, 10, 30)]
    aside = folder / integrity.DAMAGED_FOLDER
    assert (aside / "model.ckpt-40.data-00000-of-00001").read_bytes() == content
    assert not list(folder.glob("model.ckpt-40*"))


def test_if_no_checkpoint_is_whole_nothing_is_changed(folder):
    for step in (0, 10, 20, 30, 40):
        harm(folder, step, cut)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    found = integrity.repair(str(folder))
    assert found.newest is None
    assert [d.path for d in found.damaged] == [path_of(folder, s) for s in (40, 30, 20, 10, 0)]
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_half_written_files_are_removed_and_no_others(folder):
    half = ["model.ckpt-50.data-00000-of-00001.tempstate12", "checkpoint.tmp0f3a"]
    kept = ["model.ckpt-old", "my_temp_notes.txt", "notes.tempstate1"]
    for name in (*half, *kept):
        (folder / name).write_text("x")
    (folder / "model.ckpt-50_temp").mkdir()
    (folder / "model.ckpt-50_temp" / "part-00000-of-00001.index").write_text("x")
    before = set(os.listdir(folder))
    integrity.repair(str(folder))
    assert before - set(os.listdir(folder)) == {*half, "model.ckpt-50_temp"}


def test_a_run_killed_while_it_wrote_its_very_first_checkpoint_has_lost_nothing(tmp_path):
    (tmp_path / "model.ckpt-0.data-00000-of-00001").write_text("x")
    found = integrity.survey(str(tmp_path))
    assert found.newest is None
    assert found.damaged == ()


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_checkpoints_has_none(tmp_path, there):
    folder = tmp_path if there else tmp_path / "missing"
    assert integrity.survey(str(folder)) == integrity.Survey(None, (), False)


def test_a_path_with_spaces_and_letters_of_every_kind_works(folder, tmp_path):
    odd = tmp_path / "wéights — 数字 'x' $HOME {a,b}"
    folder.rename(odd)
    (odd / "model.ckpt-50.index.tempstate1").write_text("x")
    harm(odd, 40, cut)
    assert integrity.repair(str(odd)).newest == path_of(odd, 30)
    assert not list(odd.glob("*tempstate*"))


def test_the_size_is_that_of_all_checkpoints(folder):
    files = [p.stat().st_size for p in folder.iterdir() if p.name.startswith("model.ckpt-")]
    assert integrity.size(str(folder)) == sum(files) > 0
