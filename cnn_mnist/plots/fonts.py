"""Finds installed fonts for characters that matplotlib's own font, DejaVu Sans, does not have.

Text that the default font covers costs nothing here. For other text, such as Korean or emoji,
fonts are found among those that matplotlib knows, and those installed after it made its list.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cnn_mnist.support import terminal

_WEIGHTS = {"normal": 400, "bold": 700}

# The order in which fonts are tried: those of the language, then any other. Han characters are
# written differently in Korea, Japan and China, so the other characters of the text decide.
_KOREAN: tuple[str, ...] = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "NanumGothic",
    "NanumBarunGothic",
)
_JAPANESE: tuple[str, ...] = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Yu Gothic",
    "Hiragino Sans",
    "Meiryo",
    "IPAexGothic",
)
_CHINESE: tuple[str, ...] = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)
_SYMBOLS = ("Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Symbola", "Arial Unicode MS")

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_KANA = re.compile("[\u3040-\u30ff]")
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]")

# Fonts that have a glyph for everything, which shows only what kind of character it would be, and
# fonts whose glyphs are pictures in colour, which matplotlib cannot draw.
_UNUSABLE = re.compile("last ?resort|adobe blank|color emoji", re.IGNORECASE)
# Drawn in the wrong place, or not at all, by fonts that do not have the sequence.
_WITHOUT_WIDTH = re.compile("[\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]")
_MOST_NAMED = 5

LEFT_TO_RIGHT = "\u200e"
"""The mark that has no width and writes what is beside it from left to right."""


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """Characters that the default font of a weight does not have."""

    characters: frozenset[str]
    weight: str
    preferred: tuple[str, ...]


def options(text: str, weight: str = "normal") -> dict[str, Any]:
    """Returns the options with which `Axes.text` draws a text: the fonts that it needs.

    Args:
      text: what `drawable` returned.
      weight: `normal` or `bold`.

    Returns:
      `{"family": [...]}`, or nothing where the default font has every character.
    """
    wanted = _wanted(text, weight)
    if wanted is None:
        return {}
    families, _ = _found(wanted)
    return {"family": [*_default_families(), *families]} if families else {}


def drawable(text: str, weight: str = "normal") -> str:
    """Returns a text on one line in which a font has every character.

    Line breaks and control characters become spaces, composed characters one character each, and
    characters that no font has are written as `\\uac00`. The first of these prints a note. A text
    with words from right to left still begins at the left, as the texts around it do.
    """
    line = plain(text)
    if lacking := _lacking(line, weight):
        line = "".join(_escaped(c) if c in lacking else c for c in line)
    is_mixed = any(map(is_right_to_left, line)) and not line.startswith(LEFT_TO_RIGHT)
    return LEFT_TO_RIGHT + line if is_mixed else line


def is_drawable(text: str, weight: str = "normal") -> bool:
    """Returns whether the installed fonts have every character; prints a note if not."""
    return not _lacking(plain(text), weight)


def plain(text: str) -> str:
    """Returns a text on one line, without characters that change others or reverse writing."""
    if text.isascii() and text.isprintable():
        return text
    composed = _WITHOUT_WIDTH.sub("", unicodedata.normalize("NFC", text))
    return "".join(c for c in map(_visible, composed) if c)


def _visible(character: str) -> str:
    if character.isprintable() or character in ("\u200c", LEFT_TO_RIGHT):
        return character
    category = unicodedata.category(character)
    # A character that this Python does not know yet may be a new emoji.
    return "" if category == "Cf" else character if category == "Cn" else " "


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _wanted(text: str, weight: str) -> _Wanted | None:
    if text.isascii():
        return None
    outside = frozenset(c for c in text if ord(c) not in _charmap(weight))
    outside |= {c for c in text if not _can_be_laid_out(c)}
    return _Wanted(outside, weight, _preferred(text)) if outside else None


def _preferred(text: str) -> tuple[str, ...]:
    if _HANGUL.search(text):
        return (*_KOREAN, *_JAPANESE, *_CHINESE, *_SYMBOLS)
    if _KANA.search(text):
        return (*_JAPANESE, *_CHINESE, *_KOREAN, *_SYMBOLS)
    return (*_CHINESE, *_JAPANESE, *_KOREAN, *_SYMBOLS)


def _lacking(text: str, weight: str) -> frozenset[str]:
    """Returns the characters that no font has; prints a note the first time that there are any."""
    wanted = _wanted(text, weight)
    if wanted is None:
        return frozenset()
    _, lacking = _found(wanted)
    if lacking:
        _note_once(lacking)
    return lacking


@functools.lru_cache(maxsize=4096)
def _found(wanted: _Wanted) -> tuple[tuple[str, ...], frozenset[str]]:
    """Returns the families that have the characters, and the characters that none of them has."""
    left = {c for c in wanted.characters if c not in _nowhere and _can_be_laid_out(c)}
    families = []
    for entry in _candidates(wanted) if left else ():
        if covered := _covered(entry, left):
            families.append(_registered(entry, wanted.weight))
            left -= covered
        if not left:
            break
    # Another text with the same characters need not open every font again.
    _nowhere.update(left)
    hard = {c for c in wanted.characters if c in _nowhere or not _can_be_laid_out(c)}
    return tuple(families), frozenset(hard)


_nowhere: set[str] = set()
"""Characters that were looked for in every font."""


def _candidates(wanted: _Wanted) -> Iterator[Any]:
    """Yields the usable fonts in the order in which they are tried."""
    weight = _WEIGHTS[wanted.weight]
    order = {name: place for place, name in enumerate(wanted.preferred)}

    def place(entry: Any) -> tuple[Any, ...]:
        is_serif = "serif" in entry.name.lower() or "myeongjo" in entry.name.lower()
        name = order.get(entry.name, len(order))
        return name, is_serif, abs(_weight_of(entry) - weight), entry.name, entry.fname

    known = [entry for entry in installed() if _is_usable(entry)]
    yield from sorted(known, key=place)
    yield from sorted(filter(_is_usable, installed_since()), key=place)


def _is_usable(entry: Any) -> bool:
    return entry.style == "normal" and not _UNUSABLE.search(entry.name)


def _weight_of(entry: Any) -> int:
    return entry.weight if isinstance(entry.weight, int) else _WEIGHTS.get(entry.weight, 400)


def installed() -> Sequence[Any]:
    """Returns the fonts that matplotlib knows, as its `FontEntry`."""
    from matplotlib.font_manager import fontManager

    return [e for e in fontManager.ttflist if not e.name.startswith(_ALIAS)]


@functools.cache
def installed_since() -> Sequence[Any]:
    """Returns the fonts installed after matplotlib made the list that it keeps in a file."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    before = len(fontManager.ttflist)
    for path in sorted(set(findSystemFonts()) - known):
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError, ValueError):
            # Not a font that matplotlib reads, such as one of bitmaps.
            continue
    return fontManager.ttflist[before:]


