"""Each record of a model folder may be edited in any way: its readers warn, and go on."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import shutil

import numpy as np
import pytest

from cnn_mnist import config as config_lib
from cnn_mnist.cli import output
from cnn_mnist.data import class_names, data_record
from cnn_mnist.data.data_record import DataRecord
from cnn_mnist.errors import UserError
from cnn_mnist.evaluation import results
from cnn_mnist.evaluation.results import Evaluation
from cnn_mnist.hooks import monitor
from cnn_mnist.model_folder import best, epochs, runs, validations
from cnn_mnist.model_folder import history as history_files
from cnn_mnist.model_folder.epochs import Epoch
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.reports import tables
from cnn_mnist.reports.texts import Texts
from cnn_mnist.support import records
from cnn_mnist.training import resuming
from cnn_mnist.training.result import TrainResult

NAMES = tuple("0123456789")
METRICS = {"accuracy": 0.5, "loss": 1.5, "lowest_class_accuracy": 0.25, "class_accuracy/0": None}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with each record, as training and evaluation write them, and no checkpoint."""
    folder = tmp_path_factory.mktemp("records")
    config = config_lib.from_preset(str(folder), early_stopping_patience=2)
    config_lib.save(config)
    data_record.write(
        str(folder), DataRecord("mnist", "mnist", NAMES, True, "0" * 64, 50, "f" * 64)
    )
    class_names.save_class_names(str(folder), NAMES)
    for step in (10, 20):
        line = json.dumps({"step": step, **METRICS})
        with open(folder / validations.VALIDATIONS_FILE, "a") as file:
            file.write(line + "\n")
        epochs.append(str(folder), Epoch(step // 10, step - 10, step, 50, 50, 9.0, 40, 0.003, 1.5))
    (folder / "best").mkdir()
    (folder / "best" / "best.json").write_text(line)
    result = TrainResult(
        0, 20, None, 20, 2, best.read(str(folder)), None, None, (), False, 5.0, "float32", 1.0, 2.0
    )
    kernels = {"library": "oneDNN", "chosen_by": "cnn_mnist", "instruction_sets": ["avx2"]}
    for _ in range(2):
        runs.record(
            config, "train", ["cnn-mnist"], kernels=kernels, trained=dataclasses.asdict(result)
        )
    matrix = np.eye(10, dtype=np.int64)
    results.record_evaluation(str(folder), Evaluation("test", 20, 10, 10, 0.5, NAMES, matrix))
    return config


RECORDS = {
    "config.json": "preset train_steps learning_rate architecture monitor early_stopping_patience",
    "dataset.json": "dataset name class_names digits train_sha256 validation_examples "
    "validation_sha256",
    "validations.jsonl": "step accuracy loss lowest_class_accuracy",
    "epochs.jsonl": "epoch begin step examples size loss_sum correct learning_rate seconds",
    "best/best.json": "step accuracy loss class_accuracy/0",
    "runs.jsonl": "time command config config.dataset versions processor kernels "
    "kernels.instruction_sets trained trained.first_step trained.last_step trained.seconds "
    "trained.validation_seconds trained.precision trained.images_per_second",
    "evaluation_test.json": "step correct total",
    "classes.txt": "",
}
"""The fields of each record that this package reads again."""
MISSING = object()
VALUES = [MISSING, None, True, -1, 10**400, float("nan"), "x\x1b\ud800", [[]], {"a": [None]}]


def with_field(text, name, value):
    """Returns the text of a record with another value of a field in its last line."""
    *before, last = text.splitlines() if "\n{" in text else [text]
    changed = copy.deepcopy(json.loads(last))
    *within, field = name.split(".")
    place = changed
    for key in within:
        place = place[key]
    if value is MISSING:
        del place[field]
    else:
        place[field] = value
    return "\n".join([*before, json.dumps(changed)]) + "\n"


def edits(name, content):
    """Yields the bytes of a record after each edit; None for a folder in its place."""
    text = content.decode()
    for field in RECORDS[name].split():
        yield from (with_field(text, field, value).encode() for value in VALUES)
    yield from (b"", b"null\n", b"[1]\n", b"5\n", b'"x"\n', b"\0" * 20, b"[" * 100_000, b"1" * 6000)
    yield from (content[: len(content) // 2], content[:-2], content * 2)
    yield from (b"\xef\xbb\xbf" + content, b"\xff\xfe" + content, b"\xe4" + content, None)


def use(config):
    """Does with the records what training, evaluation and reports do."""
    now = config_lib.load(config.model_dir)
    epochs_so_far = epochs.read(config.model_dir)
    history = validations.read(config.model_dir)
    history_files.write(config.model_dir, epochs_so_far, history)
    kept = best.read(config.model_dir)
    judge = monitor.monitor_of(config)
    judge.stops(history)
    judge.improves(Validation(30, {"accuracy": 0.6, "loss": 1.0}), kept and kept.validation)
    result = TrainResult(0, 20, None, 20, 2, kept, None, None, (), False, 5.0, "float32", 1.0, 2.0)
    output.training(now, result, 1.0)
    output.finished(now, 20, results.recorded_evaluation(config.model_dir))
    tables.runs(now, Texts())
    tables.training_time(now, Texts())
    runs.earlier_data_set(config.model_dir, 10)
    before = data_record.read_or_infer(config.model_dir)
    data_record.frames_digits(config.model_dir)
    class_names.saved_class_names(config.model_dir, len(NAMES))
    now_of_data = DataRecord("mnist", "mnist", NAMES, True, "1" * 64, 60, "e" * 64)
    resuming._other_validation_images(now, before, now_of_data)


@pytest.mark.parametrize("name", RECORDS)
def test_an_edited_record_ends_in_a_warning_or_in_one_line(whole, tmp_path, monkeypatch, name):
    monkeypatch.setattr(records, "warn", lambda text: None)
    folder = tmp_path / "model"
    shutil.copytree(whole.model_dir, folder)
    config = dataclasses.replace(whole, model_dir=str(folder))
    path = folder / name
    use(config)
    content, refused, tried = path.read_bytes(), 0, 0
    for edited in edits(name, content):
        path.unlink()
        if edited is None:
            path.mkdir()
        else:
            path.write_bytes(edited)
        tried += 1
        try:
            use(config)
        except UserError as error:
            assert "\n" not in str(error)
            assert name in ("config.json", "classes.txt"), error
            refused += 1
    assert tried > 8 and (refused > 0) == (name in ("config.json", "classes.txt"))


def test_a_best_whose_record_is_damaged_is_set_aside_and_nothing_of_it_is_lost(whole, tmp_path):
    folder = tmp_path / "best"
    folder.mkdir()
    for name in ("best.json", "model.ckpt-7.index", "model.ckpt-7.data-00000-of-00001"):
        (folder / name).write_text("{")
    damage = best.set_aside_damaged(str(tmp_path))
    assert (damage.path, damage.reason) == (str(folder / "best.json"), "damaged")
    assert os.listdir(folder) == ["damaged"]
    assert len(os.listdir(folder / "damaged")) == 3
    (folder / "best.json").mkdir()
    best.set_aside_damaged(str(tmp_path))
    assert os.listdir(folder) == ["damaged"]


def test_a_rate_above_1_or_a_step_below_0_is_not_a_validation():
    """Otherwise no later validation would ever be better than it."""
    for change in ({"accuracy": 50.0}, {"step": -1}, {"class_accuracy/0": 7}):
        with pytest.raises(ValueError, match="allowed"):
            validations.from_json(json.dumps({"step": 20, **METRICS, **change}))
    with pytest.raises(ValueError, match="loss is missing"):
        validations.from_json('{"step": 20, "accuracy": 0.5}')
