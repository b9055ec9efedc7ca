"""scripts/benchmark measures what it says, in turn; how fast anything is, no test judges."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from benchmarks import command, environment, flags, machine, measures, processes, rows, session
from places import REPOSITORY

from cnn_mnist.config import precision

BENCHMARKS = REPOSITORY / "scripts" / "benchmarks"


def run_benchmark(environment, folder, *flags):
    return subprocess.run(
        [sys.executable, BENCHMARKS, *flags],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )


class Rows:
    """Rows that only write down that they were measured; each run is faster than the last."""

    def __init__(self):
        self.calls = []
        self.ends = {}
        self.others = {}
        """The share of the processors that other work takes, by the number of the call."""

    def row(self, name, group="ours", **attributes):
        def measure(setting):
            self.calls.append((name, setting.seed, setting.recipe.train_steps))
            error = self.ends.get((name, setting.seed))
            if error:
                raise error
            rate = 1000.0 + len(self.calls)
            return {"images_per_second": rate, "test_accuracy": 0.9, "whole_seconds": 9.0}

        return rows.Row(name, group, name.upper(), measure, **attributes)


@pytest.fixture
def stand_ins(monkeypatch):
    """`main` measures rows that start no process: one of ours, its loop, one other."""
    made = Rows()
    listed = [
        made.row("layers", kind="pipeline", bare_loop="loop", is_quick=True),
        made.row("loop", kind="bare_loop"),
        made.row("other", group="flax", kind="recipe", rival="Flax"),
    ]
    monkeypatch.setattr(rows, "all_rows", lambda precision=None: listed)
    monkeypatch.setattr(measures, "prepare", lambda setting, for_peers: None)
    monkeypatch.setattr(machine, "kernels", lambda: "Eigen, chosen by a test")
    monkeypatch.setattr(machine, "Watch", lambda: Watched(made))
    return made


class Watched:
    """In place of the real watch, which would see the other processes of the test run."""

    def __init__(self, made):
        self.made = made

    def other_work(self):
        return machine.OtherWork(self.made.others.get(len(self.made.calls), 0.0), 0.0)


def test_rounds_are_in_turn_with_a_seed_each(stand_ins, tmp_path, capsys):
    path = tmp_path / "b.json"
    assert command.main(["--rounds=2", "--steps=50", f"--json={path}"]) == 0
    names = ["layers", "loop", "other"]
    assert stand_ins.calls == [(name, seed, 50) for seed in (1, 2) for name in names]
    report = json.loads(path.read_text())
    assert report["steps"] == 50 and report["rounds"] == 2
    rates = {row["name"]: row["figures"]["images_per_second"] for row in report["rows"]}
    assert rates["layers"]["values"] == [1001, 1004] and rates["layers"]["mean"] == 1002.5
    assert rates["other"]["min"] == 1003 and rates["other"]["max"] == 1006
    printed = capsys.readouterr().out
    assert "of 2 runs" in printed
    assert re.search(r"^OTHER +1,004 \(1,003–1,006\)", printed, re.MULTILINE)


def test_a_disturbed_round_is_measured_again_and_only_the_new_figures_count(
    stand_ins, tmp_path, capsys
):
    stand_ins.others = {2: 0.25}
    path = tmp_path / "b.json"
    assert command.main(["--rounds=2", f"--json={path}"]) == 0
    assert [seed for _, seed, _ in stand_ins.calls] == [1, 1, 1, 1, 1, 1, 2, 2, 2]
    report = json.loads(path.read_text())
    rates = {row["name"]: row["figures"]["images_per_second"]["values"] for row in report["rows"]}
    assert rates == {"layers": [1004, 1007], "loop": [1005, 1008], "other": [1006, 1009]}
    text = "LOOP: other processes took 25% of the processors, 0% stolen"
    assert report["disturbed"] == [f"round 1, {text}"]
    printed = capsys.readouterr()
    assert f"Disturbed   round 1, {text}\n" in printed.out
    assert "round 1 of 2 again\n" in printed.err


def test_a_round_that_stays_disturbed_is_kept_and_that_is_said(stand_ins, tmp_path, capsys):
    stand_ins.others = dict.fromkeys(range(100), 0.5)
    path = tmp_path / "b.json"
    assert command.main(["--rounds=1", "--only=layers", f"--json={path}"]) == 0
    assert len(stand_ins.calls) == 1 + flags.REPEATS
    report = json.loads(path.read_text())
    [row] = report["rows"]
    assert row["figures"]["images_per_second"]["values"] == [1000 + len(stand_ins.calls)]
    assert len(report["disturbed"]) == 1 + flags.REPEATS
    assert capsys.readouterr().err.count("again") == flags.REPEATS


def test_without_repeats_a_disturbed_round_is_kept_at_once(stand_ins, capsys):
    stand_ins.others = {1: 0.5}
    assert command.main(["--rounds=1", "--repeats=0", "--only=layers"]) == 0
    assert len(stand_ins.calls) == 1
    printed = capsys.readouterr()
    assert "Disturbed   round 1, LAYERS" in printed.out and "again" not in printed.err


def test_a_failure_in_a_round_that_is_measured_again_is_forgotten(stand_ins):
    stand_ins.ends["layers", 1] = OSError("once")
    stand_ins.others = {1: 1.0}

    def say(text):
        if text.endswith("again"):
            stand_ins.ends.clear()

    measured = session.run(flags.parse(["--rounds=1", "--only=layers"]), say)
    [one] = measured.measured
    assert measured.status == 0 and one.failures == [] and len(one.rounds) == 1


@pytest.mark.parametrize(("load", "said"), [(0.1, False), (99.0, True)])
def test_a_machine_that_is_busy_before_the_session_is_said(stand_ins, monkeypatch, load, said):
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    lines = []
    session.run(flags.parse(["--rounds=1", "--quick"]), lines.append)
    assert (f"the machine is busy (load {load:.2f})" in lines[0]) is said


def test_row_that_fails_loses_no_other_and_ends_with_status_1(stand_ins, tmp_path, capsys):
    stand_ins.ends["loop", 1] = processes.FailedError("loop ended with status 3:\nwhy", 1)
    path = tmp_path / "b.json"
    assert command.main(["--rounds=2", f"--json={path}"]) == 1
    assert len(stand_ins.calls) == 6
    printed = capsys.readouterr().out
    assert "Failed      loop, round 1: why" in printed
    report = json.loads(path.read_text())
    by_name = {row["name"]: row for row in report["rows"]}
    assert by_name["loop"]["figures"]["images_per_second"]["values"] == [1005]
    assert by_name["loop"]["failures"] == [{"round": 1, "reason": "loop ended with status 3:\nwhy"}]
    # Only the second round has both.
    assert report["pipeline_to_bare_loop"]["layers"]["values"] == [1004 / 1005]


def test_row_that_always_fails_is_in_the_table(stand_ins, capsys):
    stand_ins.ends["layers", 1] = ValueError("no JSON")
    assert command.main(["--rounds=1"]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"^LAYERS +failed", printed, re.MULTILINE)
    assert re.search(r"^OTHER +1,003", printed, re.MULTILINE)


def test_stopped_reports_what_there_is(stand_ins, capsys):
    stand_ins.ends["other", 2] = KeyboardInterrupt()
    assert command.main(["--rounds=9"]) == 130
    printed = capsys.readouterr()
    assert re.search(r"^LAYERS +1,002 \(1,001–1,004\)", printed.out, re.MULTILINE)
    assert printed.err.endswith("scripts/benchmark: stopped\n")


def test_stopped_before_the_first_figure_prints_no_table(stand_ins, capsys):
    stand_ins.ends["layers", 1] = KeyboardInterrupt()
    assert command.main([]) == 130
    assert capsys.readouterr().out == ""


def test_data_that_cannot_be_had_end_it(stand_ins, monkeypatch, capsys):
    def prepare(setting, for_peers):
        raise processes.FailedError("no data", 2)

    monkeypatch.setattr(measures, "prepare", prepare)
    assert command.main([]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "scripts/benchmark: no data"


def test_peers_are_set_up_and_warmed_up_only_where_asked_for(stand_ins, monkeypatch, capsys):
    set_up = []
    monkeypatch.setattr(environment, "set_up", set_up.append)
    monkeypatch.setattr(environment, "versions", lambda: {"torch": "9.9"})
    listed = [*rows.all_rows(), stand_ins.row("torch", group="pytorch", kind="peer")]
    monkeypatch.setattr(rows, "all_rows", lambda precision=None: listed)
    assert command.main(["--only=layers", "--rounds=1", "--steps=50"]) == 0
    assert not set_up and "torch" not in capsys.readouterr().out
    assert command.main(["--only=layers,torch", "--rounds=1", "--steps=50"]) == 0
    assert len(set_up) == 1
    warm_up, *rest = stand_ins.calls[1:]
    assert warm_up == ("torch", 1, session.WARM_UP_STEPS)
    assert rest == [("layers", 1, 50), ("torch", 1, 50)]
    assert re.search(r"^Peers +torch 9\.9$", capsys.readouterr().out, re.MULTILINE)


# Flags


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--rounds=0", "allowed: a whole number from 1 to 100"),
        ("--rounds=two", "'two'"),
        ("--repeats=-1", "allowed: a whole number from 0 to 100"),
        ("--steps=19", "allowed: a whole number from 20"),
        ("--only=torch", "--only: 'torch' is unknown; allowed: ours, pytorch,"),
        ("--only=ours,", "--only: '' is unknown"),
        ("--precision=half", "'float32'"),
        ("--data_dir=", "--data_dir"),
        ("--json=/nowhere/b.json", "'/nowhere/b.json' cannot be written"),
        ("--json=/", "cannot be written"),
        ("--round=1", "--round=1"),
        ("left", "left"),
    ],
)
def test_bad_flag_is_one_line_and_status_2(capsys, monkeypatch, flag, said):
    monkeypatch.setattr(session, "run", lambda options, say: pytest.fail("it measures"))
    with pytest.raises(SystemExit) as ended:
        command.main([flag])
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.startswith("scripts/benchmark: ") and said in line


def test_help_names_every_flag(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for flag in (
        "only",
        "list",
        "rounds",
        "repeats",
        "steps",
        "quick",
        "precision",
        "data_dir",
        "json",
    ):
        assert f"--{flag}" in text


def test_list_names_every_group_and_row(capsys):
    assert command.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = {line.split()[0].rstrip(":") for line in lines}
    names = {row.name for row in rows.all_rows()}
    assert len(names) == len(rows.all_rows())
    assert listed == {*rows.GROUPS, *rows.ALIASES, *names}


def chosen(*arguments):
    return [row.name for row in flags.parse(arguments).rows]


def test_only_takes_groups_aliases_and_rows():
    every = rows.all_rows()
    assert chosen() == [row.name for row in every]
    assert chosen("--only=start,flax") == [
        row.name for row in every if row.group in ("flax", "start")
    ]
    assert chosen("--only=training") == [row.name for row in every if row.group in rows.TRAINING]
    assert chosen("--only=help,flax-float32") == ["flax-float32", "help"]


def test_quick_takes_marked_rows_and_all_that_are_named():
    marked = [row.name for row in rows.all_rows() if row.is_quick]
    assert chosen("--quick") == marked
    assert {"layers-auto", "layers-auto-bare_loop", "import-tensorflow"} <= set(marked)
    assert chosen("--quick", "--only=start") == chosen("--only=start") != []
    options = flags.parse(["--quick"])
    assert (options.rounds, options.steps) == (flags.QUICK_ROUNDS, flags.QUICK_STEPS)
    options = flags.parse(["--quick", "--rounds=2", "--steps=70"])
    assert (options.rounds, options.steps) == (2, 70)


@pytest.mark.parametrize("has_bfloat16", [True, False])
def test_quick_takes_the_peers_in_the_precision_that_the_processor_is_fast_in(
    monkeypatch, has_bfloat16
):
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: has_bfloat16)
    marked = [row for row in rows.all_rows() if row.is_quick and row.kind == "peer"]
    assert [row.group for row in marked] == ["pytorch", "keras", "flax"]
    wanted = "bfloat16" if has_bfloat16 else "float32"
    assert [row.precision for row in marked] == [wanted, wanted, "float32"]


@pytest.mark.parametrize(("users", "passed_on"), [(None, "1"), ("0", "0")])
def test_keras_on_tensorflow_gets_onednn_as_ours_does_unless_the_user_decides(
    monkeypatch, users, passed_on
):
    monkeypatch.delenv(rows.ONEDNN, raising=False)
    if users is not None:
        monkeypatch.setenv(rows.ONEDNN, users)
    variables = {}
    monkeypatch.setattr(measures, "peer", lambda module, flags, given: variables.update(given))
    rows.all_rows()
    assert variables[rows.ONEDNN] == passed_on


def test_precision_chooses_our_rows_and_those_only():
    ours = chosen("--only=ours", "--precision=float32")
    assert ours[0] == "layers-float32" and len(ours) == 4
    assert chosen("--only=flax", "--precision=float32") == chosen("--only=flax")


def test_auto_that_is_float32_is_measured_once(monkeypatch):
    monkeypatch.setattr("cnn_mnist.config.precision.processor_has_bfloat16", lambda: False)
    assert not [name for name in chosen("--only=ours") if "float32" in name]
    monkeypatch.setattr("cnn_mnist.config.precision.processor_has_bfloat16", lambda: True)
    assert [name for name in chosen("--only=ours") if "float32" in name]


def test_recipes_are_those_that_there_are(monkeypatch):
    from cnn_mnist.config import presets

    def recipes():
        return [row.name for row in rows.all_rows() if row.kind == "recipe"]

    assert recipes() == ["recipe-fastest", "recipe-modern"]
    # Another dictionary: what is deleted and put back comes last.
    others = {name: preset for name, preset in presets.PRESETS.items() if name != "fastest"}
    monkeypatch.setattr(presets, "PRESETS", others)
    assert recipes() == ["recipe-modern"]


# Processes


def test_each_process_is_measured_by_itself():
    # In a process of its own: pytest's, by now perhaps with TensorFlow, would be inherited.
    code = """if True:
        import json, sys
        from benchmarks import processes
        def run(code): return processes.run([sys.executable, "-c", code])
        big = run("b = bytearray(300 * 2**20); print('big')")
        small = run("import time; time.sleep(0.3)")
        print(json.dumps([vars(big), vars(small)]))
    """
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)},
        capture_output=True,
        check=True,
    )
    big, small = json.loads(result.stdout)
    assert big["output"] == "big\n"
    assert 300 < big["peak_memory_mib"] < 400
    assert small["peak_memory_mib"] < 100
    assert small["seconds"] >= 0.3


def test_process_runs_in_its_folder_and_environment(tmp_path):
    code = "import os; print(os.getcwd(), os.environ['WHERE'])"
    ended = processes.run([sys.executable, "-c", code], str(tmp_path), {"WHERE": "here"})
    assert ended.output.split() == [str(tmp_path), "here"]


def test_failure_says_command_status_and_reason():
    code = "import sys; print('why', file=sys.stderr); sys.exit(3)"
    with pytest.raises(processes.FailedError, match=r"status 3:\nwhy$") as failure:
        processes.run([sys.executable, "-c", code])
    assert failure.value.status == 1
    assert sys.executable in str(failure.value)


def test_script_runs_it_in_the_environment(tmp_path):
    scripts = tmp_path / "the scripts"
    scripts.mkdir()
    shutil.copy(REPOSITORY / "scripts" / "benchmark", scripts)
    (scripts / "run").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n')
    (scripts / "run").chmod(0o755)
    result = subprocess.run(
        [scripts / "benchmark", "--quick", "a b"], cwd="/", capture_output=True, text=True
    )
    assert result.stdout.splitlines() == ["python", f"{scripts}/benchmarks", "--quick", "a b"]
    assert result.returncode == 3


def test_it_imports_no_tensorflow():
    result = subprocess.run(
        [sys.executable, "-X", "importtime", BENCHMARKS, "--list"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "benchmarks.session" in result.stderr
    assert not re.search(r"\| +tensorflow$", result.stderr, re.MULTILINE)


# The real thing


@pytest.mark.slow
@pytest.mark.long
def test_real_run(tmp_path, mnist, data_dir, subprocess_environment):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "mnist").mkdir()  # Must not be taken for the data set.
    result = run_benchmark(
        {**subprocess_environment, "TMPDIR": str(temporary)},
        tmp_path,
        "--quick",
        "--only=layers-auto,layers-auto-bare_loop,recipe-modern,import-tensorflow,help,"
        "first_step-nn,answer",
        "--steps=30",
        # Other tests run beside this one.
        "--repeats=0",
        f"--data_dir={data_dir}",
        "--json=b.json",
    )
    assert result.returncode == 0, result.stderr
    assert not [name for name in os.listdir(temporary) if "benchmark" in name]

    report = json.loads((tmp_path / "b.json").read_text())
    assert report["steps"] == 30 and report["rounds"] == 1 and report["batch_size"] == 100
    assert report["machine"]["cpu"] and report["machine"]["cores"] >= 1
    assert {"python", "tensorflow-estimator", "numpy"} <= report["versions"].keys()
    assert report["peer_versions"] == {}
    figures = {row["name"]: value_of(row["figures"]) for row in report["rows"]}
    pipeline, loop = figures["layers-auto"], figures["layers-auto-bare_loop"]
    assert 0 < pipeline["first_step_seconds"] < pipeline["whole_seconds"]
    assert 0.5 < pipeline["test_accuracy"] <= 1
    assert 100 < pipeline["peak_memory_mib"] < 8000
    rates = pipeline["images_per_second"], loop["images_per_second"]
    assert min(rates) > 0
    [ratio] = report["pipeline_to_bare_loop"]["layers-auto"]["values"]
    assert ratio == pytest.approx(rates[0] / rates[1])
    recipe = figures["recipe-modern"]
    assert recipe["reached"] == 0 and recipe["target_seconds"] == recipe["whole_seconds"]
    beyond = report["first_step_beyond_import_seconds"]["first_step-nn"]["mean"]
    imported = figures["import-tensorflow"]["whole_seconds"]
    assert beyond == pytest.approx(figures["first_step-nn"]["first_step_seconds"] - imported)
    assert figures["help"]["whole_seconds"] < imported

    assert "30 steps of 100" in result.stdout and report["machine"]["cpu"] in result.stdout
    assert f"numpy {report['versions']['numpy']}" in result.stdout
    assert f"{pipeline['images_per_second']:,.0f}" in result.stdout


def value_of(figures):
    values = {}
    for key, figure in figures.items():
        assert figure["runs"] == len(figure["values"]) == 1
        assert figure["min"] == figure["mean"] == figure["max"] == figure["values"][0]
        values[key] = figure["mean"]
    return values


@pytest.mark.slow
def test_data_that_cannot_be_prepared_is_one_line_and_status_2(tmp_path, subprocess_environment):
    (tmp_path / "file").touch()
    result = run_benchmark(subprocess_environment, tmp_path, "--only=ours", "--data_dir=file")
    assert result.returncode == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    [_, line] = [line for line in lines if not line.startswith("the machine is busy")]
    assert line.startswith("scripts/benchmark: ") and "--data_dir" in line
