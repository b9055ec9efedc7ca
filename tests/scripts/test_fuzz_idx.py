"""scripts/fuzz_idx tries inputs, says what came of them, and keeps those that show a fault."""

import importlib.util
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from places import REPOSITORY

from cnn_mnist.data import idx

FUZZING = REPOSITORY / "scripts" / "fuzzing"

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed"
)


def load(name):
    spec = importlib.util.spec_from_file_location(f"fuzzing_{name}", FUZZING / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


command, worker = load("__main__"), load("worker")


def run(folder, *arguments, repository=REPOSITORY):
    return subprocess.run(
        [sys.executable, repository / "scripts" / "fuzzing", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def figures(printed):
    """Returns the number that begins each line, by the word before it."""
    rows = re.findall(r"^(\w+) +([\d,.]+)", printed, re.MULTILINE)
    return {name: float(number.replace(",", "")) for name, number in rows}


@pytest.mark.slow
@needs_atheris
def test_every_input_is_counted_and_a_sound_reader_has_no_fault(tmp_path):
    done = run(tmp_path, "--runs=500")
    assert (done.returncode, done.stderr) == (0, "")
    found = figures(done.stdout)
    assert found["inputs"] == found["read"] + found["refused"] == 500
    assert found["read"] > 5 and found["refused"] > 5
    assert found["coverage"] > 20
    assert found["faults"] == 0
    assert re.search(r"^slowest +\d\.\d{3} s of processor time, [\d,]+ bytes$", done.stdout, re.M)
    assert re.search(r"^memory +at most [\d,]+ MiB, [\d,]+ more than at the s", done.stdout, re.M)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@needs_atheris
def test_inputs_that_reach_new_lines_are_kept_in_the_corpus_that_is_named(tmp_path):
    assert run(tmp_path, "--runs=500", "--corpus=corpus").returncode == 0
    names = {path.name for path in (tmp_path / "corpus").iterdir()}
    assert set(worker.seeds()) < names


def copy_with_a_fault(folder, line):
    """Copies the script and a package whose reader runs `line` after five labels."""
    shutil.copytree(FUZZING, folder / "scripts" / "fuzzing")
    unwanted = shutil.ignore_patterns("*.gz", "*.png", "web", "__pycache__")
    shutil.copytree(REPOSITORY / "cnn_mnist", folder / "cnn_mnist", ignore=unwanted)
    path = folder / "cnn_mnist" / "data" / "idx.py"
    whole = path.read_text()
    end = "    return labels.astype(np.int32)"
    assert whole.count(end) == 1
    path.write_text(whole.replace(end, f"    if len(labels) == 5:\n        {line}\n{end}"))
    return folder


@pytest.mark.slow
@needs_atheris
def test_an_input_that_raises_anything_else_is_saved_and_ends_with_status_1(tmp_path):
    copy = copy_with_a_fault(tmp_path / "copy", "1 // 0")
    done = run(tmp_path, "--runs=200", "--faults=here", repository=copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert figures(done.stdout)["faults"] == 1
    [saved] = (tmp_path / "here").iterdir()
    assert saved.name.startswith("ZeroDivisionError-idx.py-")
    assert "ZeroDivisionError: integer division or modulo by zero" in done.stdout
    assert done.stdout.endswith(f": here/{saved.name}\n")
    assert len(idx.read_labels(str(saved))) == 5


@pytest.mark.slow
@needs_atheris
def test_an_input_that_ends_the_process_is_saved_and_ends_with_status_1(tmp_path):
    copy = copy_with_a_fault(tmp_path / "copy", "os.abort()")
    done = run(tmp_path, "--runs=200", "--faults=here", repository=copy)
    assert done.returncode == 1, done.stdout + done.stderr
    [saved] = (tmp_path / "here").iterdir()
    assert len(idx.read_labels(str(saved))) == 5
    assert done.stderr.endswith("an input that ended it is in here\n")


def test_without_atheris_one_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    assert command.main(["--runs=1"]) == 2
    assert capsys.readouterr().err == (
        "scripts/fuzz_idx: atheris is not installed: pip install atheris\n"
    )


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--runs=0"], "argument --runs: must be a positive number, not '0'"),
        (["--minutes=nan"], "argument --minutes: must be a positive number, not 'nan'"),
        (["--runs=1", "--minutes=1"], "argument --minutes: not allowed with argument --runs"),
        (["--run=1"], "unrecognized arguments: --run=1"),
    ],
)
def test_wrong_arguments_are_named(capsys, arguments, named):
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err == f"scripts/fuzz_idx: {named}; --help lists the flags\n"


def test_every_seed_is_a_valid_file(tmp_path):
    for name, content in worker.seeds().items():
        path = tmp_path / name
        path.write_bytes(content)
        if "labels" in name or "members" in name:
            idx.read_labels(str(path))
        else:
            size = 2 if "small" in name else 28
            assert idx.read_images(str(path), size, size).dtype == np.uint8


def test_gzipped_inputs_are_changed_inside_as_well(tmp_path):
    """`change` is a double that turns the first label into 7."""
    packed = worker.seeds()["labels-5.gz"]
    inside = worker.mutate(packed, 8192, 3, lambda data, most: data[:8] + b"\7" + data[9:])
    (tmp_path / "x").write_bytes(inside)
    assert idx.read_labels(str(tmp_path / "x")).tolist() == [7, 1, 2, 3, 4]
    assert worker.mutate(packed, 8192, 4, lambda data, most: b"changed") == b"changed"
    assert worker.mutate(packed[:-9], 8192, 3, lambda data, most: data)[:2] == b"\x1f\x8b"
    assert worker.mutate(b"plain", 8192, 2, lambda data, most: data)[:2] == b"\x1f\x8b"
