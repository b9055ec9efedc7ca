"""Draws a network as a diagram, from the image down to the classes."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING, Any

from cnn_mnist.networks import architecture as arch
from cnn_mnist.plots import blocks, style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_HEIGHT = 66
_TOP = style.HEADING_HEIGHT + 32
_BLOCKS_MIDDLE = 180
_LAYER_LEFT, _LAYER_WIDTH = 350, 240
_SHAPE_LEFT, _SHAPE_WIDTH = 600, 150
_COUNT_RIGHT, _COUNT_WIDTH = 880, 170
_BAR_LEFT, _BAR_WIDTH = 892, 88
_NARROW_BLOCKS = 120


@dataclasses.dataclass(frozen=True)
class _Row:
    """The texts of one row; `work` shows how the number of parameters is computed."""

    text: str
    name: str
    shape: arch.Shape
    parameters: int = 0
    work: str = ""


def network_png(layers: arch.Architecture, title: str, narrow: bool = False) -> bytes:
    """Draws a network from top to bottom, a row for each layer.

    A row shows a block that hints at the shape of the layer's output, the layer's settings
    and name, the output's shape, the number of parameters and its share of the total. Blocks
    of layers with parameters are blue.

    Args:
      layers: the network, from the image to the logits.
      title: the heading, written before the total number of parameters.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense, and
        without the shares.

    Returns:
      A PNG of 1000 pixels by about 120, plus 66 for each layer, for the image and for the
      classes.
    """
    return style.png(network_figure(layers, title, narrow), narrow)


def network_figure(layers: arch.Architecture, title: str, narrow: bool = False) -> Figure:
    """Returns what `network_png` draws, as a matplotlib figure."""
    rows = _rows(layers)
    total = arch.parameter_count(layers)
    if narrow:
        return _narrow_figure(rows, title, total)
    figure, axes = style.sheet(_TOP + _ROW_HEIGHT * len(rows) + 22)
    _head(axes, title, total)
    middles = [_TOP + _ROW_HEIGHT * (number + 0.5) for number in range(len(rows))]
    _draw_blocks(axes, rows, middles)
    for row, middle in zip(rows, middles, strict=True):
        _write_row(axes, row, middle, total)
    return figure


def _draw_blocks(axes: Axes, rows: list[_Row], middles: list[float]) -> None:
    drawn = [
        blocks.draw(axes, row.shape, _BLOCKS_MIDDLE, middle, bool(row.parameters))
        for row, middle in zip(rows, middles, strict=True)
    ]
    for above, below in itertools.pairwise(drawn):
        blocks.arrow(axes, _BLOCKS_MIDDLE, above[1], below[0])


def _narrow_figure(rows: list[_Row], title: str, total: int) -> Figure:
    """Returns the blocks at a third of their size, with all texts at their right."""
    explanation = f"{words.counted(total, 'parameter')}. {_explanation()}"
    top = style.heading_height(title, explanation, style.NARROW) + 10
    height = _ROW_HEIGHT * len(rows)
    figure, axes = style.sheet(top + height + 14, style.NARROW)
    style.heading(axes, title, explanation)
    drawing = style.inset(axes, style.MARGIN, top, _NARROW_BLOCKS, height)
    drawing.set_axis_off()
    scale = 2 * _BLOCKS_MIDDLE / _NARROW_BLOCKS
    drawing.set_xlim(0, 2 * _BLOCKS_MIDDLE)
    drawing.set_ylim(scale * height, 0)
    middles = [_ROW_HEIGHT * (number + 0.5) for number in range(len(rows))]
    _draw_blocks(drawing, rows, [scale * middle for middle in middles])
    for row, middle in zip(rows, middles, strict=True):
        _write_narrow_row(axes, row, top + middle)
    return figure


def _write_narrow_row(axes: Axes, row: _Row, middle: float) -> None:
    left = style.MARGIN + _NARROW_BLOCKS + 12
    width = style.NARROW - style.MARGIN - left
    style.write(axes, left, middle - 9, row.text, width, weight="bold")
    below: dict[str, Any] = {"size": 9, "color": style.FAINT_INK}
    style.write(axes, left, middle + 8, row.name, width, **below)
    facts = "×".join(f"{size:,}" for size in row.shape)
    if row.parameters:
        facts += f", {words.counted(row.parameters, 'parameter')}"
    style.write(axes, left, middle + 24, facts, width, **below)


def _rows(layers: arch.Architecture) -> list[_Row]:
    variables = arch.variable_shapes(layers)
    rows = [_Row(words.word("the_image"), words.word("input"), arch.IMAGE_SHAPE)]
    shapes = arch.output_shapes(layers)
    for (name, layer), shape in zip(arch.named(layers), shapes, strict=True):
        own = [sizes for full, sizes in variables.items() if full.partition("/")[0] == name]
        count = sum(map(math.prod, own))
        rows.append(_Row(_describe(layer), name + _stride(layer), shape, count, _work(own)))
    classes = shapes[-1] if shapes else arch.IMAGE_SHAPE
    text = words.word("classes", count=f"{classes[-1]:,}")
    rows.append(_Row(text, words.word("softmax"), classes))
    return rows


def _work(variables: list[arch.Shape]) -> str:
    """Returns how a layer's parameters are counted: `5×5×1×32 + 32`, or `4×32`."""
    if len(set(variables)) == 1 and len(variables) > 1:
        return f"{len(variables)}×{variables[0][0]:,}"
    return " + ".join("×".join(f"{size:,}" for size in sizes) for sizes in variables)


