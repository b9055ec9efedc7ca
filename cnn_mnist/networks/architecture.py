"""Networks as data: layers, their output shapes, parameter counts and variables.

A network is a tuple of layers that maps an image, `[28, 28, 1]`, to one logit per
class. It can be written in one line, as in the flag `--architecture`:

    conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.4, dense 10
"""

from __future__ import annotations

import dataclasses
import math
import re

from cnn_mnist.errors import SettingsError

IMAGE_SHAPE = (28, 28, 1)
"""Height, width and channels of an MNIST image."""
CLASSES = 10
"""The number of MNIST's classes, and of any data that do not name theirs."""
LEAST_CLASSES, MOST_CLASSES = 2, 100

# One line can describe a network that fits no machine. These limits are far above anything useful
# for images of 28×28 pixels.
MOST_LAYERS = 100
MOST_PARAMETERS = 200_000_000
"""0.8 GB as float32, and Adam keeps two more values for each."""
MOST_VALUES = 10_000_000
"""The outputs of all layers for one image: 4 GB for a batch of 100."""

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Conv:
    """A square convolution of stride 1, with bias and ReLU."""

    filters: int
    kernel_size: int
    padding: str = "same"


@dataclasses.dataclass(frozen=True)
class MaxPool:
    """A maximum over `size`×`size` windows that do not overlap.

    Rows and columns at the end that do not fill a window are dropped.
    """

    size: int = 2


@dataclasses.dataclass(frozen=True)
class Flatten:
    """`[height, width, channels]` to `[height * width * channels]`."""


@dataclasses.dataclass(frozen=True)
class Dense:
    """A fully connected layer with bias; the last one gives logits, without ReLU."""

    units: int
    relu: bool = True


@dataclasses.dataclass(frozen=True)
class Dropout:
    """In training, sets each value to 0 with probability `rate` and divides the rest by 1 - `rate`.

    Does nothing in evaluation and prediction.
    """

    rate: float


Layer = Conv | MaxPool | Flatten | Dense | Dropout
Architecture = tuple[Layer, ...]

_NOTATION = "conv 5x5x32, conv 5x5x32 valid, pool 2, flatten, dense 1024, dropout 0.4"


