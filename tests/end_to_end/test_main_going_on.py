"""The command given again: it goes on, makes up for what is missing, or says it is finished."""

from __future__ import annotations

import os

import pytest
from commands import DENSE, snapshot

from cnn_mnist import config as config_lib
from cnn_mnist.data import tfds
from cnn_mnist.model_folder import checkpoints, exports


def test_training_on_continues_from_the_last_step_and_says_what_is_other(
    copy, small_command, capsys
):
    flags = ("--mode=train", "--train_steps=45", "--batch_size=10")
    assert small_command(f"--model_dir={copy}", *flags) == 0
    captured = capsys.readouterr()
    assert "Going on from step 40 of 45" in captured.err
    assert "From step 40 on: batch_size 10 (so far 50), train_steps 45 (so far 40)" in captured.err
    assert captured.out.startswith("Trained     modern, layers: 45 steps, the last 5 of 10")
    assert checkpoints.latest_step(copy) == 45


def test_what_a_trained_folder_lacks_is_made_up_for_once(copy, small_command, capsys):
    """Evaluation and export where training was all, then a format that the newest export lacks."""
    place = f"--model_dir={copy}"
    assert small_command(place) == 0
    out = capsys.readouterr().out
    assert "of 500)" in out and "Export  " in out
    assert exports.newest(copy)
    assert small_command(place) == 0
    assert len(exports.versions(f"{copy}/export")) == 1
    assert small_command(place, "--export_formats=saved_model,tflite") == 0
    version = exports.newest(copy)
    assert f"Tflite      {version}/tflite\n" in capsys.readouterr().out
    assert exports.formats_of(version) == ("saved_model", "tflite")
    assert small_command(place, "--export_formats=saved_model,tflite") == 0
    assert exports.newest(copy) == version


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode", ["train", pytest.param("train_and_evaluate", marks=pytest.mark.slow)]
)
def test_a_run_in_epochs_that_is_repeated_says_it_is_finished(
    tmp_path, small_command, capsys, mode
):
    flags = [DENSE, "--validation_examples=100", "--batch_size=500"]
    place = f"--model_dir={tmp_path}/m"
    line = [place, f"--mode={mode}"]
    assert small_command(*line, *flags, "--epochs=2") == 0
    out = capsys.readouterr().out
    assert out.startswith("Trained     modern, layers: 8 steps of 500, ")
    assert "the best accuracy of 2\n" in out
    for again in ([*flags, "--epochs=2"], []):
        assert small_command(*line, *again) == 0
        text = capsys.readouterr().out
        assert "/m is finished: 8 of 8 steps are trained.\n" in text
        assert f"to train on         {place} --train_steps=16\n" in text
    assert small_command(*line, "--epochs=3") == 0
    assert "Going on from step 8 of 12" in capsys.readouterr().err


def test_another_variant_in_a_finished_folder_is_said_to_be_unused(copy, small_command, capsys):
    before = snapshot(copy)
    assert small_command(f"--model_dir={copy}", "--mode=train", "--variant=nn", "--seed=7") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("is finished: 40 of 40 steps are trained.")
    assert "--variant=nn was not used: it was trained with layers. Another --model_dir trains " in (
        " ".join(lines)
    )
    assert any(line.startswith("--seed=7 was not used: it was trained with ") for line in lines)
    assert snapshot(copy) == before
    assert small_command(f"--model_dir={copy}", "--mode=train", "--train_steps=30") == 0
    assert "was not used" not in capsys.readouterr().out


def test_another_architecture_is_refused_and_the_model_stays(copy, command, capsys, mnist):
    before = snapshot(copy)
    assert command(f"--model_dir={copy}", "--preset=modern", "--train_steps=50") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"cnn-mnist: --architecture differs: {copy} holds a network with")
    assert snapshot(copy) == before


