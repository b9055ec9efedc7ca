"""The commands and the program of docs/onnx.md do what the page says."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex

import pytest
from places import REPOSITORY

from cnn_mnist import experiment
from cnn_mnist.cli import command_line
from cnn_mnist.exporting import onnx, training_data

PAGE = (REPOSITORY / "docs" / "onnx.md").read_text("utf-8")


def test_the_page_names_what_is_written_and_how():
    for fact in (*onnx.FILES, f"opset {onnx.OPSET}", f"{training_data.REPRESENTATIVE} images"):
        assert fact in PAGE
    commands = re.findall(r"^    python -m cnn_mnist\.main (.*)$", PAGE, re.M)
    modes = [command_line.parse(shlex.split(command)).mode for command in commands]
    assert modes == ["export", "predict", "evaluate"]


@pytest.mark.slow
def test_the_program_runs(trained, small, tmp_path, monkeypatch, capsys):
    for package in ("onnx", "onnxruntime", "tf2onnx"):
        pytest.importorskip(package)
    formats = ("saved_model", "onnx")
    version = experiment.export(
        dataclasses.replace(trained, export_formats=formats), str(tmp_path), dataset=small
    )
    monkeypatch.chdir(os.path.join(version, "onnx"))
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    capsys.readouterr()
    exec(program, {})
    assert re.fullmatch(r"\['\d', '\d', '\d'\]\n", capsys.readouterr().out)
