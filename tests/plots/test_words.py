"""The words of pictures: each language has all of them, and English stands in without a font."""

import pathlib
import re
import string

import pytest

from cnn_mnist import plots
from cnn_mnist.config.choices import LANGUAGES
from cnn_mnist.plots import fonts, words

HANGUL = re.compile("[가-힣]")


def places(text):
    """Returns the names of the places of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_there_are_words_in_every_language_of_the_flag():
    assert tuple(words.TABLES) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_with_the_same_places(language):
    ours, english = words.TABLES[language], words.TABLES["en"]
    assert list(ours) == list(english)
    for key, text in ours.items():
        assert places(text) == places(english[key]), key


def test_a_korean_word_is_in_korean():
    for key, text in words.TABLES["ko"].items():
        outside = re.sub(r"\{\w+\}", "", text)
        assert HANGUL.search(outside) or not re.search("[a-z]{3}", outside, re.I), key


def test_every_word_is_used_and_every_word_that_is_used_exists():
    folder = pathlib.Path(plots.__file__).parent
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    counted = set(
        re.findall(r"""words\.counted\([^()]*(?:\([^()]*\))?[^()]*["'](\w+)["']\)""", source)
    )
    used = {key for key in words.TABLES["en"] if re.search(rf"""["']{key}["']""", source)}
    things = {key.partition("_")[2] for key in words.TABLES["en"] if key.startswith("one_")}
    things -= {"scale"}
    assert counted <= things
    assert set(words.TABLES["en"]) - used <= {f"{n}_{t}" for n in ("one", "many") for t in things}


def test_counts_have_commas_and_a_plural():
    assert words.counted(1, "map") == "1 map"
    assert words.counted(1024, "unit") == "1,024 units"
    assert words.counted(0, "filter") == "0 filters"


def test_the_language_is_that_of_the_with_around_the_drawing(monkeypatch):
    monkeypatch.setattr(fonts, "is_drawable", lambda *_: True)
    with words.in_language("ko") as language:
        assert (language, words.word("loss")) == ("ko", "손실")
        with words.in_language("en"):
            assert words.word("loss") == "loss"
        assert words.counted(3, "map") == "특징 맵 3개"
    assert words.word("loss") == "loss"


def test_without_a_font_the_words_stay_english_and_one_line_says_what_to_install(
    monkeypatch, capsys
):
    monkeypatch.setattr(fonts, "_found", lambda wanted: ((), wanted.characters))
    monkeypatch.setattr(fonts, "_noted", [])
    for _ in range(2):
        with words.in_language("ko") as language:
            assert (language, words.word("step")) == ("en", "step")
    (line,) = capsys.readouterr().err.splitlines()
    assert "`apt install fonts-noto-cjk` brings one" in line
    assert "Until then the words in pictures are English, " in line
