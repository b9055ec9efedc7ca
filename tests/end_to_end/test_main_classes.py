"""The command with data of 26 classes: everything that it writes and prints follows them."""

from __future__ import annotations

import json
import subprocess

import made_data
import numpy as np
import pytest
from PIL import Image

LETTERS = [chr(ord("A") + number) for number in range(26)]


@pytest.mark.slow
def test_a_run_of_26_classes_trains_evaluates_exports_predicts_and_reports(
    tmp_path, subprocess_environment, command_line
):
    train, test = made_data.examples(12, 26, first=1), made_data.examples(4, 26, first=1)
    made_data.write_idx_set(tmp_path / "gzip", train, test, "emnist-letters-", "test")
    made_data.write_idx_set(tmp_path / "gzip", test, test, "emnist-mnist-", "test")
    model = tmp_path / "model"

    def run(*flags, status=0):
        ended = subprocess.run(
            [*command_line, f"--model_dir={model}", *flags],
            env=subprocess_environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert ended.returncode == status, ended.stderr
        return ended

    data = f"--dataset={tmp_path / 'gzip' / 'emnist-letters'}"
    recipe = (data, "--preset=fastest", "--train_steps=8", "--batch_size=20")
    ended = run(*recipe, "--export_formats=saved_model,tflite,tfjs", "--format=json")
    assert "emnist-letters has 26 classes, so the network ends in 'dense 26'" in ended.stderr
    result = json.loads(ended.stdout)
    assert list(result["class_accuracy"]) == LETTERS and result["total"] == len(test[0])
    assert np.shape(result["confusion_matrix"]) == (26, 26)
    assert json.loads((model / "config.json").read_text())["architecture"].endswith("dense 26")
    assert (model / "classes.txt").read_text().split() == LETTERS
    browser = json.loads((model / "export").glob("*/tfjs/model.json").__next__().read_text())
    assert browser["userDefinedMetadata"]["classes"] == LETTERS
    assert "8 of 8 steps are trained" in run(*recipe).stdout

    Image.fromarray(test[0][0]).save(tmp_path / "one.png")
    for engine in ("tensorflow", "lite"):
        arguments = ("--mode=predict", f"--images={tmp_path / 'one.png'}", "--format=json")
        answer = json.loads(run(*arguments, f"--engine={engine}").stdout)
        assert len(answer["probabilities"]) == 26 and answer["class_name"] in LETTERS
    run("--mode=evaluate", "--engine=lite")
    run("--mode=report")
    assert Image.open(model / "report" / "confusion_matrix.png").width > 1300

    refused = run("--mode=evaluate", "--dataset=mnist", "--offline", status=2).stderr
    assert "the model has 26 classes, and the data has 10; give the --dataset that" in refused
    other = run("--train_steps=9", "--dataset=mnist", "--offline", status=2).stderr
    assert "--dataset=mnist differs" in other or "26 classes" in other