def parse(text: str) -> Architecture:
    """Reads a network from its one-line notation.

    The last dense layer gives the logits, so it has no ReLU.

    Raises:
      SettingsError: the notation has no such layer, a number is out of range, or there are
        more than `MOST_LAYERS` layers.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_LAYERS:
        raise SettingsError(f"architecture has {len(parts):,} layers; allowed: {MOST_LAYERS}")
    layers = [_parse_layer(part) for part in parts]
    if layers and isinstance(layers[-1], Dense):
        layers[-1] = dataclasses.replace(layers[-1], relu=False)
    return tuple(layers)


def describe(architecture: Architecture) -> str:
    """Returns the one-line notation, which `parse` reads back to an equal network."""
    return ", ".join(_describe_layer(layer) for layer in architecture)


def check(architecture: Architecture, classes: int | None = None) -> None:
    """Checks that the layers fit together and end in one logit for each class.

    Args:
      architecture: the layers.
      classes: how many there must be; None for any number from `LEAST_CLASSES` to `MOST_CLASSES`.

    Raises:
      SettingsError: there is no layer, a convolution or a pooling after flatten, a dense
        layer before it, a window larger than its input, a last layer that is not `dense
        classes`, or more than `MOST_PARAMETERS` or `MOST_VALUES`.
    """
    shape: Shape = IMAGE_SHAPE
    for layer in architecture:
        _check_fits(layer, shape)
        shape = output_shape(layer, shape)
    _check_end(architecture, classes)
    values = sum(map(math.prod, output_shapes(architecture)))
    for what, count, most in (
        ("parameters", parameter_count(architecture), MOST_PARAMETERS),
        ("values for each image", values, MOST_VALUES),
    ):
        if count > most:
            raise SettingsError(f"architecture has {count:,} {what}; allowed: {most:,}")


def classes_of(architecture: Architecture) -> int:
    """Returns the number of logits at the end of a network that `check` accepts."""
    return output_shapes(architecture)[-1][0]


def with_classes(architecture: Architecture, classes: int) -> Architecture:
    """Returns the network with `classes` logits at its end."""
    return (*architecture[:-1], Dense(classes, relu=False))


def output_shape(layer: Layer, input_shape: Shape) -> Shape:
    """Returns the output shape of `layer` for one example, without the batch dimension."""
    if isinstance(layer, Conv):
        shrink = 0 if layer.padding == "same" else layer.kernel_size - 1
        return (input_shape[0] - shrink, input_shape[1] - shrink, layer.filters)
    if isinstance(layer, MaxPool):
        return (input_shape[0] // layer.size, input_shape[1] // layer.size, input_shape[2])
    if isinstance(layer, Flatten):
        return (math.prod(input_shape),)
    if isinstance(layer, Dense):
        return (layer.units,)
    return input_shape


def output_shapes(architecture: Architecture) -> list[Shape]:
    """Returns the output shape of each layer for one image of `IMAGE_SHAPE`."""
    shapes: list[Shape] = []
    for layer in architecture:
        shapes.append(output_shape(layer, shapes[-1] if shapes else IMAGE_SHAPE))
    return shapes


def named(architecture: Architecture) -> list[tuple[str, Layer]]:
    """Returns each layer with its name: `[("conv2d", Conv(32, 5)), …]`.

    The names are those that `tf.layers` gives by itself (`conv2d`, `conv2d_1`, `dense`,
    `dense_1`), so that checkpoints of the 2018 tutorial load.
    """
    counts: dict[str, int] = {}
    pairs = []
    for layer in architecture:
        base = _TF_LAYERS_NAMES[type(layer)]
        number = counts.get(base, 0)
        counts[base] = number + 1
        pairs.append((f"{base}_{number}" if number else base, layer))
    return pairs


def variable_shapes(architecture: Architecture) -> dict[str, Shape]:
    """Returns each variable's name and shape, as `{"conv2d/kernel": (5, 5, 1, 32), …}`."""
    variables: dict[str, Shape] = {}
    shape: Shape = IMAGE_SHAPE
    for name, layer in named(architecture):
        if isinstance(layer, Conv):
            size = layer.kernel_size
            variables[f"{name}/kernel"] = (size, size, shape[-1], layer.filters)
            variables[f"{name}/bias"] = (layer.filters,)
        elif isinstance(layer, Dense):
            variables[f"{name}/kernel"] = (shape[0], layer.units)
            variables[f"{name}/bias"] = (layer.units,)
        shape = output_shape(layer, shape)
    return variables


def parameter_count(architecture: Architecture) -> int:
    """Returns how many numbers training adjusts."""
    return sum(math.prod(shape) for shape in variable_shapes(architecture).values())


TABLE_HEADS = ("layer", "what", "output", "parameters")
"""The column heads of `table`."""


def table(architecture: Architecture) -> list[tuple[str, str, str, str]]:
    """Returns a row for the input and for each layer: name, kind, output shape, parameters."""
    (name, kind, shape, _), *others = rows(architecture)
    return [
        (name, kind, show_shape(shape), ""),
        *((name, kind, show_shape(shape), f"{count:,}") for name, kind, shape, count in others),
    ]


def rows(architecture: Architecture) -> list[tuple[str, str, Shape, int]]:
    """Returns the same as `table`, with shapes and parameters as numbers."""
    found: list[tuple[str, str, Shape, int]] = [("input", "image", IMAGE_SHAPE, 0)]
    variables = variable_shapes(architecture)
    shapes = output_shapes(architecture)
    for (name, layer), shape in zip(named(architecture), shapes, strict=True):
        own = [variables.get(f"{name}/{part}", ()) for part in ("kernel", "bias")]
        count = sum(math.prod(sizes) for sizes in own if sizes)
        kind = _describe_layer(layer) + (", ReLU" if getattr(layer, "relu", False) else "")
        kind += ", ReLU" if isinstance(layer, Conv) else ""
        found.append((name, kind, shape, count))
    return found


