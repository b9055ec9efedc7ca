"""Draws learning curves: loss and accuracy over the training steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.plots import fonts, style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float, float]
"""A step, its loss, its accuracy as a rate from 0 to 1."""

_HEIGHT, _NARROW_HEIGHT = 450, 720
_LOG_DECADES = 1.5
_ACCURACY_FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.0)
_EARLY_PART = 0.2
_SMOOTHED_PART = 25
_WIDEST_WINDOW = 301
_FAINT_ORANGE = "#f7d9b5"


def learning_curves_png(
    training: Sequence[Point],
    validation: Sequence[Point],
    best_step: int | None,
    title: str = "",
    epochs: Sequence[Point] = (),
    narrow: bool = False,
) -> bytes:
    """Draws loss at left and accuracy at right, for training batches and for validation.

    Single batches are faint dots with a line for their moving mean, or for the mean of each epoch,
    if there are three: it can be compared with validation, as in Keras. The loss has a
    logarithmic axis if it spans more than 1.5 decades. The accuracy axis begins just below
    the accuracies of later steps, so that 98 and 99 % lie apart; the points below are
    counted under it. A cross at the upper edge marks a value that is NaN or infinite.

    Args:
      training: `(step, loss, accuracy)` of single batches; may be empty.
      validation: `(step, loss, accuracy)` of the validation images; may be empty.
      best_step: the step of the best checkpoint, marked by a line; None for no mark.
      title: the heading; `Learning curves` if empty.
      epochs: `(step, loss, accuracy)`, the mean of each epoch at its last step; may be empty.
      narrow: whether to draw for a telephone, `style.NARROW` pixels wide, twice as dense, the
        accuracy below the loss.

    Returns:
      A PNG of 1000×450 pixels.
    """
    figure = learning_curves_figure(training, validation, best_step, title, epochs, narrow)
    return style.png(figure, narrow)


def learning_curves_figure(
    training: Sequence[Point],
    validation: Sequence[Point],
    best_step: int | None,
    title: str = "",
    epochs: Sequence[Point] = (),
    narrow: bool = False,
) -> Figure:
    """Returns what `learning_curves_png` draws, as a matplotlib figure; the loss axes are first."""
    figure = (
        style.plot(style.NARROW, _NARROW_HEIGHT) if narrow else style.plot(style.WIDTH, _HEIGHT)
    )
    style.plot_title(figure, title or words.word("learning_curves"))
    loss_axes, accuracy_axes = figure.subplots(2, 1) if narrow else figure.subplots(1, 2)
    drawn = [_columns(training), _columns(validation), _columns(epochs)]
    _draw_panel(
        loss_axes, words.word("loss"), [points[[0, 1]] for points in drawn], best_step, "{:.3g}"
    )
    _scale_loss(loss_axes, drawn)
    rates = [points[[0, 2]] for points in drawn]
    _draw_panel(accuracy_axes, words.word("accuracy"), rates, best_step, "{:.2%}")
    _scale_accuracy(accuracy_axes, drawn)
    _draw_legend(figure, [loss_axes, accuracy_axes], 2 if narrow else 4)
    if narrow:
        _take_fewer_steps(loss_axes, accuracy_axes)
    return figure


def _draw_panel(
    axes: Axes, name: str, curves: list[np.ndarray], best_step: int | None, form: str
) -> None:
    """Draws steps and values, float64 `[2, count]`, of training, validation and epochs."""
    training, validation, epochs = curves
    _draw_training(axes, training[0], training[1], epochs)
    _draw_validation(axes, *validation)
    points = np.concatenate(curves, axis=1)
    finite = np.isfinite(points[1])
    _mark_infinite(axes, points[0, ~finite])
    axes.set_ylabel(name, **style.look(name))
    if not finite.any():
        text = words.word("none_to_draw", name=name)
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", **style.look(text))
        axes.tick_params(left=False, labelleft=False)
    _scale_steps(axes, points[0], best_step)
    if best_step is not None:
        _mark_best(axes, validation, best_step, form)


def _columns(points: Sequence[Point]) -> np.ndarray:
    """Returns float64 `[3, count]`: steps in ascending order, losses, accuracies."""
    table = np.asarray(points, dtype=float).reshape(-1, 3).T
    return table[:, np.argsort(table[0], kind="stable")]


def _draw_training(axes: Axes, steps: np.ndarray, values: np.ndarray, epochs: np.ndarray) -> None:
    window = _window(len(steps))
    finite = np.isfinite(values)
    steps, values = steps[finite], values[finite]
    line: dict[str, Any] = {"color": style.ORANGE, "linewidth": 2}
    # Two points are not a curve.
    by_epoch = epochs.shape[1] > 2
    if by_epoch:
        axes.plot(
            *epochs, marker="D", markersize=4, zorder=3, label=words.word("epoch_mean"), **line
        )
    if not len(steps):
        return
    batches = words.word("training_batches")
    if window == 1 and not by_epoch:
        axes.plot(steps, values, marker="s", markersize=4, label=batches, **line)
        return
    # A faint colour, not a transparent one: thousands of transparent dots add up to an opaque one.
    dots: dict[str, Any] = {"color": _FAINT_ORANGE, "markersize": 3, "markeredgewidth": 0}
    axes.plot(steps, values, "o", label=batches, **dots)
    if not by_epoch:
        mean = words.word("batches_mean", count=window)
        axes.plot(steps, smoothed(values, window), label=mean, **line)


def _draw_validation(axes: Axes, steps: np.ndarray, values: np.ndarray) -> None:
    finite = np.isfinite(values)
    if not finite.any():
        return
    # Above the line that marks the best step.
    line: dict[str, Any] = {"color": style.BLUE, "linewidth": 1.8, "zorder": 4}
    marker = "o" if finite.sum() <= 60 else ""
    line |= {"marker": marker, "markersize": 5, "label": words.word("validation")}
    axes.plot(steps[finite], values[finite], **line)


def _mark_infinite(axes: Axes, steps: np.ndarray) -> None:
    if len(steps):
        at_the_top = axes.get_xaxis_transform()
        options: dict[str, Any] = {"color": style.INK, "clip_on": False}
        options["label"] = words.word("not_finite")
        axes.plot(steps, np.ones(len(steps)), "x", transform=at_the_top, **options)


def _window(count: int) -> int:
    """Returns the width of the moving mean: an odd number, about 1/25 of `count`; 1 for few."""
    return min(_WIDEST_WINDOW, count // _SMOOTHED_PART // 2 * 2 + 1)


def smoothed(values: np.ndarray, window: int) -> np.ndarray:
    """Returns the centred moving mean of `window` values, of fewer at both ends.

    Args:
      values: finite float64 `[count]`.
      window: an odd number.
    """
    half = window // 2
    sums = np.concatenate(([0.0], np.cumsum(values)))
    places = np.arange(len(values))
    ends = np.minimum(places + half + 1, len(values))
    begins = np.maximum(places - half, 0)
    return (sums[ends] - sums[begins]) / (ends - begins)


def _scale_steps(axes: Axes, steps: np.ndarray, best_step: int | None) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    known = [*steps[np.isfinite(steps)], *([] if best_step is None else [best_step])]
    low, high = (min(known), max(known)) if known else (0, 1)
    margin = 0.03 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
    _name_steps(axes, words.word("step"))
    axes.grid(color=style.LINE, linewidth=0.8)
    axes.set_axisbelow(True)


def _name_steps(axes: Axes, text: str) -> None:
    axes.set_xlabel(text, **style.look(text))


def _mark_best(axes: Axes, validation: np.ndarray, best_step: int, form: str) -> None:
    steps, values = validation
    axes.axvline(best_step, color=style.INK, linestyle="--", linewidth=1.2)
    text = words.word("best_step", step=f"{best_step:,}")
    for value in values[(steps == best_step) & np.isfinite(values)][:1]:
        text += ", " + form.format(value)
    low, high = axes.get_xlim()
    place = (best_step - low) / (high - low)
    # At the edges the text would leave its panel.
    side = "left" if place < 0.3 else "right" if place > 0.7 else "center"
    above = axes.get_xaxis_transform()
    axes.text(best_step, 1.02, text, transform=above, ha=side, fontsize=10, **style.look(text))


def _scale_loss(axes: Axes, drawn: list[np.ndarray]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    losses = np.concatenate([points[1] for points in drawn])
    losses = losses[np.isfinite(losses) & (losses > 0)]
    decades = math.log10(losses.max() / losses.min()) if len(losses) else 0
    if decades <= _LOG_DECADES:
        return
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(losses.min() / 1.3, losses.max() * 1.3)
    parts = (1, 2, 5) if decades < 3.5 else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=parts, numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    text = words.word("loss_logarithmic")
    axes.set_ylabel(text, **style.look(text))


def _scale_accuracy(axes: Axes, drawn: list[np.ndarray]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    floor = _accuracy_floor(drawn)
    axes.set_ylim(floor - 0.02 * (1 - floor), 1 + 0.02 * (1 - floor))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{100 * rate:g}%"))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    accuracies = np.concatenate([points[2] for points in drawn])
    below = int((accuracies < axes.get_ylim()[0]).sum())
    if floor:
        text = words.word("accuracy_from", floor=f"{floor:.0%}")
        axes.set_ylabel(text, **style.look(text))
    if below:
        points = words.counted(below, "point")
        _name_steps(axes, words.word("step_without", points=points, floor=f"{floor:.0%}"))


def _accuracy_floor(drawn: list[np.ndarray]) -> float:
    """Returns the start of the axis: below the later validations and 95 % of later batches."""
    steps = np.concatenate([points[0] for points in drawn])
    if not len(steps):
        return 0.0
    late = steps.min() + _EARLY_PART * np.ptp(steps)
    lows = []
    for points, quantile in zip(drawn, (0.05, 0.0, 0.0), strict=True):
        accuracies = points[2][(points[0] >= late) & np.isfinite(points[2])]
        if len(accuracies):
            lows.append(float(np.quantile(accuracies, quantile)))
    return next((f for f in _ACCURACY_FLOORS if lows and f <= min(lows)), 0.0)


def _take_fewer_steps(*panels: Axes) -> None:
    for axes in panels:
        locator: Any = axes.xaxis.get_major_locator()
        locator.set_params(nbins=4)


def _draw_legend(figure: Figure, panels: list[Axes], columns: int) -> None:
    handles = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles[label] = handle
    if handles:
        place: dict[str, Any] = {"loc": "outside lower center", "ncols": columns, "frameon": False}
        font = fonts.options(" ".join(handles))
        figure.legend(list(handles.values()), list(handles), prop=font, **place)
