"""Draws misclassified images with their labels and predicted classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = (6, 5, 4)
_NARROW_COLUMNS = (3, 2)
_SIDE = 112
_LINE_HEIGHT = 17
_GAP = 8
_EMPTY_HEIGHT = 160
_MOST_LINES = 4


def mistakes_png(
    images: np.ndarray,
    labels: Sequence[int] | np.ndarray,
    predicted: Sequence[int] | np.ndarray,
    probabilities: Sequence[float] | np.ndarray,
    class_names: Sequence[str],
    numbers: Sequence[int] | np.ndarray | None = None,
    narrow: bool = False,
) -> bytes:
    """Draws the most confident mistakes, in the order given, light on dark as in MNIST.

    Under each image stand the label, the predicted class and its probability:
    `3 → 5, 99.8%`, on two lines or more if that is too wide for one of them.

    Args:
      images: uint8 `[count, 28, 28, 1]` or `[count, 28, 28]`; 0 is background; about 24,
        may be empty.
      labels: integers `[count]`.
      predicted: integers `[count]`, the predicted classes.
      probabilities: floats `[count]` from 0 to 1, of the predicted classes.
      class_names: a name for each class.
      numbers: integers `[count]`, the position of each image in its data set; None for
        pictures without numbers.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense.

    Returns:
      A PNG of 1000 pixels by 74, plus about 160 for each row of six images (five or four with
      long names); 1000×160 if there are no mistakes.
    """
    figure = mistakes_figure(images, labels, predicted, probabilities, class_names, numbers, narrow)
    return style.png(figure, narrow)


def mistakes_figure(
    images: np.ndarray,
    labels: Sequence[int] | np.ndarray,
    predicted: Sequence[int] | np.ndarray,
    probabilities: Sequence[float] | np.ndarray,
    class_names: Sequence[str],
    numbers: Sequence[int] | np.ndarray | None = None,
    narrow: bool = False,
) -> Figure:
    """Returns what `mistakes_png` draws, as a matplotlib figure."""
    total = style.NARROW if narrow else style.WIDTH
    if not len(images):
        return _empty(total)
    names = style.class_names(class_names)
    pairs = [
        (names[label], names[answer], style.percent(probability))
        for label, answer, probability in zip(labels, predicted, probabilities, strict=True)
    ]
    columns, captions = _captions(pairs, total, _NARROW_COLUMNS if narrow else _COLUMNS)
    width = (total - 2 * style.MARGIN) / columns
    height = _SIDE + 14 + _LINE_HEIGHT * (max(map(len, captions)) + (numbers is not None))
    rows = -(-len(images) // columns)
    title, explanation = _head(len(images), numbers is not None)
    top = style.heading_height(title, explanation, total)
    figure, axes = style.sheet(top + rows * height + style.MARGIN // 2, total)
    style.heading(axes, title, explanation)
    for position, (image, lines) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(position, columns)
        x, y = style.MARGIN + (column + 0.5) * width, top + row * height
        number = "" if numbers is None else words.word("number", number=f"{numbers[position]:,}")
        _draw_mistake(axes, image, lines, number, (x, y), width - _GAP)
    return figure


def _empty(width: int) -> Figure:
    figure, axes = style.sheet(_EMPTY_HEIGHT, width)
    style.heading(axes, words.word("mistakes"))
    place: dict[str, Any] = {"ha": "center", "va": "center"}
    lines = style.wrapped(words.word("no_mistakes"), width - 2 * style.MARGIN, 14)
    for number, line in enumerate(lines):
        y = _EMPTY_HEIGHT / 2 + 24 * (number - (len(lines) - 1) / 2)
        style.write(axes, width / 2, y, line, width, size=14, **place)
    return figure


def _head(count: int, numbered: bool) -> tuple[str, str]:
    explanation = words.word("mistakes_are") + (words.word("number_is") if numbered else "")
    return words.counted(count, "mistake"), explanation


def _captions(
    pairs: Sequence[tuple[str, str, str]], total: float, choices: Sequence[int]
) -> tuple[int, list[list[str]]]:
    """Returns how many columns there are, and the lines under each image.

    Takes the most columns in which every caption has the same form: all of it on one line, or
    the label and the predicted class each on a line. Otherwise names are wrapped.
    """
    widths = [(total - 2 * style.MARGIN) / columns - _GAP for columns in choices]
    whole = [f"{label} → {predicted}, {rate}" for label, predicted, rate in pairs]
    if all(style.text_width(text) <= widths[0] for text in whole):
        return choices[0], [[text] for text in whole]
    for columns, width in zip(choices, widths, strict=True):
        captions = [_lines(*pair, width) for pair in pairs]
        if max(map(len, captions)) == 2 and columns < choices[0]:
            break
    return columns, captions


def _lines(label: str, predicted: str, rate: str, width: float) -> list[str]:
    lines = style.wrapped(label, width, most_lines=_MOST_LINES)
    lines += style.wrapped(f"→ {predicted},", width, most_lines=_MOST_LINES)
    last = f"{lines[-1]} {rate}"
    return [*lines[:-1], last] if style.text_width(last) <= width else [*lines, rate]


def _draw_mistake(
    axes: Axes,
    image: np.ndarray,
    lines: list[str],
    number: str,
    place: tuple[float, float],
    width: float,
) -> None:
    x, y = place
    pixels = np.asarray(image).reshape(image.shape[:2])
    style.show(axes, pixels, x - _SIDE / 2, y, _SIDE, _SIDE, cmap="gray", vmin=0, vmax=255)
    y += _SIDE
    for line in lines:
        y += _LINE_HEIGHT
        style.write(axes, x, y - 1, line, width, ha="center")
    look: dict[str, Any] = {"size": 8, "color": style.FAINT_INK, "ha": "center"}
    style.write(axes, x, y + _LINE_HEIGHT - 2, number, width, **look)
