"""The long trials find what they look for; killed again and again, a run ends as one left alone."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import sys

import numpy as np
import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from soaks import kills, memory  # noqa: E402


@pytest.fixture
def prepared(monkeypatch, data_dir, mnist):
    """The data are prepared for what the trials start."""
    monkeypatch.setenv("TFDS_DATA_DIR", data_dir)


# Kills


@pytest.fixture
def model(trained, tmp_path, small):
    """A trained model with the records that are compared."""
    from cnn_mnist import experiment

    experiment.evaluate(trained, dataset=small)
    for name in ("one", "other"):
        shutil.copytree(trained.model_dir, tmp_path / name)
    return tmp_path


@pytest.mark.slow
def test_equal_models_do_not_differ(model):
    assert kills.different(model / "one", model / "other") == []


@pytest.mark.slow
def test_one_bit_of_one_variable_is_a_difference(model):
    from cnn_mnist.tf_compat import tf

    path = str(model / "other" / "model.ckpt-40")
    reader = tf.train.load_checkpoint(path)
    values = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    values["dense/kernel/Adam_1"][0, 0] = np.nextafter(values["dense/kernel/Adam_1"][0, 0], 1)
    with tf.Graph().as_default(), tf.Session() as session:
        for name, value in values.items():
            tf.get_variable(name, initializer=value)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, path, write_meta_graph=False, write_state=False)
    assert kills.different(model / "one", model / "other") == ["newest: dense/kernel/Adam_1"]


@pytest.mark.slow
@pytest.mark.parametrize("record", ["validations.jsonl", "evaluation_test.json", "best/best.json"])
def test_another_record_is_a_difference(model, record):
    path = model / "other" / record
    path.write_text(path.read_text("utf-8").replace("1", "2"), "utf-8")
    assert record in kills.different(model / "one", model / "other")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "times"),
    [
        # What is saved and repaired is the same in both, so one is enough for each change.
        ("layers", 4),
        *(pytest.param(variant, 20, marks=pytest.mark.long) for variant in kills.VARIANTS),
    ],
)
def test_a_run_killed_again_and_again_ends_in_the_bits_of_one_left_alone(
    tmp_path, prepared, variant, times
):
    flags = (f"--variant={variant}", "--deterministic", "--precision=float32", "--offline")
    result = kills.kill_again_and_again(tmp_path, flags, kills=times, seed=1)
    print(result)
    assert result.differences == ()
    assert result.kills == times and result.while_writing >= times // 4 and result.runs >= 1


# Memory


def test_growth_is_what_the_last_quarter_holds_more_than_the_first():
    assert memory._growth([10.0] * 8) == 0
    assert memory._growth([10.0, 11.0, 12.0, 13.0]) == 3


def test_the_trial_of_memory_fails_where_it_grows(tmp_path, monkeypatch, capsys):
    grown = [memory.Sample(n * 36.0, 500.0 + n, 20, 30, 5) for n in range(100)]
    monkeypatch.setattr(memory, "watch", lambda *arguments: (grown, 143))
    monkeypatch.setattr(memory, "_read_events", lambda folder: (7, 8))
    options = argparse.Namespace(minutes=60.0, flags=[])
    assert memory.run(options, tmp_path) == 1
    assert "growth from then on            +68.0 MiB" in capsys.readouterr().out.splitlines()
    assert (tmp_path / "memory.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.long
def test_minutes_of_training_hold_memory_files_and_threads(tmp_path, prepared, capsys):
    # On a slow processor the first tenth of a minute ends before the first validation.
    quick = ["--batch_size=10", "--validate_every_steps=20", "--save_checkpoints_steps=20"]
    quick += ["--validation_examples=100"]
    options = argparse.Namespace(minutes=2.5, flags=["--offline", "--threads=1", *quick])
    status = memory.run(options, tmp_path)
    said = capsys.readouterr().out
    print(said)
    assert status == 0
    kept = int(said.split("checkpoints kept, at most")[1].split()[0])
    assert kept <= 6
    assert json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))["preset"] == "modern"
    assert os.path.getsize(tmp_path / "memory.csv") > 100
