"""A sweep runs each combination once, goes on where it was stopped, and says what it found.

The runs of most tests are processes that write the records of a training, in milliseconds.
"""

from __future__ import annotations

import csv
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from cnn_mnist.errors import UserError, one_line
from cnn_mnist.model_folder import checkpoints, runs
from cnn_mnist.sweep import __main__ as sweep_main
from cnn_mnist.sweep import grid

# What it reaches follows from the seed and the rate; a rate of 7 diverges.
STUB = """
import json, os, pathlib, signal, sys, time
flags = dict(word[2:].split("=", 1) for word in sys.argv[1:] if "=" in word)
place = pathlib.Path(flags["model_dir"])
with open(place.parent / "began.txt", "a") as file:
    print(place.name, flags.get("threads"), file=file)
if flags.get("learning_rate") == "7":
    sys.exit("cnn-mnist: training diverged")
if flags.get("batch_size") == "9":
    signal.signal(signal.SIGTERM, lambda *_: (place / "saved").touch() or sys.exit(143))
    (place / "waits").touch()
    time.sleep(30)
correct = 9000 + 10 * int(flags.get("seed", 1)) + int(1000 * float(flags.get("learning_rate", 0)))
(place / "runs.jsonl").write_text(json.dumps({"trained": {"stopped_by": None}}) + "\\n")
(place / "evaluation_test.json").write_text(
    json.dumps({"step": 5, "correct": correct, "total": 10000})
)
validation = {"step": 5, "accuracy": correct / 10000 - 0.01, "loss": 1.0}
(place / "validations.jsonl").write_text(json.dumps(validation) + "\\n")
(place / "export" / "1").mkdir(parents=True, exist_ok=True)
(place / "export" / "1" / "saved_model.pb").touch()
"""


@pytest.fixture
def stub(tmp_path):
    (tmp_path / "stub.py").write_text(STUB)
    return [sys.executable, "-S", str(tmp_path / "stub.py")]


@pytest.fixture
def sweep(tmp_path, stub, capsys):
    """Runs a sweep of stubs; returns status, output and errors."""

    def run(*arguments):
        status = sweep_main.main([f"--model_dir={tmp_path}/s", *arguments], stub)
        return status, *capsys.readouterr()

    return run


def parsed(*arguments):
    return grid.parse(["--model_dir=s", *arguments])


def refusal(*arguments):
    with pytest.raises(UserError) as caught:
        parsed(*arguments)
    return one_line(caught.value)


def began(tmp_path):
    return (tmp_path / "s" / "began.txt").read_text().splitlines()


# The grid.


def test_each_combination_is_a_run_in_a_folder_named_by_its_values():
    found = parsed("--seed=1,2", "--learning_rate=1e-3,0.003", "--offline", "--train_steps=50")
    assert [run.name for run in found.runs] == [
        f"train_steps_50-learning_rate_{rate}-seed_{seed}"
        for rate in ("0.001", "0.003")
        for seed in (1, 2)
    ]
    first = found.runs[0]
    assert first.config.learning_rate == 0.001 and first.config.seed == 1 and first.config.offline
    assert first.config.model_dir == os.path.join("s", first.name)
    assert found.varied == ("learning_rate", "seed")


def test_without_several_values_there_is_one_run():
    assert [run.name for run in parsed().runs] == ["run"]


@pytest.mark.parametrize(
    "flag, text",
    [
        ("architecture", "flatten, dense 20, dense 10"),
        ("export_formats", "saved_model,tflite"),
        ("hooks", "profiler,examples_per_second"),
    ],
)
def test_a_flag_whose_value_holds_commas_is_one_value(flag, text):
    [run] = parsed(f"--{flag}={text}").runs
    assert f"--{flag}={text}" in run.arguments


@pytest.mark.parametrize(
    "flag, values",
    [
        ("variant", ["layers", "nn"]),
        ("preset", ["modern", "fashion"]),
        ("dataset", ["mnist", "emnist/letters"]),
        ("deterministic", ["true", "false"]),
        ("dropout_rate", ["0.1", "0.5"]),
        ("monitor", ["loss", "accuracy"]),
        ("batch_size", ["100", "200"]),
    ],
)
def test_settings_of_every_kind_may_be_varied(flag, values):
    found = parsed(f"--{flag}={','.join(values)}")
    assert [run.settings[flag] for run in found.runs] == values
    names = [run.name for run in found.runs]
    assert len(set(names)) == 2 and all(re.fullmatch(r"[\w.+-]+", name) for name in names)


