"""An unknown name gets the near one suggested, at once and only if there is one."""

import time

import pytest

from cnn_mnist.support import suggestions

NAMES = ("learning_rate", "mode", "Upper")


@pytest.mark.parametrize(
    "word, near",
    [
        ("learning-rate", "learning_rate"),
        ("LEARNING_RAT", "learning_rate"),
        ("upper", "Upper"),
        ("lr", "learning_rate"),
        ("Lr", "learning_rate"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_near_name_is_found(word, near):
    assert suggestions.nearest(word, NAMES, {"lr": "learning_rate"}) == near


def test_a_word_however_long_takes_no_time():
    began = time.process_time()
    assert suggestions.nearest("learning_rate" * 100_000, NAMES) is None
    assert time.process_time() - began < 0.1


def test_a_guess_is_a_part_of_a_message():
    assert suggestions.guess("mode") == "did you mean mode? "
    assert suggestions.guess(None) == ""


@pytest.mark.parametrize(
    "message, part",
    [
        ("unrecognized arguments: --prot=80", "did you mean --port? "),
        ("unrecognized arguments: --zzz --prot", ""),
        ("argument --port: expected one argument", ""),
        ("nothing", ""),
    ],
)
def test_a_flag_in_a_message_gets_a_suggestion(message, part):
    assert suggestions.near_flag(message, ["port", "open"]) == part