_ALIAS = "cnn_mnist: "


def _registered(entry: Any, weight: str) -> str:
    """Names a font for use in one weight, whatever its own is, and returns the name.

    matplotlib finds the fonts of a list by their family alone. It warns where a family does not
    have the weight, and cannot tell the fonts in a collection apart before its version 3.11.
    """
    from matplotlib.font_manager import fontManager

    index = getattr(entry, "index", 0)
    name = f"{_ALIAS}{entry.fname} {index} {weight}".replace(",", " ")
    if all(known.name != name for known in fontManager.ttflist):
        fontManager.ttflist.append(dataclasses.replace(entry, name=name, weight=_WEIGHTS[weight]))
    return name


def _default_families() -> list[str]:
    from matplotlib.font_manager import FontProperties

    return list(FontProperties().get_family())


@functools.cache
def _charmap(weight: str) -> frozenset[int]:
    """Returns the codes of the characters that the default font of a weight has."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont(FontProperties(weight=weight))).get_charmap())


@functools.cache
def _shapes() -> bool:
    """Returns whether matplotlib joins letters and writes right to left, as it does from 3.11."""
    from matplotlib import ft2font

    return hasattr(ft2font, "__libraqm_version__")


def is_right_to_left(character: str) -> bool:
    """Returns whether a character is a letter of Arabic, Hebrew or another such script."""
    return character > "\u0590" and unicodedata.bidirectional(character) in ("R", "AL")


def _can_be_laid_out(character: str) -> bool:
    return _shapes() or not is_right_to_left(character)


def _covered(entry: Any, characters: Iterable[str]) -> set[str]:
    """Returns those of the characters that a font has; none if it cannot be drawn with."""
    from matplotlib.ft2font import FT2Font

    index = getattr(entry, "index", 0)
    # matplotlib before 3.11 knows the first face of a collection only.
    options: dict[str, Any] = {"face_index": index} if index else {}
    try:
        font = FT2Font(entry.fname, **options)
    except (OSError, RuntimeError):
        return set()
    # A font of bitmaps has no outlines to scale.
    return {c for c in characters if font.scalable and font.get_char_index(ord(c))}


def _note_once(lacking: Iterable[str]) -> None:
    if not _noted:
        _noted.append(lacking_note(sorted(lacking)))
        terminal.note(f"cnn-mnist: {_noted[0]}")


_noted: list[str] = []
"""The note that was printed."""


def lacking_note(lacking: Sequence[str]) -> str:
    """Returns a line that names characters without a font, and how to get one."""
    shown = " ".join(lacking[:_MOST_NAMED]) + (" …" if len(lacking) > _MOST_NAMED else "")
    return (
        f"pictures cannot show {shown}: {_remedy(lacking)}. Until then the words in pictures are "
        f"English, a class is drawn as its number, and other text like {_escaped(lacking[0])}"
    )


def _remedy(lacking: Sequence[str]) -> str:
    if not all(map(_can_be_laid_out, lacking)):
        return "text from right to left needs matplotlib 3.11, which needs Python 3.11"
    if any(map(_EAST_ASIAN.match, lacking)):
        return _no_font("fonts-noto-cjk")
    if any(c >= "\U0001f000" or unicodedata.category(c).startswith("S") for c in lacking):
        return _no_font("fonts-symbola")
    return _no_font("fonts-noto-core")


def _no_font(package: str) -> str:
    return f"no installed font has them; on Debian and Ubuntu `apt install {package}` brings one"
