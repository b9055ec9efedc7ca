"""The command as a person uses it; in this process where nothing else is at stake."""

from __future__ import annotations

import gc
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from cnn_mnist import config as config_lib
from cnn_mnist import experiment, main
from cnn_mnist.config import presets
from cnn_mnist.data import splits
from cnn_mnist.model_folder import checkpoints, exports, runs, validations


@pytest.fixture
def command(data_dir, monkeypatch, no_confusion_pictures):
    """Runs the command in this process and without network; returns its exit status."""
    monkeypatch.setenv("TFDS_DATA_DIR", data_dir)
    return lambda *arguments: main.main([*arguments, f"--data_dir={data_dir}", "--offline"])


@pytest.fixture
def copy(trained, tmp_path):
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    return str(tmp_path / "copy")


# For tests that are about something else than the network.
SMALL = "--architecture=conv 5x5x32, pool 2, flatten, dense 10"


def run(command_line, environment, *arguments, **options):
    """Runs the command as a process of its own."""
    return subprocess.run(
        [*command_line, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


@pytest.fixture(scope="module", params=["layers", pytest.param("nn", marks=pytest.mark.slow)])
def whole_run(request, command_line, subprocess_environment, tmp_path_factory, mnist):
    """The default mode as a process, on all the data but for few steps."""
    model_dir = tmp_path_factory.mktemp("whole run") / "model é"
    ran = run(
        command_line,
        subprocess_environment,
        f"--model_dir={model_dir}",
        f"--variant={request.param}",
        "--train_steps=60",
        "--validation_examples=1000",
        "--offline",
        cwd=model_dir.parent,
    )
    return model_dir, request.param, ran


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
    assert lines[7].startswith("Serve       tensorflow_model_server --rest_api_port=8501 ")
    assert lines[7].endswith(f"--model_base_path='{model_dir}/export'")
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


def test_training_on_continues_from_the_last_step(copy, command, small, monkeypatch, capsys):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}", "--mode=train", "--train_steps=45") == 0
    captured = capsys.readouterr()
    assert "Going on from step 40 of 45" in captured.err
    assert checkpoints.latest_step(copy) == 45


def test_what_was_cut_off_after_training_is_made_up_for(copy, command, small, monkeypatch, capsys):
    """Trained to the end, but neither evaluated nor exported: only that is done."""
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}") == 0
    out = capsys.readouterr().out
    assert "of 500)" in out and "Export  " in out
    assert exports.newest(copy)


def test_a_format_that_the_newest_export_lacks_is_made_up_for(
    copy, command, small, monkeypatch, capsys
):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}") == 0
    assert command(f"--model_dir={copy}") == 0
    assert len(exports.versions(f"{copy}/export")) == 1
    assert command(f"--model_dir={copy}", "--export_formats=saved_model,tflite") == 0
    version = exports.newest(copy)
    assert f"Tflite      {version}/tflite\n" in capsys.readouterr().out
    assert exports.formats_of(version) == ("saved_model", "tflite")
    assert command(f"--model_dir={copy}", "--export_formats=saved_model,tflite") == 0
    assert exports.newest(copy) == version


def test_train_alone_neither_evaluates_nor_exports(tmp_path, command, small, monkeypatch, capsys):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    folder = tmp_path / "model"
    flags = ["--mode=train", "--train_steps=3", "--validation_examples=100", SMALL]
    assert command(f"--model_dir={folder}", *flags) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"Model       {folder}"
    assert "Test" not in out and not (folder / "export").exists()


@pytest.mark.parametrize("split", ["test", "validation"])
def test_evaluate_prints_rate_and_count(copy, command, small, monkeypatch, capsys, split):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}", "--mode=evaluate", f"--split={split}") == 0
    total = {"test": 500, "validation": 300}[split]
    first = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(
        rf"{split.capitalize():<11} \d\d\.\d\d% \(\d+ of {total}\), loss \d\.\d{{4}}", first
    )


@pytest.fixture
def best_copy(best_is_first, tmp_path):
    """To write to: the best checkpoint is of step 10, the newest of step 40."""
    shutil.copytree(best_is_first.model_dir, tmp_path / "copy")
    return str(tmp_path / "copy")


