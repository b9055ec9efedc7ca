"""scripts/benchmark measures what it says, in turn; how fast anything is, no test judges."""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).parents[2]
BENCHMARK = REPOSITORY / "scripts" / "benchmark.py"
VARIANTS = ["layers", "nn"]


def run_benchmark(environment, folder, *flags):
    return subprocess.run(
        [sys.executable, BENCHMARK, *flags],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def benchmark():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["benchmark"]


class Processes:
    """Stands in for what the benchmark starts: each run is faster than the one before."""

    def __init__(self, finished, fails=""):
        self.finished = finished
        self.fails = fails
        self.commands = []

    def run(self, arguments):
        number = len(self.commands)
        flags = dict(flag[2:].partition("=")[::2] for flag in arguments if flag[:2] == "--")
        kind = pathlib.Path(arguments[0]).stem if arguments[0][0] != "-" else arguments[1]
        self.commands.append((kind, flags))
        if kind == self.fails:
            raise OSError("no such luck")
        output = {"images_per_second": 500.0, "accuracy": 0.9}
        if kind == "cnn_mnist.main" and "dry_run" not in flags:
            trained = {"images_per_second": 400.0 + number, "first_step_time": 107.0}
            runs = pathlib.Path(flags["model_dir"]) / "runs.jsonl"
            runs.write_text(json.dumps({"trained": trained}) + "\n")
        return self.finished(100.0, 10.0 - number / 10, 900.0, json.dumps(output))


def test_rounds_are_in_turn_and_figures_are_those_of_the_runs(
    benchmark, monkeypatch, tmp_path, capsys
):
    processes = Processes(benchmark.Finished)
    monkeypatch.setattr(benchmark, "_run", processes.run)
    flags = ["--rounds=2", "--steps=50", f"--json={tmp_path}/b.json", "--precision=float32"]
    assert benchmark.main([*flags, f"--data_dir={tmp_path}"]) == 0
    preparation, *rest = processes.commands
    assert preparation[0] == "cnn_mnist.main" and "dry_run" in preparation[1]
    of_one_round = [("import tensorflow", None)] + [
        (kind, variant) for variant in VARIANTS for kind in ("cnn_mnist.main", "bare_loop")
    ]
    assert [(kind, flags.get("variant")) for kind, flags in rest] == of_one_round * 2
    shared = {"train_steps": "50", "precision": "float32", "data_dir": str(tmp_path)}
    assert all(shared.items() <= flags.items() for _, flags in rest if flags)

    report = json.loads((tmp_path / "b.json").read_text())
    assert report["precision"] == "float32"
    assert report["import_tensorflow_seconds"]["values"] == [9.9, 9.4]
    layers, nn = (report["variants"][variant] for variant in VARIANTS)
    assert layers["pipeline_images_per_second"]["values"] == [402, 407]
    assert nn["pipeline_images_per_second"]["values"] == [404, 409]
    assert nn["pipeline_images_per_second"]["mean"] == 406.5
    assert nn["pipeline_to_bare_loop"]["values"] == [404 / 500, 409 / 500]
    assert nn["first_step_seconds"]["values"] == [7.0, 7.0]
    assert nn["first_step_beyond_import_seconds"]["values"] == pytest.approx([-2.9, -2.4])
    printed = capsys.readouterr().out
    assert "of 2 runs" in printed
    assert "404 (402–407)" in printed or "405 (402–407)" in printed
    assert not pathlib.Path(processes.commands[2][1]["model_dir"]).exists()


def test_process_that_fails_leaves_no_folder_and_status_1(benchmark, monkeypatch, capsys):
    processes = Processes(benchmark.Finished, fails="bare_loop")
    monkeypatch.setattr(benchmark, "_run", processes.run)
    assert benchmark.main(["--quick"]) == 1
    assert "no such luck" in capsys.readouterr().err
    assert not pathlib.Path(processes.commands[2][1]["model_dir"]).exists()


def test_each_process_is_measured_by_itself():
    # In a process of its own: pytest's, by now perhaps with TensorFlow, would be inherited.
    code = """if True:
        import benchmark, json
        big = benchmark._run(["-c", "b = bytearray(300 * 2**20); print('big')"])
        small = benchmark._run(["-c", "import time; time.sleep(0.3)"])
        print(json.dumps([vars(big), vars(small)]))
    """
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(BENCHMARK.parent), str(REPOSITORY)])},
        capture_output=True,
        check=True,
    )
    big, small = json.loads(result.stdout)
    assert big["output"] == "big\n"
    assert 300 < big["peak_memory_mib"] < 400
    assert small["peak_memory_mib"] < 100
    assert small["seconds"] >= 0.3


