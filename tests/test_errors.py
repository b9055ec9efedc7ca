"""Errors form a tree: each kind of problem, such as a slow server, has its own class."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
import socket

import numpy as np
import pytest

from cnn_mnist import config, errors
from cnn_mnist.data import images, loading, splits
from cnn_mnist.evaluation import results
from cnn_mnist.exporting import exporter
from cnn_mnist.exporting.tfjs import reader
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.networks import architecture
from cnn_mnist.serving import answers, clients
from cnn_mnist.serving.server import Server
from cnn_mnist.support import terminal
from cnn_mnist.training import readiness
from cnn_mnist.training.lock import TrainingLock

SERVER = Server("localhost:1", "mnist", 0.2, 0, 1, 1)


def depths(text: str) -> list[tuple[int, str]]:
    """Returns the depth and the name of each class in the docstring's tree."""
    rows = re.findall(r"^([│├└─ ]*)(\w+Error) ", text, re.M)
    return [(len(drawn) // 4, name) for drawn, name in rows]


def test_the_docstring_draws_the_tree_as_it_is():
    path: list[type] = []
    found = depths(errors.__doc__)
    for depth, name in found:
        kind = getattr(errors, name)
        path = [*path[:depth], kind]
        assert kind.__bases__[0] is (path[-2] if depth else ValueError), name
    classes = {n for n, value in vars(errors).items() if isinstance(value, type)} - {"Any"}
    assert {name for _, name in found} == classes


def test_diverged_error_names_the_step_and_the_reason():
    error = errors.DivergedError(1234, "the loss is nan")
    assert (error.step, error.what, error.result) == (1234, "the loss is nan", None)
    assert str(error) == "the loss is nan at step 1,234"


ERROR = errors.DataError(
    f"{errors.given(dataset='x')} is empty; give another {errors.argument('dataset')}\n"
    f"or {errors.wording('call load', 'type --load')}"
)


def test_str_names_arguments_and_one_line_names_flags():
    assert str(ERROR) == "dataset=x is empty; give another dataset\nor call load"
    assert repr(ERROR) == f"DataError({str(ERROR)!r})"
    assert errors.one_line(ERROR) == ("--dataset=x is empty; give another --dataset or type --load")


def test_an_error_in_the_message_of_another_keeps_both_wordings():
    outer = errors.ExportError(f"no export: {ERROR.both_wordings}")
    assert str(outer) == f"no export: {ERROR}"
    assert errors.one_line(outer) == f"no export: {errors.one_line(ERROR)}"


@pytest.mark.parametrize("copied", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_copied_error_keeps_both_wordings(copied):
    assert str(copied(ERROR)) == str(ERROR)
    assert errors.one_line(copied(ERROR)) == errors.one_line(ERROR)


@pytest.mark.parametrize("value", ["--dataset", "{0}", r"\1 \2 \g<0>", "\0", "\1a\2b", "argument"])
def test_a_value_is_shown_as_it_is_in_both_wordings(value):
    error = errors.DataError(f"{errors.given(dataset=value)} is empty")
    shown = terminal.visible(value)
    assert str(error) == f"dataset={shown} is empty"
    assert errors.one_line(error) == f"--dataset={shown} is empty"


KINDS = [getattr(errors, name) for _, name in depths(errors.__doc__)]
HOSTILE = "\x1b[2J\x9b1m\r\x07\N{RIGHT-TO-LEFT OVERRIDE}\udcff\x7f\0 name"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_error_brings_control_characters_to_the_terminal_or_fills_it(kind, capsys):
    rest = (f"{HOSTILE}\n{'x' * 100_000} is unknown; allowed: y",)
    error = kind(3, *rest) if kind is errors.DivergedError else kind(*rest)
    again = errors.DataError(f"{errors.given(dataset=HOSTILE)}: {error.both_wordings}")
    for each in (error, again):
        terminal.note(errors.one_line(each))
        printed = capsys.readouterr().err
        assert printed.count("\n") == 1
        for text in (printed.strip("\n"), str(each).replace("\n", ""), errors.one_line(each)):
            assert text == terminal.visible(text)
            assert "\\u001b[2J\\u009b1m" in text and "\\u202e\\udcff" in text
            assert len(text) < 2100
            assert kind is errors.DivergedError or text.endswith("x is unknown; allowed: y")


def test_errors_without_two_wordings_are_shown_as_they_are():
    assert errors.one_line("a\n b") == errors.one_line(ValueError("a\tb")) == "a b"
    assert errors.one_line(errors.InstallationError("pip install a")) == "pip install a"
    assert (
        errors.one_line(errors.DivergedError(3, "the loss is nan")) == "the loss is nan at step 3"
    )
    assert errors.one_line(errors.UserError()) == ""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def ask_nobody(kind):
    address = f"{kind}127.0.0.1:{free_port()}"
    client = clients.connect(dataclasses.replace(SERVER, address=address))
    try:
        client.predict("serving_default", "image", np.zeros([1, 28, 28, 1], np.uint8))
    finally:
        client.close()


def ask_a_silent_one(kind):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"{kind}127.0.0.1:{silent.getsockname()[1]}"
        client = clients.connect(dataclasses.replace(SERVER, address=address))
        try:
            client.version()
        finally:
            client.close()


RAISED = [
    (errors.SettingsError, lambda tmp: config.from_preset(tmp, "none such")),
    (errors.SettingsError, lambda tmp: config.from_preset(tmp, train_steps=1, epochs=1)),
    (errors.SettingsError, lambda tmp: architecture.parse("conv 5x3x8")),
    (errors.SettingsError, lambda tmp: clients.connect(dataclasses.replace(SERVER, address="?"))),
    (errors.SettingsError, lambda tmp: splits.training_count(10, 10, None)),
    (errors.DataError, lambda tmp: loading.load(f"{tmp}/none", None, True)),
    (errors.DataError, lambda tmp: images.read(f"{tmp}/none.png")),
    (errors.DataError, lambda tmp: results.check_images(np.zeros([1, 2, 3]))),
    (errors.CheckpointError, lambda tmp: checkpoints.find(config.from_preset(f"{tmp}/none"))),
    (errors.CheckpointError, lambda tmp: checkpoints.find(config.from_preset(tmp), f"{tmp}/a")),
    (errors.CheckpointError, lambda tmp: exporter.export(config.from_preset(f"{tmp}/none"))),
    (errors.CheckpointError, lambda tmp: readiness.check_trainable(config.from_preset(f"{tmp}/*"))),
    (errors.ExportError, lambda tmp: reader.read(f"{tmp}/none.json")),
    (errors.ServerUnreachableError, lambda tmp: ask_nobody("")),
    (errors.ServerUnreachableError, lambda tmp: ask_nobody("http://")),
    (errors.ServerTimeoutError, lambda tmp: ask_a_silent_one("http://")),
    (errors.ServerRefusedError, lambda tmp: answers.newest_version(SERVER, [])),
]


@pytest.mark.parametrize(("kind", "act"), RAISED, ids=range(len(RAISED)))
def test_each_kind_is_raised_for_its_problem(kind, act, tmp_path):
    with pytest.raises(errors.UserError) as caught:
        act(str(tmp_path))
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


def test_a_second_training_of_a_folder_is_a_checkpoint_error(tmp_path):
    with TrainingLock(str(tmp_path)), pytest.raises(errors.CheckpointError):
        TrainingLock(str(tmp_path)).__enter__()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UNAVAILABLE", errors.ServerUnreachableError),
        ("DEADLINE_EXCEEDED", errors.ServerTimeoutError),
        ("NOT_FOUND", errors.ServerRefusedError),
        ("INVALID_ARGUMENT", errors.ServerRefusedError),
        ("HTTP 400", errors.ServerRefusedError),
    ],
)
def test_each_refusal_of_a_server_has_a_kind(code, kind):
    assert type(answers.refusal(SERVER, code, "why")) is kind


def test_an_answer_of_another_model_is_a_server_error():
    with pytest.raises(errors.ServerError) as caught:
        answers.checked_answer(SERVER, {"other": [1]}, 1, None)
    assert type(caught.value) is errors.ServerError
