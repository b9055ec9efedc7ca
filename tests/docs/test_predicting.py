"""The commands of docs/predicting.md do what the page says."""

from __future__ import annotations

import re

import made_data
from places import REPOSITORY

from cnn_mnist import experiment, main

PAGE = (REPOSITORY / "docs" / "predicting.md").read_text("utf-8")


def test_kaggles_test_images_become_a_submission(tmp_path, trained, monkeypatch, capfd):
    images = made_data.examples(1)[0]
    (tmp_path / "test.csv").write_text(made_data.csv_text(images, None, made_data.PIXELS))
    monkeypatch.chdir(tmp_path)
    section = PAGE.split("## Images in a CSV file")[1]
    command, program = re.findall(r"```(?:sh|python)\n(.*?)```", section, re.DOTALL)
    flags = re.findall(r"--\S+", command.replace("/tmp/kaggle", trained.model_dir))
    assert main.main(flags) == 0
    (tmp_path / "answers.jsonl").write_text(capfd.readouterr().out)
    exec(program, {})
    expected = experiment.predict(trained, images.reshape(-1, 28, 28, 1)).classes
    assert (tmp_path / "submission.csv").read_text().splitlines() == [
        "ImageId,Label",
        *(f"{number},{label}" for number, label in enumerate(expected, 1)),
    ]
