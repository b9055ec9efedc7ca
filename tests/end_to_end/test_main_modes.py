"""Evaluate, predict and export by the command, and the checkpoint that each of them takes."""

from __future__ import annotations

import json
import re

import pytest
from commands import snapshot

from cnn_mnist import config as config_lib
from cnn_mnist import experiment
from cnn_mnist.model_folder import exports


@pytest.mark.parametrize("split", ["test", "validation"])
def test_evaluate_prints_rate_and_count(copy, small_command, capsys, split):
    assert small_command(f"--model_dir={copy}", "--mode=evaluate", f"--split={split}") == 0
    total = {"test": 500, "validation": 300}[split]
    first = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(
        rf"{split.capitalize():<11} \d\d\.\d\d% \(\d+ of {total}\), loss \d\.\d{{4}}", first
    )


@pytest.mark.parametrize(
    ("which", "step"),
    [
        (None, 10),
        pytest.param("best", 10, marks=pytest.mark.slow),
        ("last", 40),
        ("{0}/model.ckpt-20", 20),
    ],
)
def test_evaluate_takes_the_checkpoint_it_is_told(best_copy, small_command, capsys, which, step):
    given = [f"--checkpoint={which.format(best_copy)}"] if which else []
    assert (
        small_command(f"--model_dir={best_copy}", "--mode=evaluate", "--format=json", *given) == 0
    )
    assert json.loads(capsys.readouterr().out)["step"] == step


def test_evaluate_as_json_is_one_object(copy, small_command, capsys):
    assert small_command(f"--model_dir={copy}", "--mode=evaluate", "--format=json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["total"] == 500 and facts["accuracy"] == facts["correct"] / 500
    assert list(facts["class_accuracy"]) == list("0123456789")


def test_export_prints_where_and_how_to_serve(copy, command, capsys):
    assert command(f"--model_dir={copy}", "--mode=export") == 0
    out = capsys.readouterr().out
    assert f"Export      {exports.newest(copy)}" in out
    assert f"Serve       scripts/serve {copy}" in out


def test_predict_takes_the_checkpoint_it_is_told(best_copy, command, digit_files, small, capsys):
    config = config_lib.load(best_copy)
    for which in ("best", "last"):
        command(
            f"--model_dir={best_copy}",
            "--mode=predict",
            f"--images={digit_files}/0.png",
            "--format=json",
            f"--checkpoint={which}",
        )
        answer = json.loads(capsys.readouterr().out)
        expected = experiment.predict(config, small.test.images[:1], which)
        assert answer["probabilities"] == pytest.approx(expected.probabilities[0].tolist())


def test_predict_prints_a_line_for_each_image(trained, command, digit_files, capsys):
    status = command(
        f"--model_dir={trained.model_dir}", "--mode=predict", f"--images={digit_files}/*"
    )
    assert status == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for line, name in zip(lines, ["0.png", "1.jpg", "2.gif"], strict=True):
        assert re.fullmatch(rf"{re.escape(str(digit_files))}/{name}: \d \(\d+\.\d%\)", line)


def test_predict_as_json_gives_an_object_a_line_that_equals_predict(
    trained, command, digit_files, small, capsys
):
    command(
        f"--model_dir={trained.model_dir}",
        "--mode=predict",
        f"--images={digit_files}/0.png",
        f"--images={digit_files}/1.jpg",
        "--format=json",
    )
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = experiment.predict(trained, small.test.images[:2])
    assert [answer["class"] for answer in answers] == expected.classes.tolist()
    assert answers[0]["probabilities"] == pytest.approx(expected.probabilities[0].tolist())
    assert answers[0]["image"] == f"{digit_files}/0.png"
    assert answers[0]["class_name"] == str(answers[0]["class"])
    assert answers[0]["probability"] == max(answers[0]["probabilities"])


def test_a_damaged_image_costs_its_own_line_only(trained, command, digit_files, capsys):
    (digit_files / "1.jpg").write_bytes(b"not an image")
    status = command(
        f"--model_dir={trained.model_dir}", "--mode=predict", f"--images={digit_files}"
    )
    captured = capsys.readouterr()
    assert status == 2
    assert len(captured.out.splitlines()) == 2
    assert captured.err.startswith(f"cnn-mnist: {digit_files}/1.jpg is not a readable image")
    assert len(captured.err.splitlines()) == 1


@pytest.mark.parametrize("mode", ["evaluate", "predict", "export"])
def test_a_checkpoint_that_is_none_costs_one_line_and_changes_nothing(
    best_copy, command, digit_files, mode, capsys
):
    before = snapshot(best_copy)
    given = [f"--images={digit_files}/0.png"] if mode == "predict" else []
    status = command(f"--model_dir={best_copy}", f"--mode={mode}", "--checkpoint=/no/such", *given)
    assert status == 2
    assert capsys.readouterr().err == (
        "cnn-mnist: --checkpoint=/no/such names no checkpoint; allowed: best, last, or a path "
        "such as /tmp/mnist/model.ckpt-500\n"
    )
    assert snapshot(best_copy) == before
