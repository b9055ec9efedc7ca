"""What all pictures share: figures, colours, fitting texts into their place, writing PNG.

A picture is drawn on one of two kinds of figure: `plot`, on which matplotlib arranges axes, or
`sheet`, which is measured in pixels from the upper left corner, so that a grid of images or a
diagram has the same place whatever it shows.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnn_mnist.plots import fonts, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
WIDTH = 1000
"""The width of most pictures, in pixels; fits the screen of a laptop."""
NARROW = 400
"""The width of the narrow form of a picture, in pixels, for the screen of a telephone."""

BLUE = "#1b4f8f"
ORANGE = "#e8912d"
"""Blue and orange differ for colour-blind readers and in grey: their lightness L* is 34 and 68."""
INK = "#1a1a1a"
FAINT_INK = "#5c5c5c"
"""Contrast on white: 6.7:1, more than the 4.5:1 that WCAG requires of small text."""
LINE = "#d9d9d9"

PLAIN: dict[str, Any] = {"parse_math": False}
"""For every text that contains a name, in which `$` must not begin a formula."""

HEADING_HEIGHT = 64
"""Height of the part of a sheet that `heading` uses, in pixels."""
_SUBTITLE_HEIGHT = 18
MARGIN = 20


def plot(width: int, height: int) -> Figure:
    """Returns an empty white figure of that many pixels, on which matplotlib arranges axes."""
    from matplotlib.figure import Figure

    figure = Figure((_inches(width), _inches(height)), DPI, layout="constrained", facecolor="white")
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=10 / DPI, h_pad=8 / DPI)
    return figure


def plot_title(figure: Figure, title: str) -> None:
    """Writes a title at the upper left of a `plot`, like that of a sheet."""
    width = figure.get_figwidth() * DPI - 2 * MARGIN
    left = MARGIN / figure.get_figwidth() / DPI
    text = fitted(title, width, 14, "bold")
    options = {"weight": "bold", "color": INK, **look(text, "bold")}
    figure.suptitle(text, x=left, ha="left", fontsize=14, **options)


def sheet(height: int, width: int = WIDTH) -> tuple[Figure, Axes]:
    """Returns a white figure and axes that cover it, in pixels from the upper left corner."""
    from matplotlib.figure import Figure

    figure = Figure((_inches(width), _inches(height)), DPI, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_autoscale_on(False)
    axes.set_xlim(0, figure.bbox.width)
    axes.set_ylim(figure.bbox.height, 0)
    return figure, axes


def heading_height(title: str, subtitle: str, width: float = WIDTH) -> int:
    """Returns the height of what `heading` writes on a sheet of that width, in pixels."""
    lines = len(_heading_lines(title, width - 2 * MARGIN, 14, "bold"))
    below = len(_heading_lines(subtitle, width - 2 * MARGIN)) if subtitle else 1
    return HEADING_HEIGHT + 24 * (lines - 1) + _SUBTITLE_HEIGHT * (below - 1)


def heading(axes: Axes, title: str, subtitle: str = "", width: float | None = None) -> None:
    """Writes a title and a fainter explanation at the top of a sheet, wrapped on a narrow one."""
    width = width or axes.get_xlim()[1] - 2 * MARGIN
    y = 10
    for line in _heading_lines(title, width, 14, "bold"):
        write(axes, MARGIN, y, line, width, size=14, weight="bold", va="top")
        y += 24
    y += 3
    for line in _heading_lines(subtitle, width):
        write(axes, MARGIN, y, line, width, size=10, color=FAINT_INK, va="top")
        y += _SUBTITLE_HEIGHT


def _heading_lines(text: str, width: float, size: float = 10, weight: str = "normal") -> list[str]:
    most = 1 if width > NARROW else 5
    return wrapped(text, width, size, most, weight)


def write(
    axes: Axes, x: float, y: float, text: str, width: float, size: float = 10, **options: Any
) -> None:
    """Writes one line of text; `fitted` shortens it to `width` pixels."""
    weight = options.get("weight", "normal")
    line = fitted(text, width, size, weight)
    axes.text(x, y, line, fontsize=size, **{"color": INK, **look(line, weight), **options})


def show(
    axes: Axes, image: Any, x: float, y: float, width: float, height: float, **options: Any
) -> None:
    """Draws an array as an image, with its first row on top and its upper left corner at (x, y).

    Args:
      axes: those of a sheet.
      image: `[rows, columns]` numbers or `[rows, columns, 3 or 4]` colours.
      x, y, width, height: pixels.
      options: options of `Axes.imshow`, such as `cmap`, `vmin` and `vmax`.
    """
    extent = (x, x + width, y + height, y)
    axes.imshow(image, extent=extent, aspect="auto", interpolation="nearest", **options)


def colour_bar(
    axes: Axes,
    place: tuple[float, float, float, float],
    label: str,
    clipped: bool = False,
    **colours: Any,
) -> None:
    """Draws a horizontal colour bar on a sheet, with labels at its ends and its middle.

    Args:
      axes: those of the sheet.
      place: left, top, width and height of the bar in pixels.
      label: the text under it.
      clipped: whether values lie beyond the ends; writes ≤ and ≥ there, but no ≤ at 0.
      colours: `cmap`, `vmin` and `vmax`.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    low, high = colours["vmin"], colours["vmax"]
    bar = inset(axes, *place)
    mappable = ScalarMappable(Normalize(low, high), colours["cmap"])
    figure: Any = axes.figure
    figure.colorbar(mappable, cax=bar, orientation="horizontal")
    ends = ("≤\u2009" if clipped and low else "", "", "≥\u2009" if clipped else "")
    ticks = (low, (low + high) / 2, high)
    texts = [sign + number(value) for sign, value in zip(ends, ticks, strict=True)]
    bar.set_xticks(ticks, texts, fontsize=9)
    bar.tick_params(color=FAINT_INK)
    bar.set_xlabel(label, fontsize=9, **look(label))


