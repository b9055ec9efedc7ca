"""Only an answer that an export of this program could give is taken from a server."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.errors import ServerError
from cnn_mnist.serving import answers
from cnn_mnist.serving.server import Server

SERVER = Server("localhost:8500")
RIGHT = {"classes": [3], "probabilities": [[0.1] * 10]}


def test_a_right_answer_is_taken():
    answer = answers.checked_answer(SERVER, RIGHT, 1, 7)
    assert (answer.classes.dtype, answer.probabilities.dtype) == (np.int64, np.float32)
    assert (answer.classes.tolist(), answer.version) == ([3], 7)


@pytest.mark.parametrize(
    "classes",
    [[], [1, 2], 3, [[3]], [-1], [10], [2**63], [10**30], [True], [3.0], ["3"], [None], [{}], {}],
)
def test_classes_that_the_model_does_not_have_are_refused(classes):
    assert_refused({**RIGHT, "classes": classes})


@pytest.mark.parametrize(
    "probabilities",
    [
        *([], [0.1] * 10, [[]], [["x"]], [[0.1], [0.1]], [[[0.1] * 10]], None, "x", {}),
        *([[0.1] * 9 + [odd]] for odd in (float("nan"), float("inf"), -0.5, 2, 1e308, 10**400)),
    ],
)
def test_probabilities_that_are_none_are_refused(probabilities):
    assert_refused({**RIGHT, "probabilities": probabilities})


@pytest.mark.parametrize("outputs", [None, [], "x", 5, {}, {"classes": [3]}])
def test_outputs_that_lack_one_are_refused(outputs):
    assert_refused(outputs)


def assert_refused(outputs):
    with pytest.raises(ServerError, match="does not give classes and probabilities for each image"):
        answers.checked_answer(SERVER, outputs, 1, None)