@pytest.mark.parametrize(
    ("which", "step"), [(None, 10), ("best", 10), ("last", 40), ("{0}/model.ckpt-20", 20)]
)
def test_evaluate_takes_the_checkpoint_it_is_told(
    best_copy, command, small, monkeypatch, capsys, which, step
):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    given = [f"--checkpoint={which.format(best_copy)}"] if which else []
    assert command(f"--model_dir={best_copy}", "--mode=evaluate", "--format=json", *given) == 0
    assert json.loads(capsys.readouterr().out)["step"] == step


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


EARLY = (
    "--architecture=flatten, dense 10",
    "--validation_examples=100",
    # No improvement is that large, so that only the first validation counts as one.
    "--early_stopping_min_delta=9",
    "--early_stopping_patience=2",
)


@pytest.mark.parametrize(
    ("length", "stopped", "steps"),
    [
        # Validated every 3 steps, and once an epoch of 1,900 images: every 4.
        (["--train_steps=90", "--validate_every_steps=3"], 9, 90),
        (["--epochs=30", "--batch_size=500"], 12, 114),
    ],
    ids=["steps", "epochs"],
)
@pytest.mark.parametrize("mode", ["train_and_evaluate", "train"])
def test_a_run_that_stopped_early_says_so_and_again_when_the_command_is_repeated(
    tmp_path, command, small, monkeypatch, capsys, mode, length, stopped, steps
):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    place = f"--model_dir={tmp_path}/m"
    line = [place, f"--mode={mode}", *EARLY, *length]
    assert command(*line) == 0
    captured = capsys.readouterr()
    first = captured.out.splitlines()[0]
    assert f": stopped early after {stopped} of {steps} steps of " in first
    assert "Stopping early: 2 validations in a row did not improve accuracy" in captured.err
    before = snapshot(tmp_path)
    for again in (line, [place, f"--mode={mode}"]):
        assert command(*again) == 0
        text = capsys.readouterr().out
        assert text.startswith(
            f"{tmp_path}/m is finished: {stopped} of {steps} steps are trained, "
            "early stopping ended it (2 validations in a row did not improve accuracy).\n"
        )
        assert f"to train on         {place} --early_stopping_patience=0\n" in text
        assert ("Test accuracy was" in text) == (mode == "train_and_evaluate")
    assert snapshot(tmp_path) == before
    assert command(place, "--mode=train", "--early_stopping_patience=3") == 0
    assert f"Going on from step {stopped} of {steps}" in capsys.readouterr().err


def test_what_was_cut_off_after_early_stopping_is_made_up_for_and_still_said(
    tmp_path, command, small, monkeypatch, capsys
):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    line = [f"--model_dir={tmp_path}/m", *EARLY, "--train_steps=90", "--validate_every_steps=3"]
    assert command(*line, "--mode=train") == 0
    capsys.readouterr()
    assert command(*line) == 0
    out = capsys.readouterr().out
    assert ": stopped early after 9 of 90 steps of " in out.splitlines()[0]
    assert "of 500)" in out and exports.newest(f"{tmp_path}/m")


def test_a_run_in_epochs_that_is_repeated_says_it_is_finished(
    tmp_path, command, small, monkeypatch, capsys
):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    flags = ["--architecture=flatten, dense 10", "--validation_examples=100", "--batch_size=500"]
    place = f"--model_dir={tmp_path}/m"
    assert command(place, *flags, "--epochs=2") == 0
    out = capsys.readouterr().out
    assert out.startswith("Trained     modern, layers: 8 steps of 500, ")
    assert "the best accuracy of 2\n" in out
    for again in ([*flags, "--epochs=2"], []):
        assert command(place, *again) == 0
        text = capsys.readouterr().out
        assert "/m is finished: 8 of 8 steps are trained.\n" in text
        assert f"to train on         {place} --train_steps=16\n" in text
    assert command(place, "--mode=train", "--epochs=3") == 0
    assert "Going on from step 8 of 12" in capsys.readouterr().err