def test_another_data_set_is_refused_in_a_finished_folder_too(copy, command, capsys, tmp_path):
    other = tmp_path / "other_set"
    other.mkdir()
    for name in ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"):
        for part in ("train", "t10k"):
            (other / f"{part}-{name}").symlink_to(f"{tfds.SHIPPED_MNIST}/t10k-{name}")
    before = snapshot(copy)
    for mode in ("train", "train_and_evaluate"):
        assert command(f"--model_dir={copy}", f"--mode={mode}", f"--dataset={other}") == 2
        assert capsys.readouterr().err == (
            f"cnn-mnist: --dataset={other} differs: {copy} was trained on mnist; go on with "
            "--dataset=mnist, or give another --model_dir\n"
        )
    assert snapshot(copy) == before


def test_a_model_dir_brings_its_own_recipe(copy, small_command, capsys):
    """No flag but model_dir and mode: network, data and steps are the trained ones."""
    assert small_command(f"--model_dir={copy}", "--mode=evaluate") == 0
    assert config_lib.load(copy).architecture.startswith("conv 3x3x8")


def test_a_damaged_config_is_named(copy, command, capsys):
    path = os.path.join(copy, "config.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{")
    assert command(f"--model_dir={copy}", "--mode=evaluate") == 2
    assert path in capsys.readouterr().err


EARLY = (
    DENSE,
    "--validation_examples=100",
    # No improvement is that large, so that only the first validation counts as one.
    "--early_stopping_min_delta=9",
    "--early_stopping_patience=2",
)


# Validated every 3 steps, and once an epoch of 1,900 images: every 4.
STEPS = (["--train_steps=90", "--validate_every_steps=3"], 9, 90)
EPOCHS = (["--epochs=30", "--batch_size=500"], 12, 114)


@pytest.mark.parametrize(
    ("mode", "length", "stopped", "steps"),
    [
        pytest.param("train_and_evaluate", *STEPS, id="train_and_evaluate-steps"),
        pytest.param("train", *EPOCHS, id="train-epochs"),
        pytest.param("train", *STEPS, id="train-steps", marks=pytest.mark.slow),
        pytest.param(
            "train_and_evaluate", *EPOCHS, id="train_and_evaluate-epochs", marks=pytest.mark.slow
        ),
    ],
)
def test_a_run_that_stopped_early_says_so_and_again_when_the_command_is_repeated(
    tmp_path, small_command, capsys, mode, length, stopped, steps
):
    place = f"--model_dir={tmp_path}/m"
    line = [place, f"--mode={mode}", *EARLY, *length]
    assert small_command(*line) == 0
    captured = capsys.readouterr()
    first = captured.out.splitlines()[0]
    assert f": stopped early after {stopped} of {steps} steps of " in first
    assert "Stopping early: 2 validations in a row did not improve accuracy" in captured.err
    before = snapshot(tmp_path)
    for again in (line, [place, f"--mode={mode}"]):
        assert small_command(*again) == 0
        text = capsys.readouterr().out
        assert text.startswith(
            f"{tmp_path}/m is finished: {stopped} of {steps} steps are trained, "
            "early stopping ended it (2 validations in a row did not improve accuracy).\n"
        )
        assert f"to train on         {place} --early_stopping_patience=0\n" in text
        assert ("Test accuracy was" in text) == (mode == "train_and_evaluate")
    assert snapshot(tmp_path) == before
    assert small_command(place, "--mode=train", "--early_stopping_patience=3") == 0
    assert f"Going on from step {stopped} of {steps}" in capsys.readouterr().err


@pytest.mark.slow
def test_what_was_cut_off_after_early_stopping_is_made_up_for_and_still_said(
    tmp_path, small_command, capsys
):
    line = [f"--model_dir={tmp_path}/m", *EARLY, "--train_steps=90", "--validate_every_steps=3"]
    assert small_command(*line, "--mode=train") == 0
    capsys.readouterr()
    assert small_command(*line) == 0
    out = capsys.readouterr().out
    assert ": stopped early after 9 of 90 steps of " in out.splitlines()[0]
    assert "of 500)" in out and exports.newest(f"{tmp_path}/m")