def show_shape(shape: Shape) -> str:
    """Returns a shape as text: `28×28×32`."""
    return "×".join(map(str, shape))


def with_dropout_rate(architecture: Architecture, rate: float) -> Architecture:
    """Returns the network with every dropout layer at `rate`."""
    return tuple(Dropout(rate) if isinstance(layer, Dropout) else layer for layer in architecture)


_TF_LAYERS_NAMES: dict[type, str] = {
    Conv: "conv2d",
    MaxPool: "max_pooling2d",
    Flatten: "flatten",
    Dense: "dense",
    Dropout: "dropout",
}

# Each text can match in one way only. With two ways the time would grow with the square of the
# length.
_DROPOUT = r"dropout ((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:e-[0-9]+)?)"


def _parse_layer(text: str) -> Layer:
    if match := re.fullmatch(r"conv ([0-9]+)x([0-9]+)x([0-9]+)(?: (same|valid))?", text):
        if match[1] != match[2]:
            raise SettingsError(f"architecture: {text!r} must have a square kernel, such as 5x5x32")
        return Conv(_positive(match[3], text), _positive(match[1], text), match[4] or "same")
    if match := re.fullmatch(r"pool(?: ([0-9]+))?", text):
        return MaxPool(_positive(match[1] or "2", text))
    if text == "flatten":
        return Flatten()
    if match := re.fullmatch(r"dense ([0-9]+)", text):
        return Dense(_positive(match[1], text))
    if match := re.fullmatch(_DROPOUT, text):
        if not 0 <= float(match[1]) < 1:
            raise SettingsError(f"architecture: {text!r} must have a rate from 0 to below 1")
        return Dropout(float(match[1]))
    raise SettingsError(f"architecture: unknown layer {text!r}; layers are written as {_NOTATION}")


def _positive(digits: str, text: str) -> int:
    # The first nine digits are enough to refuse a number that is far too large.
    number = int(digits.lstrip("0")[:9] or "0")
    if not 1 <= number <= 65536:
        raise SettingsError(f"architecture: the numbers in {text!r} must be from 1 to 65536")
    return number


def _describe_layer(layer: Layer) -> str:
    if isinstance(layer, Conv):
        size = f"{layer.kernel_size}x{layer.kernel_size}x{layer.filters}"
        return f"conv {size}" + (" valid" if layer.padding == "valid" else "")
    if isinstance(layer, MaxPool):
        return f"pool {layer.size}"
    if isinstance(layer, Dense):
        return f"dense {layer.units}"
    if isinstance(layer, Dropout):
        return f"dropout {layer.rate!r}".removesuffix(".0")
    return "flatten"


def _check_end(architecture: Architecture, classes: int | None) -> None:
    last = architecture[-1] if architecture else None
    if isinstance(last, Dense) and not last.relu:
        least, most = (classes, classes) if classes else (LEAST_CLASSES, MOST_CLASSES)
        if least <= last.units <= most:
            return
    end = f"'dense {classes}', one logit for each class"
    if classes is None:
        end = f"'dense N', one logit for each of {LEAST_CLASSES} to {MOST_CLASSES} classes"
    raise SettingsError(
        f"architecture must end in {end}, not {describe(architecture[-1:]) or 'nothing'!r}"
    )


def _check_fits(layer: Layer, shape: Shape) -> None:
    text = _describe_layer(layer)
    if isinstance(layer, Conv | MaxPool):
        if len(shape) != 3:
            raise SettingsError(f"architecture: {text!r} cannot follow 'flatten'")
        window = layer.size if isinstance(layer, MaxPool) else layer.kernel_size
        smallest = min(shape[:2])
        if (isinstance(layer, MaxPool) or layer.padding == "valid") and window > smallest:
            raise SettingsError(
                f"architecture: {text!r} needs an input of at least {window}x{window}, "
                f"but the layer before it gives {shape[0]}x{shape[1]}"
            )
    if isinstance(layer, Dense) and len(shape) != 1:
        raise SettingsError(f"architecture: {text!r} needs 'flatten' somewhere before it")
