"""Each language of the pages has every text, with the same places."""

import pathlib
import re
import string

import pytest

from cnn_mnist.config.choices import LANGUAGES
from cnn_mnist.reports import texts
from cnn_mnist.reports.texts import TABLES, Texts
from cnn_mnist.support.progress import duration

REPORTS = pathlib.Path(texts.__file__).resolve().parents[1]
HANGUL = re.compile("[가-힣]")


def places(text):
    """Returns the names of the places of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_flag_takes_the_languages_that_there_are():
    assert tuple(TABLES) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_places(language):
    ours, english = TABLES[language], TABLES["en"]
    assert list(ours) == list(english)
    for key, text in ours.items():
        assert places(text) == places(english[key]), key
        assert text.strip(), key


def test_a_korean_text_is_in_korean():
    for key, text in TABLES["ko"].items():
        words = re.sub(r"\{\w+\}", "", text)
        assert HANGUL.search(words) or not re.search("[a-z]{3}", words, re.IGNORECASE), key


def test_every_text_is_used_and_every_text_that_is_used_exists():
    sources = [path.read_text("utf-8") for path in REPORTS.glob("*.py")]
    source = "\n".join([*sources, (REPORTS / "texts" / "__init__.py").read_text("utf-8")])
    used = set(re.findall(r"""(?:texts|self)\(\s*"(\w+)""", source))
    assert used <= set(TABLES["en"])
    for key in set(TABLES["en"]) - used:
        name = key.removeprefix("head_")
        assert (
            f'"{key}"' in source
            or name in ("layer", "what", "output", "parameters")
            or (key.startswith("head_") and f'"{name}"' in source)
        ), key


@pytest.mark.parametrize("seconds", [0, 42.4, 59.6, 185, 7800])
def test_a_duration_is_that_of_the_command_in_english(seconds):
    assert Texts().duration(seconds) == duration(seconds)


def test_a_duration_in_korean():
    assert Texts("ko").duration(65) == "1분 5초"