def look(text: str, weight: str = "normal") -> dict[str, Any]:
    """Returns the options with which matplotlib itself writes a text, such as a label of axes."""
    return {**PLAIN, **fonts.options(text, weight)}


def inset(axes: Axes, x: float, y: float, width: float, height: float) -> Axes:
    """Returns new axes on a sheet with the upper left corner at (x, y), in pixels."""
    figure: Any = axes.figure
    total_width, total_height = axes.get_xlim()[1], axes.get_ylim()[0]
    bottom = total_height - y - height
    place = (x / total_width, bottom / total_height, width / total_width, height / total_height)
    new_axes: Axes = figure.add_axes(place)
    return new_axes


def fitted(text: str, width: float, size: float = 10, weight: str = "normal") -> str:
    """Returns `text`, with its middle replaced by … if it is wider than `width` pixels.

    Args:
      text: a name, a caption; `fonts.drawable` says what becomes of characters without a font.
      width: pixels.
      size: of the font, in points.
      weight: `normal` or `bold`.
    """
    line = fonts.drawable(text, weight)
    if text_width(line, size, weight) <= width:
        return line
    fits, too_many = 0, len(line)
    while too_many - fits > 1:
        kept = (fits + too_many) // 2
        if text_width(_without_middle(line, kept), size, weight) <= width:
            fits = kept
        else:
            too_many = kept
    return _without_middle(line, fits)


def text_width(text: str, size: float = 10, weight: str = "normal") -> float:
    """Returns the width of a line of text in pixels, rounded up a little."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight, **fonts.options(text, weight))
    points, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    # The renderer aligns strokes to whole pixels, which makes some letters wider.
    return 1.03 * float(points) * DPI / 72


def class_names(names: Sequence[str], weight: str = "normal") -> list[str]:
    """Returns names that can be drawn: `class 3` for one with characters that no font has."""
    # All at once, so that the fonts are looked through once.
    all_are = fonts.is_drawable(" ".join(names), weight)
    shown = [
        name
        if all_are or fonts.is_drawable(name, weight)
        else words.word("class_number", number=number)
        for number, name in enumerate(names)
    ]
    # Otherwise a number behind a name in Arabic would be written before it.
    return [
        name + fonts.LEFT_TO_RIGHT if any(map(fonts.is_right_to_left, name)) else name
        for name in shown
    ]


def wrapped(
    text: str, width: float, size: float = 10, most_lines: int = 2, weight: str = "normal"
) -> list[str]:
    """Returns a text as lines no wider than `width` pixels, of any font.

    A line ends after a space, a hyphen, a slash or an underscore where there is one in its
    second half. What is left for the last line is shortened in the middle.
    """
    rest = fonts.drawable(text, weight).strip()
    lines: list[str] = []
    while len(lines) < most_lines - 1 and text_width(rest, size, weight) > width:
        count = _fitting(rest, width, size, weight)
        best = max(rest.rfind(mark, 0, count) for mark in " -/_") + 1
        count = best if best > count / 2 else count
        lines.append(rest[:count].rstrip())
        rest = rest[count:].lstrip()
    return [*lines, fitted(rest, width, size, weight)]


def _fitting(line: str, width: float, size: float, weight: str) -> int:
    """Returns how many characters of a line fit into a width, at least one."""
    fits, too_many = 1, len(line)
    while too_many - fits > 1:
        count = (fits + too_many) // 2
        if text_width(line[:count], size, weight) <= width:
            fits = count
        else:
            too_many = count
    return fits


def percent(rate: float) -> str:
    """Formats a rate as `98.9%`; `100%` and `0%` are exact, else `>99.9%` and `<0.1%`."""
    if rate in (0, 1):
        return f"{rate:.0%}"
    if rate >= 0.9995:
        return ">99.9%"
    return "<0.1%" if rate < 0.0005 else f"{rate:.1%}"


def number(value: float) -> str:
    """Formats a number of a scale with two digits and a true minus sign."""
    return f"{value:.2g}".replace("-", "\N{MINUS SIGN}")


def scale_of(values: Any, quantile: float) -> tuple[float, bool]:
    """Returns the end of a colour scale, > 0, and whether some values lie beyond it.

    On a scale up to a few extreme values, all others would look the same.

    Args:
      values: floats of any shape; signs are ignored, as are zeros and values not finite.
      quantile: the share of the values that the scale covers.
    """
    import numpy as np

    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not sizes.size:
        return 1.0, False
    end = float(np.quantile(sizes, quantile))
    return end, bool(sizes.max() > end)


def png(figure: Figure, dense: bool = False) -> bytes:
    """Returns the figure as PNG; the same figure gives the same bytes.

    Args:
      figure: what `plot` or `sheet` returned.
      dense: whether to draw each pixel as 2×2, for the screens of telephones.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    if dense:
        figure.set_dpi(2 * DPI)
    buffer = io.BytesIO()
    # `savefig` draws twice, first for the layout alone, which drawing does anyway. The metadata
    # omit the name and version of matplotlib.
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _inches(pixels: int) -> float:
    """Returns pixels in inches, of one or two pixels more if rounding would lose one (460)."""
    while pixels / DPI * DPI != pixels:
        pixels += 1
    return pixels / DPI


def _without_middle(line: str, kept: int) -> str:
    end = kept // 2
    return line[: kept - end].rstrip() + "…" + line[len(line) - end :].lstrip()
