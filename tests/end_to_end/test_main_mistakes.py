"""A mistake in the flags ends in one line and exit status 2."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cnn_mnist.cli import modes

MISTAKES = [
    (
        ["--mode=fly"],
        "--mode=fly is unknown; allowed: train_and_evaluate, train, evaluate, predict",
    ),
    (["--variant=keras"], "--variant=keras is unknown; allowed: layers, nn"),
    (
        ["--preset=best"],
        "--preset=best is unknown; allowed: modern, layers_tutorial, low_level, fashion, browser, "
        "dense, fastest, accurate, drawn, list",
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
    (["--dataset=/no/folder"], "--dataset=/no/folder does not exist; expected a folder of IDX"),
    (["--validation_examples=60000"], "--validation_examples=60000 leaves nothing to train on"),
    (["--architecture=flatten, dense 1"], "--architecture must end in 'dense N', one logit for"),
    (["--architecture=flatten, dense 5"], "--dataset=mnist has 10 classes, and the network has 5"),
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


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (MemoryError(), "out of memory"),
        # Python's own words where the system refuses a thread, for want of memory or by a limit.
        (RuntimeError("can't start new thread"), "out of memory or threads"),
    ],
)
def test_memory_that_is_used_up_is_one_line_with_status_2(
    tmp_path, command, monkeypatch, capsys, error, what
):
    def fails(*arguments):
        raise error

    monkeypatch.setitem(modes.MODES, "summary", fails)
    assert command(f"--model_dir={tmp_path}", "--mode=summary") == 2
    said = capsys.readouterr().err
    assert said == f"cnn-mnist: {what}; the same command goes on where there is more\n"


def test_another_runtime_error_keeps_its_traceback(tmp_path, command, monkeypatch):
    def fails(*arguments):
        raise RuntimeError("a fault of the program")

    monkeypatch.setitem(modes.MODES, "summary", fails)
    with pytest.raises(RuntimeError, match="a fault of the program"):
        command(f"--model_dir={tmp_path}", "--mode=summary")


def test_a_thread_that_the_system_refuses_has_the_words_that_are_looked_for():
    """With a limit of memory in a process of its own, where the next thread cannot be started."""
    code = """
import resource, threading
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**20,) * 2)
threading.Thread(target=print).start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.endswith("RuntimeError: can't start new thread\n")
