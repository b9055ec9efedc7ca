"""The command as a user runs it: whole runs, what they print and what they record."""

from __future__ import annotations

import gc
import os
import re
import sys

import pytest
from commands import DENSE, SMALL, run

from cnn_mnist import main
from cnn_mnist.model_folder import exports, runs, validations


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("layers", SMALL), id="small network"),
        # README's first command is that of the other variant.
        pytest.param(("nn",), id="nn", marks=pytest.mark.slow),
        pytest.param(("layers",), id="layers", marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
def whole_run(request, command_line, subprocess_environment, tmp_path_factory, mnist):
    """The default mode as a process, on all the data but for few steps."""
    variant, *network = request.param
    model_dir = tmp_path_factory.mktemp("whole run") / "model é"
    ran = run(
        command_line,
        subprocess_environment,
        f"--model_dir={model_dir}",
        f"--variant={variant}",
        *network,
        "--train_steps=60",
        "--validation_examples=1000",
        "--offline",
        cwd=model_dir.parent,
    )
    return model_dir, variant, ran


def test_the_default_mode_ends_in_the_summary(whole_run):
    model_dir, variant, ran = whole_run
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith(f"Trained     modern, {variant}: 60 steps of 100, ")
    assert re.fullmatch(
        r"Validation  \d\d\.\d\d%, loss \d\.\d{4} at step (15|30|45|60), the best accuracy of 4",
        lines[1],
    )
    score = re.fullmatch(
        r"Test +(\d\d\.\d\d)% \((\d),(\d{3}) of 10,000\), loss \d\.\d{4}", lines[2]
    )
    assert float(score[1]) == pytest.approx(int(score[2] + score[3]) / 100) and float(score[1]) > 85
    assert lines[4] == f"Model       {model_dir}"
    assert lines[5] == f"Export      {exports.newest(str(model_dir))}"
    assert lines[6].startswith("Look        ") and f"--logdir='{model_dir}'" in lines[6]
    assert lines[7] == f"Serve       scripts/serve '{model_dir}'"
    assert len(lines) == 8


def test_without_a_terminal_progress_is_plain_lines_that_a_person_can_read(whole_run):
    _, _, ran = whole_run
    lines = ran.stderr.splitlines()
    assert "\r" not in ran.stderr and "\x1b" not in ran.stderr
    steps = [
        line
        for line in lines
        if re.fullmatch(r"step \d+ of 60  loss \d+\.\d{4}  [\d,]+ images/s  \d+ s left", line)
    ]
    assert len(steps) == 6
    assert [
        line for line in lines if re.match(r"step 60 of 60  validation \d\d\.\d\d%, loss", line)
    ]
    softmax = [line for line in lines if "softmax" in line]
    assert [line.split("  ")[0] for line in softmax] == ["step 1", "step 51"]
    assert lines[-1] == "Evaluating on the 10,000 test images"
    said = set(lines) - set(steps) - set(softmax)
    noise = [line for line in said if not line.startswith(("step ", "Evaluating"))]
    assert noise == [], "TensorFlow's own notices and deprecations are silent"


def test_model_dir_records_flags_versions_and_the_command_line(whole_run):
    model_dir, variant, _ = whole_run
    (record,) = runs.read(str(model_dir))
    assert record["command"][0] == "cnn-mnist"
    assert f"--variant={variant}" in record["command"]
    assert record["config"]["variant"] == variant and record["mode"] == "train_and_evaluate"
    assert {"python", "tensorflow", "numpy", "tensorflow-estimator"} <= set(record["versions"])
    assert record["trained"]["last_step"] == 60
    best = record["trained"]["best"]["validation"]
    assert best["step"] in (15, 30, 45, 60) and 0.8 < best["metrics"]["accuracy"] < 1


def test_a_finished_model_dir_says_so_and_what_to_do(whole_run, command, capsys):
    model_dir, _, _ = whole_run
    before = sorted(os.listdir(model_dir))
    assert command(f"--model_dir={model_dir}") == 0
    text = capsys.readouterr().out
    assert f"{model_dir} is finished: 60 of 60 steps are trained." in text
    assert re.search(r"Test accuracy was \d\d\.\d\d% \(\d,\d{3} of 10,000\)\.", text)
    for hint in ("--train_steps=120", "--mode=evaluate", "--mode=predict", "another --model_dir"):
        assert hint in text
    assert sorted(os.listdir(model_dir)) == before


def test_train_alone_neither_evaluates_nor_exports(tmp_path, small_command, capsys):
    folder = tmp_path / "model"
    flags = ["--mode=train", "--train_steps=3", "--validation_examples=100", DENSE]
    assert small_command(f"--model_dir={folder}", *flags) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"Model       {folder}"
    assert "Test" not in out and not (folder / "export").exists()


@pytest.mark.slow
def test_offline_keeps_the_prepared_set_usable(command, tmp_path, network_attempts, mnist):
    assert command(f"--model_dir={tmp_path}/m", "--mode=train", "--train_steps=1", DENSE) == 0
    assert network_attempts == []


def test_the_summary_names_the_best_validation_and_by_what_it_was_judged(
    tmp_path, small_command, capsys
):
    small_command(
        f"--model_dir={tmp_path}/m",
        "--mode=train",
        DENSE,
        "--validation_examples=100",
        "--train_steps=8",
        "--validate_every_steps=4",
        "--monitor=loss",
        "--monitor_mode=max",
    )
    line = capsys.readouterr().out.splitlines()[1]
    first = validations.read(f"{tmp_path}/m")[0]
    assert line == (
        f"Validation  {first.metrics['accuracy']:.2%}, loss {first.metrics['loss']:.4f} at step 4, "
        "the best loss of 2"
    )


@pytest.mark.parametrize("mode", ["train_and_evaluate", "train"])
def test_training_that_diverges_ends_in_status_2_and_says_what_to_try(
    tmp_path, small_command, capsys, mode
):
    status = small_command(
        f"--model_dir={tmp_path}/m",
        f"--mode={mode}",
        "--architecture=flatten, dense 64, dense 64, dense 64, dense 10",
        "--validation_examples=100",
        "--train_steps=60",
        "--validate_every_steps=1",
        "--optimizer=momentum",
        "--learning_rate=1000",
        "--schedule=constant",
        "--warmup_steps=0",
        "--precision=float32",
    )
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    assert re.fullmatch(
        r"cnn-mnist: --learning_rate=1000: training diverged, the loss is (nan|inf) at step \d+ "
        r"\(the last losses were [\d.e+, ]+\); the newest checkpoint is of step 0; try a smaller "
        "rate, more --warmup_steps or --precision=float32, in another --model_dir",
        captured.err.splitlines()[-1],
    )
    assert bool(exports.newest(f"{tmp_path}/m")) == (mode == "train_and_evaluate")


def test_version_and_help_and_presets_need_no_tensorflow(subprocess_environment):
    for flag in ("--version", "--help", "--preset=list"):
        ran = run(
            [sys.executable, "-m", "cnn_mnist.main"],
            {**subprocess_environment, "PYTHONPROFILEIMPORTTIME": "1"},
            flag,
        )
        assert ran.returncode == 0 and "tensorflow.python" not in ran.stderr


def test_importing_tensorflow_leaves_the_garbage_collector_on_and_its_objects_aside():
    main._import_tensorflow()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000
    gc.unfreeze()


def test_an_import_that_fails_leaves_the_garbage_collector_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "cnn_mnist.tf_compat", None)
    monkeypatch.delattr("cnn_mnist.tf_compat")
    with pytest.raises(ImportError):
        main._import_tensorflow()
    assert gc.isenabled()
    gc.unfreeze()