def test_values_that_look_the_same_without_their_characters_get_folders_of_their_own():
    names = [run.name for run in parsed("--dataset=a/b,a_b,/a,é/b").runs]
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--learning_rate=0.1,x"], "--learning_rate is 'x'; allowed: a number from 1e-09"),
        (["--variant=layers,n"], "--variant=n is unknown; "),
        (["--seed=1,2,1"], "--seed=1,2,1 holds 1 twice"),
        (["--learning_rate=0.1,1e-1"], "--learning_rate=0.1,1e-1 holds 0.1 twice"),
        (["--seed=1,"], "--seed is ''; allowed: "),
        (["--lr=0.1,0.2"], "unknown flag --lr; did you mean --learning_rate? --help lists "),
        (["--job=2"], "unknown flag --job; did you mean --jobs? --help lists"),
        (["--jobs=0"], "--jobs is '0'; allowed: a whole number from 1 to 64"),
        (["again"], "'again' is left over; every argument is --flag=value; --help lists"),
        (["--threads=1,2"], "--threads is '1,2'; allowed: a whole number from 0"),
        (["--mode=evaluate"], "--mode=evaluate is not for sweeps, which train and evaluate"),
        (["--preset=list"], "--preset=list is not for sweeps"),
        (["--images=x"], "--images is for --mode=predict or inspect or report, not "),
        (["--train_steps=5", "--epochs=1,2"], "--train_steps and --epochs both say how long"),
        ([f"--seed={','.join(map(str, range(1001)))}"], "the values make 1,001 runs; allowed: "),
        (["--model_dir="], "--model_dir is missing; expected a folder for the runs of the sweep"),
    ],
)
def test_a_mistake_is_named_before_any_run(arguments, message):
    assert refusal(*arguments).startswith(message)


def test_runs_that_go_at_the_same_time_share_the_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda number: set(range(8)), raising=False)
    assert "--threads=4" in parsed("--jobs=2").runs[0].arguments
    assert "--threads=1" in parsed("--jobs=2", "--threads=1").runs[0].arguments
    assert not [word for word in parsed().runs[0].arguments if "threads" in word]


# Running.


def test_the_table_has_mean_spread_and_best_over_the_seeds(sweep, tmp_path):
    status, out, err = sweep("--learning_rate=0.001,0.5", "--seed=1,2,3")
    assert status == 0
    assert out.splitlines() == [
        "learning_rate  runs  validation (sd)  test (sd)      best test",
        "0.001          3     89.21% (0.10)    90.21% (0.10)  90.31% (seed 3)",
        "0.5            3     94.20% (0.10)    95.20% (0.10)  95.30% (seed 3)",
        "",
        "Best on the validation images: --learning_rate=0.5",
    ]
    assert "Run 6 of 6 ended after 0 s: test accuracy 95.30%" in err
    with open(tmp_path / "s" / "sweep.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["learning_rate"], row["seed"], row["status"]) for row in rows] == [
        (rate, seed, "done") for rate in ("0.001", "0.5") for seed in "123"
    ]
    assert rows[0]["test_accuracy"] == "0.9011"


def test_finished_runs_are_not_repeated_and_more_values_add_runs(sweep, tmp_path):
    sweep("--seed=1,2")
    status, _, err = sweep("--seed=1,2")
    assert status == 0 and "2 of 2 runs are finished already" in err
    _, out, _ = sweep("--seed=1,2,3", "--format=json", "--quiet")
    assert [line.split()[0] for line in began(tmp_path)] == ["seed_1", "seed_2", "seed_3"]
    facts = json.loads(out)
    assert facts == json.loads((tmp_path / "s" / "sweep.json").read_text())
    [setting] = facts["settings"]
    assert setting["runs"] == 3 and setting["test_mean"] == pytest.approx(0.902)
    assert setting["test_standard_deviation"] == pytest.approx(0.001)
    assert setting["best_run"] == "seed_3"


