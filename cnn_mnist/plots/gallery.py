"""Draws misclassified images with their labels and predicted classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 6
_COLUMNS_OF_LONG_NAMES = 5
_SIDE = 112
_LINE_HEIGHT = 17
_GAP = 8
_EMPTY_HEIGHT = 160
_SHORT_NAME = 3


def mistakes_png(
    images: np.ndarray,
    labels: Sequence[int] | np.ndarray,
    predicted: Sequence[int] | np.ndarray,
    probabilities: Sequence[float] | np.ndarray,
    class_names: Sequence[str],
    numbers: Sequence[int] | np.ndarray | None = None,
) -> bytes:
    """Draws the most confident mistakes, in the order given, light on dark as in MNIST.

    Under each image stand the label, the predicted class and its probability:
    `3 → 5, 99.8%`, on two lines if a class name is longer than three characters.

    Args:
      images: uint8 `[count, 28, 28, 1]` or `[count, 28, 28]`; 0 is background; about 24,
        may be empty.
      labels: integers `[count]`.
      predicted: integers `[count]`, the predicted classes.
      probabilities: floats `[count]` from 0 to 1, of the predicted classes.
      class_names: a name for each class.
      numbers: integers `[count]`, the position of each image in its data set; None for
        pictures without numbers.

    Returns:
      A PNG of 1000 pixels by 74, plus about 160 for each row of six images (five with long
      names); 1000×160 if there are no mistakes.
    """
    return style.png(
        mistakes_figure(images, labels, predicted, probabilities, class_names, numbers)
    )


def mistakes_figure(
    images: np.ndarray,
    labels: Sequence[int] | np.ndarray,
    predicted: Sequence[int] | np.ndarray,
    probabilities: Sequence[float] | np.ndarray,
    class_names: Sequence[str],
    numbers: Sequence[int] | np.ndarray | None = None,
) -> Figure:
    """Returns what `mistakes_png` draws, as a matplotlib figure."""
    if not len(images):
        return _empty()
    longest = max(map(len, class_names))
    columns = _COLUMNS if longest <= _SHORT_NAME else _COLUMNS_OF_LONG_NAMES
    width = (style.WIDTH - 2 * style.MARGIN) / columns
    captions = [
        _caption(class_names[label], class_names[answer], probability, width - _GAP)
        for label, answer, probability in zip(labels, predicted, probabilities, strict=True)
    ]
    height = _SIDE + 14 + _LINE_HEIGHT * (len(captions[0]) + (numbers is not None))
    rows = -(-len(images) // columns)
    figure, axes = style.sheet(style.HEADING_HEIGHT + rows * height + style.MARGIN // 2)
    _head(axes, len(images), numbers is not None)
    for position, (image, lines) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(position, columns)
        x, y = style.MARGIN + (column + 0.5) * width, style.HEADING_HEIGHT + row * height
        number = "" if numbers is None else f"no. {numbers[position]:,}"
        _draw_mistake(axes, image, lines, number, (x, y), width - _GAP)
    return figure


def _empty() -> Figure:
    figure, axes = style.sheet(_EMPTY_HEIGHT)
    style.heading(axes, "Mistakes")
    place: dict[str, Any] = {"ha": "center", "va": "center"}
    text = "There are none: every image was classified correctly."
    style.write(axes, style.WIDTH / 2, _EMPTY_HEIGHT / 2, text, style.WIDTH, size=14, **place)
    return figure


def _head(axes: Axes, count: int, numbered: bool) -> None:
    title = f"The {count} most confident mistakes" if count > 1 else "The most confident mistake"
    explanation = "The label → the predicted class, and its probability"
    if numbered:
        explanation += "; no. is the position in the data set, from 0"
    style.heading(axes, title, explanation)


def _caption(label: str, predicted: str, probability: float, width: float) -> list[str]:
    if max(len(label), len(predicted)) <= _SHORT_NAME:
        return [f"{label} → {predicted}, {style.percent(probability)}"]
    end = f", {style.percent(probability)}"
    rest = width - style.text_width("→ " + end)
    return [label, f"→ {style.fitted(predicted, rest)}{end}"]


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
