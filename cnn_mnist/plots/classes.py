"""Draws the accuracy of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 900
_ROW_HEIGHT = 36
_NAME_WIDTH, _NARROW_NAME_WIDTH = 170, 100
_FLOORS = (0.99, 0.98, 0.97, 0.96, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
_Z = 1.96


def class_accuracy_png(
    matrix: np.ndarray, class_names: Sequence[str], narrow: bool = False
) -> bytes:
    """Draws the accuracy of each class as a dot, in the order of the labels.

    Dots, not bars: the axis begins near the worst class, and a bar that does not begin at 0
    misleads. The line through a dot is the 95 % confidence interval of its rate, from
    the number of the class's images.

    Args:
      matrix: counts, integers `[classes, classes]`; the row is the label.
      class_names: a name for each class.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense.

    Returns:
      A PNG of 900×500 pixels for ten classes; the height is 140 and 36 for each class.
    """
    return style.png(class_accuracy_figure(matrix, class_names, narrow), narrow)


def class_accuracy_figure(
    matrix: np.ndarray, class_names: Sequence[str], narrow: bool = False
) -> Figure:
    """Returns what `class_accuracy_png` draws, as a matplotlib figure."""
    right, total = np.diag(matrix), matrix.sum(axis=1)
    figure = style.plot(style.NARROW if narrow else _WIDTH, 140 + _ROW_HEIGHT * len(class_names))
    style.plot_title(figure, words.word("class_accuracy"))
    axes = figure.add_subplot()
    lows, highs = wilson_interval(right, total)
    _scale(axes, min(lows[total > 0], default=0.0), class_names, narrow)
    for row in range(len(class_names)):
        if total[row]:
            _draw_interval(axes, row, (lows[row], highs[row]), right[row] / total[row])
            _write_rate(axes, row, int(right[row]), int(total[row]), narrow)
        else:
            _write_beside(axes, row, 4, words.word("no_images"), "left")
    _draw_mean(axes, int(right.sum()), int(total.sum()))
    return figure


def wilson_interval(right: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the lower and upper ends of the 95 % intervals of rates, float64 `[classes]` each.

    Uses E. B. Wilson's score interval
    (https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval), which stays within
    0 and 1 and is accurate near 100 %.

    Args:
      right: integers `[classes]`.
      total: integers `[classes]`; where it is 0, the interval is 0 to 1.
    """
    count = np.maximum(total, 1)
    rate = np.where(total > 0, right / count, 0.5)
    part = _Z**2 / count
    middle = (rate + part / 2) / (1 + part)
    half = _Z / (1 + part) * np.sqrt(rate * (1 - rate) / count + part / count / 4)
    known = total > 0
    low, high = np.maximum(middle - half, 0), np.minimum(middle + half, 1)
    return np.where(known, low, 0.0), np.where(known, high, 1.0)


def _scale(axes: Axes, lowest: float, class_names: Sequence[str], narrow: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    floor = next((f for f in _FLOORS if f <= lowest), 0.0)
    margin = 0.02 * (1 - floor)
    axes.set_xlim(floor - margin, 1 + margin)
    axes.xaxis.set_major_locator(MaxNLocator(3 if narrow else 6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{100 * rate:g}%"))
    axes.set_ylim(len(class_names) - 0.4, -0.6)
    width, size = (_NARROW_NAME_WIDTH, 9) if narrow else (_NAME_WIDTH, 10.5)
    names = [style.fitted(name, width, size) for name in style.class_names(class_names)]
    look = style.look(" ".join(names))
    axes.set_yticks(range(len(class_names)), names, fontsize=size, **look)
    axes.tick_params(axis="y", length=0)
    axes.grid(color=style.LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    _name_axes(axes, floor, narrow)


def _name_axes(axes: Axes, floor: float, narrow: bool) -> None:
    begin = words.word("axis_begins", floor=f"{floor:.0%}") if floor else ""
    separator = "\n" if narrow else " "
    text = f"{words.word('accuracy')}{begin};{separator}{words.word('intervals')}"
    axes.set_xlabel(text, **style.look(text))
    label = words.word("label")
    axes.set_ylabel(label, **style.look(label))


def _draw_interval(axes: Axes, row: int, interval: tuple[float, float], rate: float) -> None:
    axes.plot(interval, (row, row), color=style.BLUE, linewidth=2, alpha=0.6)
    axes.plot([rate], [row], "o", color=style.BLUE, markersize=9)


def _write_rate(axes: Axes, row: int, right: int, total: int, narrow: bool) -> None:
    rate = style.percent(right / total)
    if narrow:
        _write_beside(axes, row - 0.2, 4, rate, "left", weight="bold")
        _write_beside(axes, row + 0.25, 4, f"{right:,}/{total:,}", "left", size=8)
        return
    _write_beside(axes, row, 61, rate, "right", weight="bold")
    counts = words.word("right_of", right=f"{right:,}", total=f"{total:,}")
    _write_beside(axes, row, 70, counts, "left")


def _write_beside(
    axes: Axes, row: float, pixels: float, text: str, ha: str, weight: str = "", size: float = 10.5
) -> None:
    """Writes to the right of the axes, so many pixels away from them."""
    options: dict[str, Any] = {
        "xycoords": axes.get_yaxis_transform(),
        "textcoords": "offset points",
        "annotation_clip": False,
        "ha": ha,
        "va": "center_baseline",
        "fontsize": size,
    }
    away = (pixels + 5) * 72 / style.DPI
    weight = weight or "normal"
    options |= {"weight": weight, **style.look(text, weight)}
    axes.annotate(text, (1, row), (away, 0), **options)


def _draw_mean(axes: Axes, right: int, total: int) -> None:
    if not total:
        return
    mean = right / total
    axes.axvline(mean, color=style.ORANGE, linestyle="--", linewidth=1.6, zorder=1)
    above = axes.get_xaxis_transform()
    text = words.word("all_images", total=f"{total:,}", rate=f"{mean:.2%}")
    look: dict[str, Any] = {"ha": "center", "fontsize": 10.5, **style.look(text)}
    axes.text(mean, 1.015, text, transform=above, **look)
