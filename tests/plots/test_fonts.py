"""Characters outside the default font are drawn in an installed font, or as legible text."""

import dataclasses
import warnings

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cnn_mnist.plots import confusion, fonts, gallery, style

KOREAN, JAPANESE, CHINESE, ARABIC = "티셔츠", "コート", "凉鞋", "قميص"
UNKNOWN = "\U0001f45f"
"""An emoji that DejaVu Sans does not have."""


def forget():
    """Forgets the fonts that were found."""
    for cached in (fonts._found, fonts.installed_since, fonts._shapes):
        cached.cache_clear()
    fonts._nowhere.clear()
    fonts._noted.clear()


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    """Each test finds its fonts anew."""
    forget()
    yield
    monkeypatch.undo()
    forget()


@pytest.fixture
def no_fonts(monkeypatch):
    """A machine with the fonts of matplotlib alone."""
    own = [e for e in fonts.installed() if "mpl-data" in e.fname]
    monkeypatch.setattr(fonts, "installed", lambda: own)
    monkeypatch.setattr(fonts, "installed_since", lambda: [])


@pytest.fixture
def korean_font():
    """An installed font with Hangul."""
    named = [e for e in fonts.installed() if e.name in fonts._KOREAN]
    if not named:
        pytest.skip("no font with Hangul is installed, such as fonts-nanum or fonts-noto-cjk")
    return named[0]


def text_that_is_drawn(text, weight="normal"):
    """Draws a text on a sheet and returns its pixels; a warning is an error."""
    figure, axes = style.sheet(60, 400)
    style.write(axes, 20, 40, text, 360, size=20, weight=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., 0].copy()


def test_text_of_the_default_font_needs_no_other(monkeypatch):
    monkeypatch.setattr(fonts, "_candidates", None)
    for text in ("T-shirt/top", "Ärmel Ж Ψ", "no. 3 → 5"):
        assert fonts.options(text) == {} and fonts.drawable(text) == text


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_korean_is_drawn_in_a_font_that_has_it(weight, korean_font, caplog, capsys):
    shown = text_that_is_drawn(KOREAN, weight)
    assert (shown < 128).sum() > 200
    assert not np.array_equal(shown, text_that_is_drawn("셔티츠", weight)), "not boxes"
    assert caplog.text == "" and capsys.readouterr().err == ""


def test_a_text_may_need_several_fonts(monkeypatch, korean_font):
    monkeypatch.setattr(fonts, "installed", lambda: [korean_font])
    assert fonts.drawable(f"{KOREAN} Ж") == f"{KOREAN} Ж"
    families = fonts.options(f"{KOREAN} Ж")["family"]
    assert families[-1].endswith("normal") and len(families) > 1


def test_the_default_font_is_measured_with_the_others(korean_font):
    assert style.text_width(KOREAN, 20) == pytest.approx(3 * 20 * 100 / 72, rel=0.15)


def test_han_is_drawn_as_the_language_of_the_text_writes_it():
    assert fonts._preferred(CHINESE)[0].endswith("SC")
    assert fonts._preferred(f"{CHINESE} {JAPANESE}")[0].endswith("JP")
    assert fonts._preferred(f"{CHINESE} {KOREAN}")[0].endswith("KR")


def test_without_a_font_a_text_is_escaped_and_one_line_says_what_to_install(no_fonts, capsys):
    assert fonts.drawable(f"{KOREAN}.png") == "\\ud2f0\\uc154\\uce20.png"
    assert fonts.drawable(f"a{UNKNOWN}") == "a\\U0001f45f"
    text_that_is_drawn(JAPANESE)
    (line,) = capsys.readouterr().err.splitlines()
    for part in ("셔", "apt install fonts-noto-cjk", "a class is drawn as its number", "\\uc154"):
        assert part in line


def test_without_a_font_a_class_is_drawn_as_its_number(no_fonts, capsys):
    assert style.class_names(("shoe", KOREAN, f"bag {UNKNOWN}")) == ["shoe", "class 1", "class 2"]
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "package"),
    [(KOREAN, "fonts-noto-cjk"), (UNKNOWN, "fonts-symbola"), ("\u1a00", "fonts-noto-core")],
)
def test_the_note_names_the_package_for_the_script(text, package):
    assert f"apt install {package} " in fonts.lacking_note([text[0]]).replace("`", " ")


def test_the_note_names_few_of_many_characters():
    assert "cannot show 가 나 다 라 마 …:" in fonts.lacking_note("가나다라마바사")


def test_fonts_are_looked_through_once_for_many_names(no_fonts, monkeypatch, capsys):
    covered, passes = fonts._covered, []
    monkeypatch.setattr(fonts, "_covered", lambda e, c: passes.append(e) or covered(e, c))
    style.class_names([chr(0xAC00 + number) for number in range(100)])
    assert len(passes) <= len(fonts.installed())


def test_fonts_that_cannot_be_drawn_with_are_passed_over(tmp_path, monkeypatch):
    damaged = tmp_path / "damaged.ttf"
    damaged.write_bytes(b"\0\1\0\0")
    entry = font_manager.FontEntry(fname=str(damaged), name="A", style="normal", weight=400)
    assert fonts._covered(entry, KOREAN) == set()
    assert not fonts._is_usable(dataclasses.replace(entry, name="Noto Color Emoji"))
    assert not fonts._is_usable(dataclasses.replace(entry, name="Last Resort High-Efficiency"))
    assert not fonts._is_usable(dataclasses.replace(entry, style="italic"))


def test_a_font_installed_after_matplotlib_made_its_list_is_found(monkeypatch, korean_font):
    manager = font_manager.fontManager
    rest = [e for e in manager.ttflist if "mpl-data" in e.fname]
    monkeypatch.setattr(manager, "ttflist", rest)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [korean_font.fname])
    assert fonts.drawable(KOREAN) == KOREAN


def test_arabic_is_shaped_where_matplotlib_shapes_and_else_escaped(monkeypatch, no_fonts, capsys):
    if fonts._shapes():
        assert fonts.drawable(f"{ARABIC}.png") == f"{fonts.LEFT_TO_RIGHT}{ARABIC}.png"
        assert (text_that_is_drawn(ARABIC) < 128).any()
    monkeypatch.setattr(fonts, "_shapes", lambda: False)
    fonts._found.cache_clear()
    assert fonts.drawable(ARABIC[0]) == "\\u0642"
    assert "needs matplotlib 3.11" in capsys.readouterr().err
    assert style.class_names([ARABIC]) == ["class 0"]


def test_what_follows_an_arabic_name_stands_behind_it(look):
    if not fonts._shapes():
        pytest.skip("this matplotlib does not write from right to left")
    (name,) = style.class_names([ARABIC])
    assert name == ARABIC + fonts.LEFT_TO_RIGHT


def test_decomposed_korean_and_invisible_characters_take_one_form():
    assert fonts.plain("\u1100\u1161") == "가"
    assert fonts.plain("\U0001fae8") == "\U0001fae8", "newer than the Unicode of this Python"
    assert fonts.plain("a\u202eb\u200dc\ufe0f\nd\udcff") == "abc d "


@pytest.mark.slow
def test_pictures_with_korean_names_print_nothing(korean_font, caplog, capsys):
    names = (KOREAN, "바지", "T-shirt")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        confusion.confusion_matrix_png(np.eye(3, dtype=int) * 9, names, KOREAN)
        gallery.mistakes_png(np.zeros((2, 28, 28), np.uint8), [0, 1], [1, 2], [0.5, 0.6], names)
    assert caplog.text == "" and capsys.readouterr().err == ""
