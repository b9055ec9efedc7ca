"""How `train` treats a `model_dir` that already holds files, and errors while it runs."""

from __future__ import annotations

import collections
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

import numpy as np
import pytest
from recorded_lines import RecordedLines

from cnn_mnist import experiment
from cnn_mnist.errors import SettingsError, UserError
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import checkpoints, exports, integrity, validations
from cnn_mnist.tf_compat import tf
from cnn_mnist.training import trainer
from cnn_mnist.training.lock import TrainingLock


@pytest.fixture
def half_done(best_is_first, tmp_path, no_confusion_pictures):
    """A run of 45 steps with 40 done, and checkpoints of steps 0, 10, 20, 30 and 40."""
    shutil.copytree(best_is_first.model_dir, tmp_path / "half done")
    return dataclasses.replace(
        best_is_first, model_dir=str(tmp_path / "half done"), train_steps=45, schedule="constant"
    )


@pytest.fixture
def tiny(small_config):
    """A run of 40 steps without convolutions."""
    return dataclasses.replace(
        small_config, architecture="flatten, dense 16, dropout 0.4, dense 10"
    )


def path_of(config, step):
    return os.path.join(config.model_dir, f"model.ckpt-{step}")


def cut(path):
    data = pathlib.Path(f"{path}.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])


def name_another_place(folder):
    """Puts absolute paths into the file `checkpoint`, as TensorFlow still does for some savers."""
    state = pathlib.Path(folder, "checkpoint")
    state.write_text(
        state.read_text("utf-8").replace('"model.ckpt', '"/elsewhere/model.ckpt'), "utf-8"
    )


def weights(checkpoint):
    reader = tf.train.load_checkpoint(checkpoint)
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def assert_same_bits(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert value.tobytes() == other[name].tobytes(), name


# Checkpoints that are damaged


def test_training_goes_on_from_the_one_before_a_damaged_checkpoint_says_so_and_gets_the_same_bits(
    best_is_first, small, tmp_path, no_confusion_pictures
):
    shutil.copytree(best_is_first.model_dir, tmp_path / "damaged")
    config = dataclasses.replace(best_is_first, model_dir=str(tmp_path / "damaged"))
    cut(path_of(config, 40))
    recorder = RecordedLines()
    result = experiment.train(config, recorder, small)
    assert (result.first_step, result.last_step) == (30, 40)
    assert recorder.lines[0] == (
        f"Warning: {path_of(config, 40)} is damaged; its files are set aside in "
        f"{config.model_dir}/damaged; training goes on from step 30"
    )
    assert os.path.exists(f"{config.model_dir}/damaged/model.ckpt-40.index")
    assert_same_bits(weights(path_of(config, 40)), weights(path_of(best_is_first, 40)))


def test_if_no_checkpoint_is_whole_training_is_refused_and_nothing_changes(half_done, small):
    for step in (0, 10, 20, 30, 40):
        cut(path_of(half_done, step))
    before = sorted(os.listdir(half_done.model_dir))
    with pytest.raises(UserError) as error:
        experiment.train(half_done, dataset=small)
    assert str(error.value) == (
        f"model_dir={half_done.model_dir} holds no checkpoint that can be read: model.ckpt-40 is "
        "damaged, model.ckpt-30 is damaged, model.ckpt-20 is damaged, model.ckpt-10 is damaged, "
        "model.ckpt-0 is damaged; bring one back, give another model_dir, or delete this one to "
        "start afresh"
    )
    assert sorted(os.listdir(half_done.model_dir)) == before


def test_training_does_not_start_afresh_if_all_checkpoints_are_gone(half_done, small):
    for name in os.listdir(half_done.model_dir):
        if name.startswith(("model.ckpt", "checkpoint")):
            os.unlink(os.path.join(half_done.model_dir, name))
    with pytest.raises(UserError) as error:
        experiment.train(half_done, dataset=small)
    assert "was trained to step 40 or further, but its checkpoints are gone; bring" in str(
        error.value
    )


def test_a_folder_that_was_moved_goes_on_from_its_own_newest_checkpoint(half_done, small):
    """The file `checkpoint` may still name the folder in which it was written."""
    name_another_place(half_done.model_dir)
    before = os.stat(f"{path_of(half_done, 40)}.index").st_mtime_ns
    assert experiment.train(half_done, dataset=small).first_step == 40
    assert integrity.survey(half_done.model_dir).newest == path_of(half_done, 45)
    # It is not written again: a crash at that moment would lose it.
    assert os.stat(f"{path_of(half_done, 40)}.index").st_mtime_ns == before


def test_a_best_checkpoint_that_is_damaged_is_set_aside_and_the_next_takes_its_place(
    half_done, small
):
    best = best_checkpoint.read(half_done.model_dir)
    assert best.validation.step == 10
    cut(best.path)
    recorder = RecordedLines()
    result = experiment.train(half_done, recorder, small)
    assert recorder.lines[0] == (
        f"Warning: {best.path}, the best so far, is damaged and is set aside; the next validation "
        "takes its place"
    )
    assert result.best.validation.step == 45
    assert checkpoints.find(half_done) == result.best.path


@pytest.mark.slow
def test_every_other_verb_takes_the_one_before_too_and_leaves_the_damaged_where_it_is(
    half_done, small, caplog
):
    cut(path_of(half_done, 40))
    assert experiment.evaluate(half_done, dataset=small, checkpoint="last").step == 30
    assert f"{path_of(half_done, 40)} is damaged; taking {path_of(half_done, 30)}" in caplog.text
    assert os.path.exists(f"{path_of(half_done, 40)}.index")


def test_a_damaged_best_is_named_and_the_newest_taken(half_done, small, caplog):
    best = best_checkpoint.read(half_done.model_dir)
    cut(best.path)
    assert experiment.evaluate(half_done, dataset=small).step == 40
    assert f"{best.path}, the best, is damaged; taking {path_of(half_done, 40)}" in caplog.text


# Places


def test_training_is_refused_while_another_holds_the_folder(half_done, small):
    before = sorted(os.listdir(half_done.model_dir))
    refused = pytest.raises(UserError, match=f"is being trained in by process {os.getpid()} on ")
    with TrainingLock(half_done.model_dir), refused:
        experiment.train(half_done, dataset=small)
    assert sorted(os.listdir(half_done.model_dir)) == before


def test_a_disk_without_room_for_the_checkpoints_is_refused_before_training(
    small_config, small, monkeypatch
):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 300_000))
    config = dataclasses.replace(
        small_config,
        architecture="conv 3x3x8, pool 2, conv 3x3x16, pool 2, flatten, dense 32, dense 10",
    )
    with pytest.raises(UserError) as error:
        experiment.train(config, dataset=small)
    assert str(error.value).startswith(
        f"model_dir={small_config.model_dir} has 0 MB free, and training writes up to 14 MB; "
        "make room, give another folder, or keep fewer checkpoints than keep_checkpoint_max=5"
    )
    assert os.listdir(small_config.model_dir) == []


ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=$1 tmpfs "$2"
written="$2/written by another program"
shift 2
(
    until [ -e "$MODEL_DIR/model.ckpt-200.index" ]; do sleep 0.1; done
    head -c 9m /dev/zero >"$written"
) &
status=0
"$@" || status=$?
kill $! 2>/dev/null || true
ls "$MODEL_DIR" | sed 's/^/file: /'
cat "$MODEL_DIR/checkpoint" | sed 's/^/state: /'
exit $status
"""


def on_a_small_disk(command_line, size, folder, environment, *flags):
    """Runs the command on a disk of the given size, which only it and one other program see."""
    probe = ["unshare", "--user", "--map-root-user", "--mount", "true"]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("this machine does not allow a private small disk (unshare --mount)")
    model_dir = folder / "model"
    command = [*command_line, f"--model_dir={model_dir}", *flags]
    return subprocess.run(
        [*probe[:-1], "sh", "-c", ON_A_SMALL_DISK, "sh", str(size), str(folder), *command],
        env={**environment, "MODEL_DIR": str(model_dir)},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_disk_that_runs_full_ends_in_one_line_and_the_last_whole_checkpoint_stays_newest(
    tmp_path, command_line, subprocess_environment, mnist
):
    """Another program and summaries fill the disk after all checks; that cannot be foreseen."""
    ended = on_a_small_disk(
        command_line,
        "13m",
        tmp_path,
        subprocess_environment,
        "--mode=train",
        "--architecture=flatten, dense 10",
        "--train_steps=100000",
        "--batch_size=10",
        "--save_checkpoints_steps=200",
        "--save_summary_steps=1",
        "--keep_checkpoint_max=1",
        "--validation_examples=0",
        "--offline",
    )
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 2
    line = ended.stderr.splitlines()[-1]
    assert re.fullmatch(
        rf"cnn-mnist: --model_dir={tmp_path}/model: training stopped \({tmp_path}/model/.*; No "
        r"space left on device\); make room or fix that; the checkpoint "
        rf"{tmp_path}/model/model.ckpt-\d+ is whole, and the same command goes on from it",
        line,
    )
    newest = re.search(r"model.ckpt-\d+ is whole", line).group().split()[0]
    assert f'state: model_checkpoint_path: "{newest}"' in ended.stdout
    assert f"file: {newest}.index" in ended.stdout and "_temp" not in ended.stdout


@pytest.mark.slow
def test_a_half_written_checkpoint_is_removed(tiny, small, monkeypatch):
    """A simulated full disk; the test above uses a real one."""
    save = tf.train.Saver.save

    def out_of_room(self, session, path, global_step=None, **options):
        if global_step == 40:
            pathlib.Path(f"{path}-40.data-00000-of-00001.tempstate7").write_text("x")
            raise tf.errors.ResourceExhaustedError(
                None, None, f"{path}-40; No space left on device\n\t [[x]]"
            )
        return save(self, session, path, global_step=global_step, **options)

    monkeypatch.setattr(tf.train.Saver, "save", out_of_room)
    with pytest.raises(UserError) as error:
        experiment.train(tiny, dataset=small)
    newest = path_of(tiny, 20)
    assert str(error.value) == (
        f"model_dir={tiny.model_dir}: training stopped ({path_of(tiny, 40)}; No "
        f"space left on device); make room or fix that; the checkpoint {newest} is whole, and the "
        "same call goes on from it"
    )
    assert tf.train.latest_checkpoint(tiny.model_dir) == newest
    assert not [n for n in os.listdir(tiny.model_dir) if "tempstate" in n]


def test_an_error_that_is_not_about_the_disk_is_not_reported_as_one(tiny, small):
    wrong = dataclasses.replace(small.train, labels=small.train.labels + 10)
    with pytest.raises(tf.errors.InvalidArgumentError, match="label value"):
        experiment.train(tiny, dataset=dataclasses.replace(small, train=wrong))


@pytest.mark.slow
def test_export_best_exports_each_checkpoint_that_is_the_best_so_far(tiny, small):
    recorder = RecordedLines()
    config = dataclasses.replace(
        tiny, export_best=True, keep_exports=1, validate_every_steps=10, train_steps=20
    )
    experiment.train(config, recorder, small)
    bests = [
        text.rpartition(" ")[2] for text in recorder.lines if text.startswith("The best so far is")
    ]
    history = validations.read(config.model_dir)
    accuracies = [validation.metrics["accuracy"] for validation in history]
    improved = [a for i, a in enumerate(accuracies) if a > max(accuracies[:i], default=-1)]
    assert len(bests) == len(improved) >= 2
    assert exports.versions(os.path.join(config.model_dir, "export")) == bests[-1:]
    assert os.path.exists(os.path.join(bests[-1], "saved_model.pb"))


# What survives a restart


@pytest.mark.slow
def test_best_history_and_steps_survive_a_restart(tiny, small, tmp_path, with_hook):
    """A run in three parts has the same record and the same best as a run in one part."""
    at_once = dataclasses.replace(tiny, model_dir=str(tmp_path / "at once"))
    experiment.train(at_once, dataset=small)
    assert _cut_at(tiny, small, 7, with_hook).last_step == 7
    assert _cut_at(tiny, small, 25, with_hook).last_step == 25
    assert experiment.train(tiny, dataset=small).last_step == 40
    records = [validations.read(config.model_dir) for config in (tiny, at_once)]
    assert records[0] == records[1] and len(records[0]) == 2
    bests = [best_checkpoint.read(config.model_dir) for config in (tiny, at_once)]
    assert bests[0].validation == bests[1].validation
    assert_same_bits(weights(bests[0].path), weights(bests[1].path))


def _cut_at(config, small, step, with_hook):
    class Stop(tf.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            if int(run_context.session.run(tf.train.get_global_step())) >= step:
                run_context.request_stop()

    return experiment.train(with_hook(config, Stop()), dataset=small)


@pytest.mark.slow
def test_patience_counts_validations_from_before_a_restart(tiny, small, with_hook):
    config = dataclasses.replace(
        tiny,
        monitor="loss",
        monitor_mode="max",
        early_stopping_patience=3,
        validate_every_steps=5,
        save_checkpoints_steps=5,
    )
    cut_short = _cut_at(config, small, 10, with_hook)
    assert (cut_short.last_step, cut_short.stopped_early) == (10, False)
    result = experiment.train(config, dataset=small)
    # The first, at step 5, was the best; 10, 15 and 20 did not improve on it.
    assert (result.first_step, result.last_step, result.stopped_early) == (10, 20, True)
    again = experiment.train(config, dataset=small)
    assert (again.first_step, again.last_step, again.stopped_early) == (20, 20, True)
    patient = dataclasses.replace(config, early_stopping_patience=0)
    assert experiment.train(patient, dataset=small).last_step == 40


# The same seed gives the same run


@pytest.mark.parametrize("variant", ["layers", pytest.param("nn", marks=pytest.mark.slow)])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(
    small_config, small, tmp_path, variant
):
    """The first weights, and those after ten steps with augmentation and dropout."""
    config = dataclasses.replace(
        small_config,
        variant=variant,
        augmentation="affine",
        train_steps=10,
        warmup_steps=0,
        validation_examples=0,
    )
    configs = []
    for name, seed in (("one", 1), ("one again", 1), ("two", 2)):
        configs.append(dataclasses.replace(config, model_dir=str(tmp_path / name), seed=seed))
        experiment.train(configs[-1], dataset=small)
    for step in (0, 10):
        one, again, two = (weights(path_of(config, step)) for config in configs)
        assert_same_bits(one, again)
        different = [n for n, v in one.items() if not np.array_equal(v, two[n])]
        assert any("conv2d/kernel" in name for name in different)


# Drawn digits


def test_drawn_digits_are_added_to_the_training_images_and_said(
    small_config, small, tmp_path, monkeypatch
):
    class SeenError(Exception):
        pass

    def stop(examples, *rest):
        raise SeenError(len(examples))

    monkeypatch.setattr(trainer.input_fns, "train_input_fn", stop)
    config = dataclasses.replace(
        small_config, model_dir=str(tmp_path / "new"), drawn_examples=30, validation_examples=300
    )
    recorded = RecordedLines()
    with pytest.raises(SeenError) as seen:
        experiment.train(config, recorded, dataset=small)
    assert seen.value.args == (1730,)
    assert recorded.lines == ["Drawing 30 digits to train on"]


def test_drawn_digits_beside_other_things_are_refused_before_anything_is_written(
    small_config, small, tmp_path
):
    config = dataclasses.replace(small_config, model_dir=str(tmp_path / "new"), drawn_examples=30)
    other_labels = dataclasses.replace(small.train, labels=(small.train.labels + 1) % 10)
    clothes = dataclasses.replace(small, train=other_labels)
    with pytest.raises(SettingsError, match="drawn_examples=30 adds digits"):
        experiment.train(config, dataset=clothes)
    assert not any((tmp_path / "new").iterdir())