def test_the_summary_names_the_best_validation_and_by_what_it_was_judged(
    tmp_path, command, small, monkeypatch, capsys
):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    command(
        f"--model_dir={tmp_path}/m",
        "--mode=train",
        "--architecture=flatten, dense 10",
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
    tmp_path, command, small, monkeypatch, capsys, mode
):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    status = command(
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


def test_evaluate_as_json_is_one_object(copy, command, small, monkeypatch, capsys):
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}", "--mode=evaluate", "--format=json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["total"] == 500 and facts["accuracy"] == facts["correct"] / 500
    assert list(facts["class_accuracy"]) == list("0123456789")


def test_export_prints_where_and_how_to_serve(copy, command, capsys):
    assert command(f"--model_dir={copy}", "--mode=export") == 0
    out = capsys.readouterr().out
    assert f"Export      {exports.newest(copy)}" in out
    assert "tensorflow_model_server" in out


@pytest.fixture
def digit_files(tmp_path, small):
    """Three test digits as files: PNG as is, inverted JPEG, and a large GIF."""
    folder = tmp_path / "digits"
    folder.mkdir()
    for number, (end, turn) in enumerate(
        [
            ("png", lambda i: i),
            ("jpg", lambda i: i.point(lambda p: 255 - p)),
            ("gif", lambda i: i.resize((280, 280))),
        ]
    ):
        image = Image.fromarray(small.test.images[number, ..., 0])
        turn(image).save(folder / f"{number}.{end}")
    return folder


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


@pytest.mark.parametrize("variant", ["layers", "nn"])
def test_a_dry_run_goes_the_whole_way_and_keeps_nothing(tmp_path, command, variant, capsys, mnist):
    folder = tmp_path / "untouched"
    began = time.time()
    assert command(f"--model_dir={folder}", f"--variant={variant}", "--dry_run") == 0
    assert time.time() - began < 60
    captured = capsys.readouterr()
    assert "Trained     modern" in captured.out and "of 300)" in captured.out
    assert captured.out.splitlines()[-1] == "Export      works"
    assert captured.err.splitlines()[-1] == "Dry run: nothing was kept"
    assert not folder.exists()


# All that need no other data than the MNIST that the package brings.
MNIST_PRESETS = [name for name, preset in presets.PRESETS.items() if preset.dataset == "mnist"]
DRY_RUNS = [
    *([f"--preset={name}"] for name in MNIST_PRESETS if name != presets.DEFAULT),
    ["--preset=dense", "--validation_examples=5000"],
    ["--preset=dense", "--train_examples=5500"],
    ["--preset=browser", "--train_examples=55000"],
    ["--preset=dense", "--early_stopping_patience=1", "--early_stopping_min_delta=9"],
    ["--preset=dense", "--initializer=he_uniform", "--monitor=class_accuracy/8"],
]


@pytest.mark.slow
@pytest.mark.parametrize("flags", DRY_RUNS, ids=" ".join)
def test_a_dry_run_of_every_recipe_goes_the_whole_way(tmp_path, command, flags, capsys, mnist):
    folder = tmp_path / "untouched"
    assert command(f"--model_dir={folder}", "--dry_run", *flags) == 0
    captured = capsys.readouterr()
    assert f"Trained     {flags[0].removeprefix('--preset=')}, layers: 6 steps" in captured.out
    assert "of 300)" in captured.out and captured.out.splitlines()[-1] == "Export      works"
    assert captured.err.splitlines()[-1] == "Dry run: nothing was kept"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("flag", "steps"), [("--epochs=3", 30), ("--train_steps=9", 9), ("--epochs=1", 10)]
)
def test_a_length_that_is_given_is_that_of_the_dry_run(
    tmp_path, command, flag, steps, capsys, mnist
):
    """200 of its 300 images are trained on, 20 a step."""
    where = f"--model_dir={tmp_path}/m"
    assert command(where, "--mode=train", "--dry_run", "--preset=dense", flag) == 0
    assert f"Trained     dense, layers: {steps} steps of 20" in capsys.readouterr().out


def test_the_presets_of_the_dry_runs_are_all_but_those_of_other_data():
    assert set(presets.PRESETS) - set(MNIST_PRESETS) == {"fashion"}