def test_failure_says_command_status_and_reason(benchmark):
    with pytest.raises(benchmark.FailedError, match=r"status 3:\nwhy$") as failure:
        benchmark._run(["-c", "import sys; print('why', file=sys.stderr); sys.exit(3)"])
    assert failure.value.status == 1
    assert sys.executable in str(failure.value)


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--rounds=0", "allowed: a whole number from 1 to 100"),
        ("--rounds=two", "'two'"),
        ("--steps=9", "allowed: a whole number from 10"),
        ("--precision=half", "'float32'"),
        ("--data_dir=", "--data_dir"),
        ("--json=/nowhere/b.json", "'/nowhere/b.json' cannot be written"),
        ("--json=/", "cannot be written"),
        ("--round=1", "--round=1"),
        ("left", "left"),
    ],
)
def test_bad_flag_is_one_line_and_status_2(benchmark, capsys, flag, said):
    with pytest.raises(SystemExit) as ended:
        benchmark.main([flag])
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.startswith("scripts/benchmark: ") and said in line


def test_help_names_every_flag(benchmark, capsys):
    with pytest.raises(SystemExit) as ended:
        benchmark.main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for flag in ("rounds", "steps", "quick", "precision", "data_dir", "json"):
        assert f"--{flag}" in text


def test_script_runs_it_in_the_environment(tmp_path):
    scripts = tmp_path / "the scripts"
    scripts.mkdir()
    shutil.copy(REPOSITORY / "scripts" / "benchmark", scripts)
    (scripts / "run").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n')
    (scripts / "run").chmod(0o755)
    result = subprocess.run(
        [scripts / "benchmark", "--quick", "a b"], cwd="/", capture_output=True, text=True
    )
    assert result.stdout.splitlines() == ["python", f"{scripts}/benchmark.py", "--quick", "a b"]
    assert result.returncode == 3


@pytest.mark.slow
def test_real_run(tmp_path, mnist, data_dir, subprocess_environment):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "mnist").mkdir()  # Must not be taken for the data set.
    result = run_benchmark(
        {**subprocess_environment, "TMPDIR": str(temporary)},
        tmp_path,
        "--rounds=1",
        "--steps=30",
        f"--data_dir={data_dir}",
        "--json=b.json",
    )
    assert result.returncode == 0, result.stderr
    assert not [name for name in os.listdir(temporary) if "benchmark" in name]

    report = json.loads((tmp_path / "b.json").read_text())
    assert report["steps"] == 30 and report["rounds"] == 1 and report["batch_size"] == 100
    assert report["precision"] in ("float32", "bfloat16")
    assert report["machine"]["cpu"] and report["machine"]["cores"] >= 1
    assert {"python", "tensorflow-estimator", "numpy"} <= report["versions"].keys()
    assert list(report["variants"]) == VARIANTS
    [imported] = report["import_tensorflow_seconds"]["values"]
    for figures in report["variants"].values():
        value = {key: figure["values"][0] for key, figure in figures.items()}
        for key, figure in figures.items():
            assert figure["runs"] == len(figure["values"]) == 1
            assert figure["min"] == figure["mean"] == figure["max"] == value[key]
        pipeline, bare = value["pipeline_images_per_second"], value["bare_loop_images_per_second"]
        assert pipeline > 0 and bare > 0
        assert value["pipeline_to_bare_loop"] == pytest.approx(pipeline / bare)
        assert imported > 0 and 0 < value["first_step_seconds"] < value["whole_seconds"]
        beyond = value["first_step_seconds"] - imported
        assert value["first_step_beyond_import_seconds"] == pytest.approx(beyond)
        assert 0.5 < value["test_accuracy"] <= 1
        assert 100 < value["peak_memory_mib"] < 8000

    head, body = result.stdout.split("\n\n")
    assert "30 steps of 100" in head and report["machine"]["cpu"] in head and "1 run" in head
    assert f"numpy {report['versions']['numpy']}" in head
    titles, *rows = [re.split(r"\s{3,}", line) for line in body.splitlines()]
    assert titles == ["", *VARIANTS]
    cells = {label.strip(): texts for label, *texts in rows}
    for label, key, form in [
        ("Pipeline, images/s", "pipeline_images_per_second", "{:,.0f}"),
        ("Pipeline / bare loop", "pipeline_to_bare_loop", "{:.3f}"),
        ("Test accuracy", "test_accuracy", "{:.2%}"),
    ]:
        expected = [form.format(report["variants"][name][key]["mean"]) for name in VARIANTS]
        assert cells[label] == expected
    assert cells["Importing TensorFlow alone, s"] == [f"{imported:.2f}"]


@pytest.mark.slow
def test_data_that_cannot_be_prepared_is_one_line_and_status_2(tmp_path, subprocess_environment):
    (tmp_path / "file").touch()
    result = run_benchmark(subprocess_environment, tmp_path, "--data_dir=file")
    assert result.returncode == 2
    assert result.stdout == ""
    [_, line] = result.stderr.splitlines()
    assert line.startswith("scripts/benchmark: ") and "--data_dir" in line
