"""The lines that the command prints about pictures."""

import json
import sys

import numpy as np
import pytest

from cnn_mnist.cli import output
from cnn_mnist.evaluation.readings import Reading
from cnn_mnist.evaluation.results import Predictions
from cnn_mnist.support import shell

NAMES = tuple("0123456789")


def answers(*classes, blank=False, uncertain=False):
    count = len(classes)
    probabilities = np.full((count, 10), 0.02, np.float32)
    probabilities[np.arange(count), classes] = 0.82
    return Predictions(
        np.array(classes),
        probabilities,
        np.full(count, blank),
        np.full(count, uncertain),
        np.full(count, 0.75),
        np.full(count, 0.5),
    )


def plain(*classes):
    """Answers of a model without a calibration."""
    found = answers(*classes)
    return Predictions(found.classes, found.probabilities, found.blank)


@pytest.mark.parametrize(
    "found, text",
    [
        (answers(7), "x.png: 7 (82.0%)"),
        (plain(7), "x.png: 7 (82.0%)"),
        (answers(7, uncertain=True), "x.png: 7 (82.0%), uncertain"),
        (answers(7, blank=True), "x.png: nothing is drawn"),
    ],
)
def test_the_text_of_one_digit(found, text):
    assert output.reading("x.png", Reading(found), NAMES, "text") == text


def test_the_text_of_several_digits():
    boxes = ((0.1, 0, 0.5, 0.2), (0.1, 0.4, 0.5, 0.6), (0.6, 0.1, 0.9, 0.2))
    found = Reading(answers(4, 2, 9), boxes)
    line = output.reading("x.png", found, NAMES, "text")
    assert line == "x.png: 42 9: 4 (82.0%); 2 (82.0%); 9 (82.0%)"
    nothing = Reading(Predictions.of_no_image(), ())
    assert output.reading("x.png", nothing, NAMES, "text") == "x.png: nothing is drawn"


def test_the_json_of_one_digit_keeps_its_fields_and_has_new_ones():
    found = json.loads(output.reading("x.png", Reading(answers(7)), NAMES, "json"))
    assert list(found) == [
        *("image", "class", "class_name", "probability", "probabilities"),
        *("blank", "uncertain", "confidence"),
    ]
    assert (found["class"], found["blank"], found["uncertain"]) == (7, False, False)
    assert found["confidence"] == 0.75
    old = json.loads(output.reading("x.png", Reading(plain(7)), NAMES, "json"))
    assert (old["blank"], old["uncertain"], old["confidence"]) == (False, None, None)


def test_the_json_of_several_digits_has_their_boxes():
    found = Reading(answers(4, 2), ((0.1, 0, 0.5, 0.25), (0.1, 0.4, 0.5, 1 / 3)))
    read = json.loads(output.reading("x.png", found, NAMES, "json"))
    assert list(read) == ["image", "text", "digits"] and read["text"] == "42"
    assert [digit["class_name"] for digit in read["digits"]] == ["4", "2"]
    assert read["digits"][1]["box"] == {"top": 0.1, "left": 0.4, "bottom": 0.5, "right": 0.3333}
    assert read["digits"][0]["probability"] == pytest.approx(0.82)


@pytest.mark.parametrize(
    ("clone", "command"),
    [("/clone", "scripts/serve"), (None, "'/a b/python' -m cnn_mnist.serving")],
)
def test_the_command_that_serves_is_one_that_is_there(monkeypatch, tmp_path, clone, command):
    monkeypatch.setattr(shell, "CLONE", clone)
    monkeypatch.setattr(sys, "executable", "/a b/python")
    folder = tmp_path / "my model"
    (folder / "export" / "1").mkdir(parents=True)
    lines = output.places(str(folder), str(folder / "export" / "1")).splitlines()
    assert lines[-1] == f"Serve       {command} '{folder}'"
