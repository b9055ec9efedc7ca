"""The command as a person uses it; in this process where nothing else is at stake."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from cnn_mnist import checkpoints, experiment, main
from cnn_mnist import config as config_lib


@pytest.fixture
def command(data_dir, monkeypatch):
    """Runs the command in this process and without network; returns its exit status."""
    monkeypatch.setenv("TFDS_DATA_DIR", data_dir)
    return lambda *arguments: main.main([*arguments, f"--data_dir={data_dir}", "--offline"])


@pytest.fixture
def copy(trained, tmp_path):
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    return str(tmp_path / "copy")


def run(environment, *arguments, **options):
    """Runs the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cnn_mnist.main", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


@pytest.fixture(scope="module", params=["layers", "nn"])
def whole_run(request, subprocess_environment, tmp_path_factory, mnist):
    """The default mode as a process, on all the data but for few steps."""
    model_dir = tmp_path_factory.mktemp("whole run") / "model é"
    ran = run(
        subprocess_environment,
        f"--model_dir={model_dir}",
        f"--variant={request.param}",
        "--train_steps=60",
        "--offline",
        cwd=model_dir.parent,
    )
    return model_dir, request.param, ran


def test_the_default_mode_ends_in_the_summary(whole_run):
    model_dir, variant, ran = whole_run
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith(f"Trained     modern, {variant}: 60 steps of 100, ")
    assert re.fullmatch(r"Validation  \d\d\.\d\d%", lines[1])
    score = re.fullmatch(
        r"Test +(\d\d\.\d\d)% \((\d),(\d{3}) of 10,000\), loss \d\.\d{4}", lines[2]
    )
    assert float(score[1]) == pytest.approx(int(score[2] + score[3]) / 100) and float(score[1]) > 85
    assert lines[4] == f"Model       {model_dir}"
    assert lines[5] == f"Export      {experiment.newest_export(str(model_dir))}"
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
    (line,) = (model_dir / config_lib.RUNS_FILE).read_text().splitlines()
    record = json.loads(line)
    assert record["command"][0] == "cnn-mnist"
    assert f"--variant={variant}" in record["command"]
    assert record["config"]["variant"] == variant and record["mode"] == "train_and_evaluate"
    assert {"python", "tensorflow", "numpy", "tensorflow-estimator"} <= set(record["versions"])
    assert record["trained"]["last_step"] == 60


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
    monkeypatch.setattr(experiment, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}", "--mode=train", "--train_steps=45") == 0
    captured = capsys.readouterr()
    assert "Going on from step 40 of 45" in captured.err
    assert checkpoints.latest_step(copy) == 45


def test_what_was_cut_off_after_training_is_made_up_for(copy, command, small, monkeypatch, capsys):
    """Trained to the end, but neither evaluated nor exported: only that is done."""
    monkeypatch.setattr(experiment, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}") == 0
    out = capsys.readouterr().out
    assert "of 500)" in out and "Export  " in out
    assert experiment.newest_export(copy)


def test_train_alone_neither_evaluates_nor_exports(tmp_path, command, small, monkeypatch, capsys):
    monkeypatch.setattr(experiment, "load_dataset", lambda *arguments: small)
    folder = tmp_path / "model"
    status = command(
        f"--model_dir={folder}", "--mode=train", "--train_steps=3", "--validation_examples=100"
    )
    assert status == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"Model       {folder}"
    assert "Test" not in out and not (folder / "export").exists()


@pytest.mark.parametrize("split", ["test", "validation"])
def test_evaluate_prints_rate_and_count(copy, command, small, monkeypatch, capsys, split):
    monkeypatch.setattr(experiment, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}", "--mode=evaluate", f"--split={split}") == 0
    total = {"test": 500, "validation": 300}[split]
    first = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(
        rf"{split.capitalize():<11} \d\d\.\d\d% \(\d+ of {total}\), loss \d\.\d{{4}}", first
    )


