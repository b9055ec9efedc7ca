"""The words inside the pictures in each language, one table a language with the same keys.

The language is that of the `with in_language(...)` around the drawing, English without one, so
that none of the functions that draw has to hand it on.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator, Mapping

from cnn_mnist.plots import fonts
from cnn_mnist.plots.words import en, ko

__all__ = ["TABLES", "counted", "in_language", "word"]

TABLES: dict[str, Mapping[str, str]] = {"en": en.WORDS, "ko": ko.WORDS}
"""By the values of `--language`."""

_language = contextvars.ContextVar("the language of pictures", default="en")


@contextlib.contextmanager
def in_language(language: str) -> Iterator[str]:
    """Draws pictures in a language, or in English where no installed font can show its words.

    In the second case a note says how to get a font, once.

    Args:
      language: a key of `TABLES`.

    Yields:
      The language in which pictures are drawn here: for texts that the caller hands to them.
    """
    text = "".join(TABLES[language].values())
    are_drawable = all(fonts.is_drawable(text, weight) for weight in ("normal", "bold"))
    token = _language.set(language if are_drawable else "en")
    try:
        yield _language.get()
    finally:
        _language.reset(token)


def word(key: str, **values: object) -> str:
    """Returns a word or a sentence with its values in their places.

    Args:
      key: of the table.
      values: for each of its places.
    """
    return TABLES[_language.get()][key].format(**values)


def counted(count: int, thing: str) -> str:
    """Returns `1 map` or `1,024 maps`; `thing` is the key of the singular, without `one_`."""
    return word(f"one_{thing}" if count == 1 else f"many_{thing}", count=f"{count:,}")
