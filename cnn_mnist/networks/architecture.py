"""Networks as data: layers, their output shapes, parameter counts and variables.

A network is a tuple of layers that maps an image, `[28, 28, 1]`, to one logit per
class. It can be written in one line, as in the flag `--architecture`:

    conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.4, dense 10

`notation` reads and writes such a line, and `layer_kinds` has the classes; both are here, too.
"""

from __future__ import annotations

import math

from cnn_mnist.errors import SettingsError
from cnn_mnist.networks.layer_kinds import (
    Architecture,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Pool,
    Relu,
)
from cnn_mnist.networks.notation import MOST_LAYERS as MOST_LAYERS
from cnn_mnist.networks.notation import describe, describe_layer
from cnn_mnist.networks.notation import parse as parse

IMAGE_SHAPE = (28, 28, 1)
"""Height, width and channels of an MNIST image."""
CLASSES = 10
"""The number of MNIST's classes, and of any data that do not name theirs."""
LEAST_CLASSES, MOST_CLASSES = 2, 100

# One line can describe a network that fits no machine. These limits are far above anything useful
# for images of 28×28 pixels.
MOST_PARAMETERS = 200_000_000
"""0.8 GB as float32, and Adam keeps two more values for each."""
MOST_VALUES = 10_000_000
"""The outputs of all layers for one image: 4 GB for a batch of 100."""

MOVING_AVERAGES = ("moving_mean", "moving_variance")
"""Those variables of batch normalization that gradients do not train."""

Shape = tuple[int, ...]


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
        _check_fits(layer, shape, is_last=layer is architecture[-1])
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
    if isinstance(layer, Conv | Pool):
        window, channels = _window_and_channels(layer, input_shape)
        shrink = 0 if layer.padding == "same" else window - 1
        height, width = (math.ceil((size - shrink) / layer.stride) for size in input_shape[:2])
        return (height, width, channels)
    if isinstance(layer, Flatten):
        return (math.prod(input_shape),)
    if isinstance(layer, Dense):
        return (layer.units,)
    return input_shape


def _window_and_channels(layer: Conv | Pool, input_shape: Shape) -> tuple[int, int]:
    if isinstance(layer, Conv):
        return layer.kernel_size, layer.filters
    return layer.size, input_shape[2]


def output_shapes(architecture: Architecture) -> list[Shape]:
    """Returns the output shape of each layer for one image of `IMAGE_SHAPE`."""
    shapes: list[Shape] = []
    for layer in architecture:
        shapes.append(output_shape(layer, shapes[-1] if shapes else IMAGE_SHAPE))
    return shapes


def named(architecture: Architecture) -> list[tuple[str, Layer]]:
    """Returns each layer with its name: `[("conv2d", Conv(32, 5)), …]`.

    The names are those that `tf.layers` gives by itself (`conv2d`, `conv2d_1`, `dense`,
    `dense_1`), so that checkpoints of the 2018 tutorial load. `tf.layers` has no ReLU of its own;
    that is named `relu`.
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
        elif isinstance(layer, BatchNorm):
            for part in ("gamma", "beta", *MOVING_AVERAGES):
                variables[f"{name}/{part}"] = (shape[-1],)
        shape = output_shape(layer, shape)
    return variables


def parameter_count(architecture: Architecture) -> int:
    """Returns how many numbers the variables hold, moving averages included."""
    return sum(math.prod(shape) for shape in variable_shapes(architecture).values())


def moving_average_count(architecture: Architecture) -> int:
    """Returns how many of them are moving averages, which are not trained by gradients."""
    return sum(
        math.prod(shape)
        for name, shape in variable_shapes(architecture).items()
        if name.rpartition("/")[2] in MOVING_AVERAGES
    )


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
        own = [sizes for full, sizes in variables.items() if full.partition("/")[0] == name]
        kind = describe_layer(layer, is_last=layer is architecture[-1])
        kind += ", ReLU" if isinstance(layer, Conv | Dense) and layer.relu else ""
        found.append((name, kind, shape, sum(map(math.prod, own))))
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
    AvgPool: "average_pooling2d",
    BatchNorm: "batch_normalization",
    Relu: "relu",
    Flatten: "flatten",
    Dense: "dense",
    Dropout: "dropout",
}


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


def _check_fits(layer: Layer, shape: Shape, is_last: bool) -> None:
    text = describe_layer(layer, is_last)
    if isinstance(layer, Conv | Pool):
        if len(shape) != 3:
            raise SettingsError(f"architecture: {text!r} cannot follow 'flatten'")
        window, _ = _window_and_channels(layer, shape)
        if layer.padding == "valid" and window > min(shape[:2]):
            raise SettingsError(
                f"architecture: {text!r} needs an input of at least {window}x{window}, "
                f"but the layer before it gives {shape[0]}x{shape[1]}"
            )
    if isinstance(layer, Dense) and len(shape) != 1:
        raise SettingsError(f"architecture: {text!r} needs 'flatten' somewhere before it")
