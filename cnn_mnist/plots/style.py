"""What all pictures share: the ground, the colours, how texts are fitted, and the PNG.

A picture is drawn on one of two grounds: `plot`, on which matplotlib arranges axes, or
`sheet`, which is measured in pixels from the upper left corner, so that a grid of
images or a diagram comes out at the same place whatever it shows.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
WIDTH = 1000
"""Of most pictures, in pixels; fits the screen of a laptop."""

BLUE = "#1b4f8f"
ORANGE = "#e8912d"
"""Told apart by the colour-blind, and in grey: their lightness L* is 34 and 68."""
INK = "#1a1a1a"
FAINT_INK = "#5c5c5c"
"""6.7:1 on white, more than the 4.5:1 that small text needs."""
LINE = "#d9d9d9"

PLAIN: dict[str, Any] = {"parse_math": False}
"""For every text that holds a name: a `$` in it is a dollar, not the beginning of a formula."""

HEADING_HEIGHT = 64
"""Pixels that `heading` takes of a sheet."""
MARGIN = 20


def plot(width: int, height: int) -> Figure:
    """Returns an empty white figure of that many pixels, on which axes arrange themselves."""
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
    figure.suptitle(text, x=left, ha="left", fontsize=14, weight="bold", color=INK, **PLAIN)


def sheet(height: int, width: int = WIDTH) -> tuple[Figure, Axes]:
    """Returns a white figure and, all over it, axes in pixels from its upper left corner."""
    from matplotlib.figure import Figure

    figure = Figure((_inches(width), _inches(height)), DPI, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_autoscale_on(False)
    axes.set_xlim(0, figure.bbox.width)
    axes.set_ylim(figure.bbox.height, 0)
    return figure, axes


def heading(axes: Axes, title: str, subtitle: str = "", width: float = WIDTH - 2 * MARGIN) -> None:
    """Writes a title and a fainter line that explains, at the top of a sheet."""
    write(axes, MARGIN, 10, title, width, size=14, weight="bold", va="top")
    write(axes, MARGIN, 37, subtitle, width, size=10, color=FAINT_INK, va="top")


def write(
    axes: Axes, x: float, y: float, text: str, width: float, size: float = 10, **options: Any
) -> None:
    """Writes one line of text, shortened in its middle to `width` pixels."""
    weight = options.get("weight", "normal")
    line = fitted(text, width, size, weight)
    axes.text(x, y, line, fontsize=size, **{"color": INK, **PLAIN, **options})


def show(
    axes: Axes, image: Any, x: float, y: float, width: float, height: float, **options: Any
) -> None:
    """Shows an array as an image with its first row on top, `(x, y)` its upper left corner.

    Args:
      axes: those of a sheet.
      image: `[rows, columns]` numbers or `[rows, columns, 3 or 4]` colours.
      x, y, width, height: pixels.
      options: as `Axes.imshow` takes them, `cmap`, `vmin` and `vmax` say.
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
    """Draws a horizontal colour bar on a sheet, its ends and its middle labelled.

    Args:
      axes: those of the sheet.
      place: left, top, width and height of the bar in pixels.
      label: what stands under it.
      clipped: writes ≤ and ≥ at the ends: some values lie beyond them. An end at 0 is none.
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
    bar.set_xlabel(label, fontsize=9, **PLAIN)


def inset(axes: Axes, x: float, y: float, width: float, height: float) -> Axes:
    """Returns new axes on a sheet, `(x, y)` their upper left corner, in pixels."""
    figure: Any = axes.figure
    total_width, total_height = axes.get_xlim()[1], axes.get_ylim()[0]
    bottom = total_height - y - height
    place = (x / total_width, bottom / total_height, width / total_width, height / total_height)
    new_axes: Axes = figure.add_axes(place)
    return new_axes


def fitted(text: str, width: float, size: float = 10, weight: str = "normal") -> str:
    """Returns `text`, its middle replaced by … if it is wider than `width` pixels.

    Args:
      text: a name, a caption; line breaks and control characters become spaces.
      width: pixels.
      size: of the font, in points.
      weight: `normal` or `bold`.
    """
    line = "".join(c if c.isprintable() else " " for c in text)
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
    """Returns how many pixels a line of text is wide, rounded up a little."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)
    points, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    # The renderer moves strokes to whole pixels, which makes some letters wider.
    return 1.03 * float(points) * DPI / 72


def percent(rate: float) -> str:
    """Returns `98.9%`; `100%` and `0%` only for what is exactly that, else `>99.9%`, `<0.1%`."""
    if rate in (0, 1):
        return f"{rate:.0%}"
    if rate >= 0.9995:
        return ">99.9%"
    return "<0.1%" if rate < 0.0005 else f"{rate:.1%}"


def number(value: float) -> str:
    """Returns a number of a scale in two or three digits, with a true minus sign."""
    return f"{value:.2g}".replace("-", "\N{MINUS SIGN}")


def scale_of(values: Any, quantile: float) -> tuple[float, bool]:
    """Returns the end of a colour scale, > 0, and whether some values lie beyond it.

    A few extreme values would leave no colours to all the others.

    Args:
      values: floats of any shape; their sizes count, those that are 0 or not finite do not.
      quantile: the part of them that the scale holds.
    """
    import numpy as np

    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not sizes.size:
        return 1.0, False
    end = float(np.quantile(sizes, quantile))
    return end, bool(sizes.max() > end)


def counted(count: int, singular: str, plural: str = "") -> str:
    """Returns `1 map` or `1,024 maps`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def png(figure: Figure) -> bytes:
    """Returns the figure as PNG; the same figure gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    # `savefig` draws twice, the first time for the layout alone, which drawing does by itself.
    # The metadata leave out the name and version of matplotlib.
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def _inches(pixels: int) -> float:
    """Of a pixel or two more where inches cannot tell it: 460 would come out as 459.99…, cut."""
    while pixels / DPI * DPI != pixels:
        pixels += 1
    return pixels / DPI


def _without_middle(line: str, kept: int) -> str:
    end = kept // 2
    return line[: kept - end].rstrip() + "…" + line[len(line) - end :].lstrip()