@pytest.mark.parametrize("mode", ["evaluate", "predict", "export"])
@pytest.mark.parametrize("which", ["best", "last", "{0}/model.ckpt-20"])
def test_a_dry_run_takes_any_checkpoint(best_is_first, command, mode, which, capsys, mnist):
    before = snapshot(best_is_first.model_dir)
    which = which.format(best_is_first.model_dir)
    where = f"--model_dir={best_is_first.model_dir}"
    assert command(where, f"--mode={mode}", f"--checkpoint={which}", "--dry_run") == 0
    assert snapshot(best_is_first.model_dir) == before


@pytest.mark.parametrize("mode", ["evaluate", "predict", "export"])
def test_a_dry_run_of_the_other_modes_leaves_model_dir_as_it_was(copy, command, mode, mnist):
    before = snapshot(copy)
    assert command(f"--model_dir={copy}", f"--mode={mode}", "--dry_run") == 0
    assert snapshot(copy) == before


def snapshot(folder) -> dict[str, int]:
    return {
        os.path.join(place, name): os.path.getsize(os.path.join(place, name))
        for place, _, names in os.walk(folder)
        for name in names
    }


MISTAKES = [
    (
        ["--mode=fly"],
        "--mode=fly is unknown; allowed: train_and_evaluate, train, evaluate, predict",
    ),
    (["--variant=keras"], "--variant=keras is unknown; allowed: layers, nn"),
    (
        ["--preset=best"],
        "--preset=best is unknown; allowed: modern, layers_tutorial, low_level, fashion, browser, "
        "dense, fastest, accurate, list",
    ),
    (["--initializer=xavier"], "--initializer=xavier is unknown; allowed: glorot_uniform, "),
    (["--epochs=0"], "--epochs is 0; allowed: a whole number from 1 to 1,000,000"),
    (["--epochs=1.5"], "--epochs is '1.5'; allowed: a whole number from 1 to 1,000,000"),
    (
        ["--epochs=2", "--train_steps=700"],
        "--train_steps and --epochs both say how long to train; give one of them",
    ),
    (["--train_examples=0"], "--train_examples is 0; allowed: a whole number from 1 to"),
    (
        ["--train_examples=60000"],
        "--train_examples=60000 is too many; allowed: 1 to 55000, what "
        "--validation_examples=5000 leaves of 60000",
    ),
    (
        ["--preset=dense", "--train_examples=60000"],
        "--train_examples=60000 is too many; allowed: 1 to 55000, what ",
    ),
    (
        ["--monitor=f1"],
        "--monitor is 'f1'; allowed: accuracy, loss, lowest_class_accuracy, "
        "class_accuracy/0 to class_accuracy/9",
    ),
    (["--monitor_mode=up"], "--monitor_mode=up is unknown; allowed: auto, max, min"),
    (
        ["--early_stopping_patience=-1"],
        "--early_stopping_patience is -1; allowed: a whole number from 0 to 1,000,000",
    ),
    (
        ["--early_stopping_min_delta=-1"],
        "--early_stopping_min_delta is -1.0; allowed: a number from 0 to 1,000",
    ),
    (
        ["--early_stopping_patience=2", "--validation_examples=0"],
        "--early_stopping_patience=2 needs validation images; give --validation_examples above 0, "
        "or patience 0",
    ),
    (
        ["--mode=evaluate", "--checkpoint=/no/such"],
        "--checkpoint=/no/such names no checkpoint; allowed: best, last, or a path such as",
    ),
    (["--mode=export", "--checkpoint=/no/such"], "--checkpoint=/no/such names no checkpoint"),
    (["--checkpoint=/no/such"], "--checkpoint=/no/such names no checkpoint"),
    (
        ["--preset=fashion", "--dataset=cifar10"],
        "--dataset=cifar10 has images of 32x32x3 in 10 classes; expected 28x28x1",
    ),
    (["--preset=fashion"], "--dataset=fashion_mnist"),
    (
        ["--mode=evaluate", "--checkpoint=/no/such", "--dry_run"],
        "--checkpoint=/no/such names no checkpoint",
    ),
    (["--hooks=debug"], "--hooks=debug is unknown; allowed: examples_per_second, profiler"),
    (["--batch_size=0"], "--batch_size is 0; allowed: a whole number from 1 to 100,000"),
    (["--train_steps=ten"], "--train_steps is 'ten'; allowed: a whole number from 1 to"),
    (["train"], "'train' is left over; every argument is --flag=value"),
    (["--batchsize=5"], "unknown flag --batchsize; did you mean --batch_size?"),
    (["--dataset=nmist"], "--dataset=nmist is neither a folder nor a data set of"),
    (["--dataset=/no/folder"], "--dataset=/no/folder is not a folder"),
    (["--validation_examples=60000"], "--validation_examples=60000 leaves nothing to train on"),
    (["--architecture=flatten, dense 5"], "--architecture must end in 'dense 10'"),
    (["--mode=predict"], "--mode=predict needs --images"),
    (["--mode=predict", "--images=/no/*.png"], "--images=/no/*.png names no image file"),
    (["--mode=evaluate"], "holds no trained model; train one with --mode=train"),
    (["--mode=export"], "holds no trained model; train one with --mode=train"),
    (["--model_dir=/proc/nothing"], "--model_dir=/proc/nothing cannot be written"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=lambda v: str(v)[:40])
def test_a_mistake_ends_in_one_line_with_status_2(
    tmp_path, command, arguments, message, capsys, mnist
):
    given = [] if any("model_dir" in a for a in arguments) else [f"--model_dir={tmp_path}/model"]
    assert command(*given, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("cnn-mnist: ") and message in line
    assert "Traceback" not in captured.err
    assert not (tmp_path / "model").exists() or not os.listdir(tmp_path / "model")


def test_another_architecture_is_refused_and_the_model_stays(copy, command, capsys, mnist):
    before = snapshot(copy)
    assert command(f"--model_dir={copy}", "--preset=modern", "--train_steps=50") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"cnn-mnist: --architecture differs: {copy} holds a network with")
    assert snapshot(copy) == before


def test_a_model_dir_brings_its_own_recipe(copy, command, small, monkeypatch, capsys):
    """No flag but model_dir and mode: network, data and steps are the trained ones."""
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}", "--mode=evaluate") == 0
    assert config_lib.load(copy).architecture.startswith("conv 3x3x8")