def test_evaluate_as_json_is_one_object(copy, command, small, monkeypatch, capsys):
    monkeypatch.setattr(experiment, "load_dataset", lambda *arguments: small)
    assert command(f"--model_dir={copy}", "--mode=evaluate", "--format=json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["total"] == 500 and facts["accuracy"] == facts["correct"] / 500
    assert list(facts["class_accuracy"]) == list("0123456789")


def test_export_prints_where_and_how_to_serve(copy, command, capsys):
    assert command(f"--model_dir={copy}", "--mode=export") == 0
    out = capsys.readouterr().out
    assert f"Export      {experiment.newest_export(copy)}" in out
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
    assert captured.err.startswith(f"cnn-mnist: {digit_files}/1.jpg is no image that can be read")
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
    (["--preset=best"], "--preset=best is unknown; allowed: modern, layers_tutorial, list"),
    (["--hooks=debug"], "--hooks=debug is unknown; allowed: examples_per_second, profiler"),
    (["--batch_size=0"], "--batch_size is 0; allowed: a whole number from 1 to 100,000"),
    (["--train_steps=ten"], "--train_steps is 'ten'; allowed: a whole number from 1 to"),
    (["train"], "'train' is left over; every argument is --flag=value"),
    (["--batchsize=5"], "--batchsize is no flag; did you mean --batch_size?"),
    (["--dataset=nmist"], "--dataset=nmist is neither a folder nor a data set of"),
    (["--dataset=/no/folder"], "--dataset=/no/folder is no folder"),
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
    monkeypatch.setattr(experiment, "load_dataset", lambda *arguments: small)
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
    tmp_path, subprocess_environment, number, mnist
):
    arguments = [f"--model_dir={tmp_path}/model", "--mode=train", "--train_steps=100", "--offline"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cnn_mnist.main", *arguments],
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
    again = run(subprocess_environment, *arguments)
    assert f"Going on from step {stopped} of 100" in again.stderr
    assert again.returncode == 0


def test_on_a_narrow_terminal_the_bar_stays_on_its_line(tmp_path, subprocess_environment, mnist):
    ended, shown = on_a_terminal(
        subprocess_environment,
        40,
        f"--model_dir={tmp_path}/model",
        "--mode=train",
        "--train_steps=30",
        "--offline",
        "--log_every_steps=1000",
    )
    assert ended == 0
    bars = [part for part in re.split(r"[\r\n]", shown) if "/30 " in part]
    assert bars and all(len(re.sub(r"\x1b\[.", "", bar)) <= 40 for bar in bars)
    assert "loss" in bars[-1]


def test_on_a_wide_terminal_the_bar_tells_all(tmp_path, subprocess_environment, mnist):
    ended, shown = on_a_terminal(
        subprocess_environment,
        120,
        f"--model_dir={tmp_path}/model",
        "--mode=train",
        "--train_steps=30",
        "--validate_every_steps=15",
        "--offline",
    )
    assert ended == 0
    last = [part for part in re.split(r"[\r\n]", shown) if "30/30 " in part][-1]
    for word in ("loss", "validation", "images/s", "left"):
        assert word in last
    assert "softmax" in shown


def on_a_terminal(environment, columns, *arguments) -> tuple[int, str]:
    """Runs the command with a terminal of that width as its standard error."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "cnn_mnist.main", *arguments],
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


def test_a_closed_pipe_is_no_error(trained, subprocess_environment, digit_files):
    shell = (
        f"'{sys.executable}' -m cnn_mnist.main --mode=predict --model_dir='{trained.model_dir}' "
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


def test_quiet_prints_results_only(copy, subprocess_environment):
    ran = run(subprocess_environment, f"--model_dir={copy}", "--mode=export", "--verbosity=quiet")
    assert ran.returncode == 0 and ran.stderr == ""


def test_info_shows_tensorflows_own_lines(copy, subprocess_environment):
    ran = run(subprocess_environment, f"--model_dir={copy}", "--mode=export", "--verbosity=info")
    assert "INFO: Restoring parameters from" in ran.stderr


def test_version_and_help_and_presets_need_no_tensorflow(subprocess_environment):
    for flag in ("--version", "--help", "--preset=list"):
        ran = run({**subprocess_environment, "PYTHONPROFILEIMPORTTIME": "1"}, flag)
        assert ran.returncode == 0 and "tensorflow.python" not in ran.stderr


def test_offline_keeps_the_prepared_set_usable(command, tmp_path, network_attempts, mnist):
    assert command(f"--model_dir={tmp_path}/m", "--mode=train", "--train_steps=1") == 0
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
