"""The words of the pages in each language, one table a language with the same keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from cnn_mnist.reports.texts import en, ko

__all__ = ["TABLES", "Texts"]

TABLES: dict[str, Mapping[str, str]] = {"en": en.TEXTS, "ko": ko.TEXTS}
"""By the values of `--language`."""


@dataclasses.dataclass(frozen=True)
class Texts:
    """The texts of one language.

    Attributes:
      language: a key of `TABLES`, and the `lang` of the page.
      drawn: the language of texts inside pictures; another one where no font can show it.
    """

    language: str = "en"
    drawn: str = "en"

    def __call__(self, key: str, **values: object) -> str:
        """Returns a text with its values in their places.

        Args:
          key: of the text.
          values: for each of its places.
        """
        return TABLES[self.language][key].format(**values)

    def in_pictures(self, key: str, **values: object) -> str:
        """Returns a text as `__call__` does, in the language of the pictures."""
        return Texts(self.drawn)(key, **values)

    def duration(self, seconds: float) -> str:
        """Returns a time such as `3 min 5 s`, as `support.progress.duration` does in English."""
        whole = max(0, round(seconds))
        if whole < 60:
            return self("seconds", seconds=whole)
        if whole < 3600:
            return self("minutes", minutes=whole // 60, seconds=whole % 60)
        return self("hours", hours=whole // 3600, minutes=whole % 3600 // 60)

    def mark_in_pictures(self, english: str) -> str:
        """Returns what `Predictions.mark` says of an answer, in the language of the pictures."""
        return self.in_pictures(_MARKS[english]) if english else ""


_MARKS = {"nothing is drawn": "mark_blank", "uncertain": "mark_uncertain"}