def test_a_run_that_fails_is_named_and_the_others_go_on(sweep, tmp_path):
    status, out, err = sweep("--learning_rate=7,0.001", "--quiet")
    assert status == 1
    assert err == "cnn-mnist-sweep: learning_rate_7 failed: training diverged\n"
    assert out.splitlines()[1].split()[:3] == ["7", "0", "of"]
    sweep("--learning_rate=7,0.001", "--quiet")
    names = [line.split()[0] for line in began(tmp_path)]
    assert names == ["learning_rate_7", "learning_rate_0.001", "learning_rate_7"]


def test_a_dry_run_prints_the_runs_and_starts_none(sweep, tmp_path):
    status, out, _ = sweep("--seed=1,2", "--dry_run")
    assert status == 0 and not (tmp_path / "s").exists()
    first, _ = out.splitlines()
    place = f"{tmp_path}/s/seed_1"
    assert first == f"to run  python -m cnn_mnist.main --model_dir={place} --seed=1"


def test_help_is_printed_and_a_mistake_ends_with_status_2(sweep):
    assert sweep("--help")[:2] == (0, sweep_main.USAGE)
    assert sweep("-h")[:2] == (0, sweep_main.USAGE)
    assert sweep("--seed=x")[0] == 2


def test_a_reader_that_stops_reading_is_not_an_error():
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "cnn_mnist.sweep", "--help"]
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on_once_and_no_further_run_begins(tmp_path, stub, number):
    code = f"import sys; from cnn_mnist.sweep import __main__ as m; m.main(sys.argv[1:], {stub})"
    code = code.replace("m.main(", "sys.exit(m.main(") + ")"
    arguments = [f"--model_dir={tmp_path}/s", "--batch_size=9", "--seed=1,2,3", "--jobs=2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, stderr=subprocess.PIPE, text=True
    )
    places = [tmp_path / "s" / f"batch_size_9-seed_{seed}" for seed in (1, 2, 3)]
    end = time.monotonic() + 30
    while not all((place / "waits").exists() for place in places[:2]):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert err.endswith("cnn-mnist-sweep: stopped; the same command goes on\n")
    assert not places[2].exists()
    if number == signal.SIGTERM:
        assert all((place / "saved").exists() for place in places[:2])


@pytest.mark.slow
def test_a_real_sweep_trains_evaluates_and_goes_on(tmp_path, subprocess_environment, mnist):
    command = [
        *(sys.executable, "-m", "cnn_mnist.sweep", f"--model_dir={tmp_path}/s", "--seed=1,2"),
        *("--train_steps=20", "--architecture=flatten, dense 10", "--offline", "--format=json"),
    ]
    for begins in (2, 0):
        done = subprocess.run(
            command, env=subprocess_environment, capture_output=True, text=True, check=True
        )
        assert done.stderr.count(" begins: ") == begins
        [setting] = json.loads(done.stdout)["settings"]
        assert setting["runs"] == 2 and setting["test_mean"] > 0.3
        assert setting["validation_mean"] > 0.3
    places = [place for place in (tmp_path / "s").iterdir() if place.is_dir()]
    assert sorted(len(runs.read(str(place))) for place in places) == [1, 1]


@pytest.mark.slow
def test_after_a_kill_of_the_sweep_and_its_run_the_same_command_goes_on(
    tmp_path, subprocess_environment, mnist
):
    arguments = [
        *(f"--model_dir={tmp_path}/s", "--seed=1"),
        *("--train_steps=4000", "--save_checkpoints_steps=100", "--validate_every_steps=1000"),
        *("--architecture=flatten, dense 10", "--offline", "--format=json"),
    ]
    place = parsed(*arguments).runs[0].config.model_dir
    command = [sys.executable, "-m", "cnn_mnist.sweep", *arguments]
    process = subprocess.Popen(command, env=subprocess_environment, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 120
        # A checkpoint counts once the file `checkpoint` names it, a moment after its own files.
        while not checkpoints.latest_step(place):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.02)
    finally:
        of_the_sweep = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for number in (process.pid, *map(int, of_the_sweep.read_text().split())):
            os.kill(number, signal.SIGKILL)
        process.wait()
    assert not runs.read(place)
    done = subprocess.run(
        command, env=subprocess_environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["settings"][0]["runs"] == 1
    [record] = runs.read(place)
    assert 0 < record["trained"]["first_step"] < record["trained"]["last_step"] == 4000