def test_a_damaged_config_is_named(copy, command, capsys):
    path = os.path.join(copy, "config.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{")
    assert command(f"--model_dir={copy}", "--mode=evaluate") == 2
    assert path in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_says_how_to_go_on_and_the_same_command_does(
    tmp_path, command_line, subprocess_environment, number, mnist
):
    arguments = [f"--model_dir={tmp_path}/model", "--mode=train", "--train_steps=100", "--offline"]
    arguments += ["--batch_size=20", "--validation_examples=100", SMALL]
    process = subprocess.Popen(
        [*command_line, *arguments],
        env=subprocess_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if line.startswith("step 20 of 100"):
            process.send_signal(number)
            break
    left = process.stderr.read()
    assert process.wait(timeout=60) == 128 + number
    assert "Stopping after this step and saving" in left
    stopped = int(re.search(r"Stopped at step (\d+) of 100, all saved in", left)[1])
    assert 20 <= stopped < 100 and "the same command goes on from there" in left
    assert checkpoints.latest_step(f"{tmp_path}/model") == stopped
    again = run(command_line, subprocess_environment, *arguments)
    assert f"Going on from step {stopped} of 100" in again.stderr
    assert again.returncode == 0


def test_sigterm_before_training_ends_in_one_line_and_its_status(tmp_path, subprocess_environment):
    process = subprocess.Popen(
        [sys.executable, "-m", "cnn_mnist.main", f"--model_dir={tmp_path}/model", "--offline"],
        env=subprocess_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    # TensorFlow is being imported by then.
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == (
        "\ncnn-mnist: stopped; the same command goes on\n"
    )
    assert process.returncode == 128 + signal.SIGTERM


def test_a_second_signal_stops_at_once(tmp_path, command_line, subprocess_environment, mnist):
    """Within a step of seconds, where Python itself would take both for one."""
    process = subprocess.Popen(
        [
            *(*command_line, f"--model_dir={tmp_path}/model", "--offline"),
            *("--mode=train", "--batch_size=3000", "--train_steps=100", "--validation_examples=0"),
            "--log_every_steps=1",
            "--threads=1",
        ],
        env=subprocess_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if line.startswith("step 2 "):
            # The line comes before the step's last hook, which would hear a signal at once.
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            break
    left = process.stderr.read()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert "Stopped at step" not in left


def test_on_a_narrow_terminal_the_bar_stays_on_its_line(
    tmp_path, command_line, subprocess_environment, mnist
):
    ended, shown = on_a_terminal(
        command_line,
        subprocess_environment,
        40,
        f"--model_dir={tmp_path}/model",
        "--mode=train",
        "--train_steps=30",
        "--batch_size=20",
        "--validation_examples=100",
        SMALL,
        "--offline",
        "--log_every_steps=1000",
    )
    assert ended == 0
    bars = [part for part in re.split(r"[\r\n]", shown) if "/30 " in part]
    assert bars and all(len(re.sub(r"\x1b\[.", "", bar)) <= 40 for bar in bars)
    assert "loss" in bars[-1]


def test_on_a_wide_terminal_the_bar_tells_all(
    tmp_path, command_line, subprocess_environment, mnist
):
    ended, shown = on_a_terminal(
        command_line,
        subprocess_environment,
        120,
        f"--model_dir={tmp_path}/model",
        "--mode=train",
        "--train_steps=30",
        "--batch_size=20",
        "--validation_examples=100",
        SMALL,
        "--validate_every_steps=15",
        "--offline",
    )
    assert ended == 0
    last = [part for part in re.split(r"[\r\n]", shown) if "30/30 " in part][-1]
    for word in ("loss", "validation", "images/s", "left"):
        assert word in last
    assert "softmax" in shown


def on_a_terminal(command_line, environment, columns, *arguments) -> tuple[int, str]:
    """Runs the command with a terminal of that width as its standard error."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*command_line, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


def test_a_closed_pipe_is_no_error(trained, command_line, subprocess_environment, digit_files):
    shell = (
        f"{shlex.join(command_line)} --mode=predict --model_dir='{trained.model_dir}' "
        f"--images='{digit_files}' | head -c 1"
    )
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shell}"],
        env=subprocess_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == "" and ran.returncode in (0, 141)


def test_quiet_prints_results_only(copy, command_line, subprocess_environment):
    ran = run(
        command_line,
        subprocess_environment,
        f"--model_dir={copy}",
        "--mode=export",
        "--verbosity=quiet",
    )
    assert ran.returncode == 0 and ran.stderr == ""


def test_info_shows_tensorflows_own_lines(copy, command_line, subprocess_environment):
    ran = run(
        command_line,
        subprocess_environment,
        f"--model_dir={copy}",
        "--mode=export",
        "--verbosity=info",
    )
    assert "INFO: Restoring parameters from" in ran.stderr


def test_version_and_help_and_presets_need_no_tensorflow(subprocess_environment):
    for flag in ("--version", "--help", "--preset=list"):
        ran = run(
            [sys.executable, "-m", "cnn_mnist.main"],
            {**subprocess_environment, "PYTHONPROFILEIMPORTTIME": "1"},
            flag,
        )
        assert ran.returncode == 0 and "tensorflow.python" not in ran.stderr


def test_offline_keeps_the_prepared_set_usable(command, tmp_path, network_attempts, mnist):
    assert command(f"--model_dir={tmp_path}/m", "--mode=train", "--train_steps=1", SMALL) == 0
    assert network_attempts == []


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["layers", "nn"])
def test_five_seeds_reach_99_percent_on_the_test_images(variant, data_dir, tmp_path, mnist):
    """The default recipe, whole; report all five before judging any."""
    reached = {}
    for seed in range(1, 6):
        config = config_lib.from_preset(
            str(tmp_path / str(seed)), variant=variant, seed=seed, data_dir=data_dir, offline=True
        )
        experiment.train(config, dataset=mnist)
        reached[seed] = experiment.evaluate(config, dataset=mnist).correct
        shutil.rmtree(config.model_dir)
    print(f"\n{variant}: {reached} of 10,000, mean {sum(reached.values()) / 5:.0f}")
    assert min(reached.values()) >= 9900, reached


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