def _describe(layer: arch.Layer) -> str:
    if isinstance(layer, arch.Conv):
        size = f"{layer.kernel_size}×{layer.kernel_size}×{layer.filters:,}"
        text = words.word("conv", size=size + _padding(layer, "same"))
        return text + (", ReLU" if layer.relu else "")
    if isinstance(layer, arch.MaxPool | arch.AvgPool):
        kind = "max_pool" if isinstance(layer, arch.MaxPool) else "average_pool"
        return words.word(kind, size=f"{layer.size}×{layer.size}" + _padding(layer, "valid"))
    if isinstance(layer, arch.BatchNorm):
        return words.word("batch_norm")
    if isinstance(layer, arch.Relu):
        return "ReLU"
    if isinstance(layer, arch.Dense):
        return words.word("dense", units=f"{layer.units:,}") + (", ReLU" if layer.relu else "")
    if isinstance(layer, arch.Dropout):
        return words.word("dropout", rate=f"{layer.rate:g}")
    return words.word("flatten")


def _padding(layer: arch.Conv | arch.Pool, usual: str) -> str:
    return f" {layer.padding}" if layer.padding != usual else ""


def _stride(layer: arch.Layer) -> str:
    """Returns a layer's stride where it is not the usual one; it stands beside the name."""
    if not isinstance(layer, arch.Conv | arch.Pool):
        return ""
    usual = 1 if isinstance(layer, arch.Conv) else layer.size
    return ", " + words.word("stride", stride=layer.stride) if layer.stride != usual else ""


def _explanation() -> str:
    return f"{words.word('blue_learns')} {words.word('sizes')}"


def _head(axes: Axes, title: str, total: int) -> None:
    count = f": {words.counted(total, 'parameter')}"
    room = style.WIDTH - 2 * style.MARGIN - style.text_width(count, 14, "bold")
    style.heading(axes, style.fitted(title, room, 14, "bold") + count, _explanation())
    look: dict[str, Any] = {"size": 9, "color": style.FAINT_INK}
    y = style.HEADING_HEIGHT + 22
    style.write(axes, _LAYER_LEFT, y, words.word("head_layer"), 200, **look)
    style.write(axes, _SHAPE_LEFT, y, words.word("output"), 100, **look)
    style.write(axes, _COUNT_RIGHT, y, words.word("head_parameters"), 120, ha="right", **look)
    style.write(axes, _BAR_LEFT, y, words.word("head_share"), 100, **look)
    edges = (style.MARGIN, style.WIDTH - style.MARGIN)
    axes.plot(edges, (y + 8, y + 8), color=style.LINE, linewidth=1)


def _write_row(axes: Axes, row: _Row, middle: float, total: int) -> None:
    above: dict[str, Any] = {"size": 11}
    below: dict[str, Any] = {"size": 9, "color": style.FAINT_INK}
    style.write(axes, _LAYER_LEFT, middle, row.text, _LAYER_WIDTH, weight="bold", **above)
    style.write(axes, _LAYER_LEFT, middle + 17, row.name, _LAYER_WIDTH, **below)
    shape = "×".join(f"{size:,}" for size in row.shape)
    style.write(axes, _SHAPE_LEFT, middle, shape, _SHAPE_WIDTH, **above)
    if len(row.shape) > 1:
        count = words.word("values", count=f"{math.prod(row.shape):,}")
        style.write(axes, _SHAPE_LEFT, middle + 17, count, _SHAPE_WIDTH, **below)
    if row.parameters:
        style.write(
            axes, _COUNT_RIGHT, middle, f"{row.parameters:,}", _COUNT_WIDTH, ha="right", **above
        )
        style.write(axes, _COUNT_RIGHT, middle + 17, row.work, _COUNT_WIDTH, ha="right", **below)
        _draw_part(axes, row.parameters / total, middle)


def _draw_part(axes: Axes, part: float, middle: float) -> None:
    from matplotlib.patches import Rectangle

    frame: dict[str, Any] = {"facecolor": "none", "edgecolor": style.LINE, "linewidth": 1}
    axes.add_patch(Rectangle((_BAR_LEFT, middle - 11), _BAR_WIDTH, 12, **frame))
    bar = Rectangle((_BAR_LEFT, middle - 11), _BAR_WIDTH * part, 12, color=style.BLUE, linewidth=0)
    axes.add_patch(bar)
    look: dict[str, Any] = {"size": 9, "color": style.FAINT_INK}
    style.write(axes, _BAR_LEFT, middle + 17, style.percent(part), _BAR_WIDTH, **look)
