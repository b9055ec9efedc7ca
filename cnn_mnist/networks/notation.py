"""The one-line notation of networks, as in the flag `--architecture`.

    conv 5x5x32              5×5 kernels, 32 filters, stride 1, padding SAME, then a ReLU
    conv 3x3x5 valid         padding VALID instead
    conv 3x3x5 stride 2      two rows and columns from one window to the next
    conv 3x3x5 linear        without the ReLU
    pool 2                   max pooling, 2×2 windows that do not overlap, padding VALID
    pool 3 same stride 2     3×3 windows, padding SAME, two rows and columns apart
    avgpool 2                average pooling; its options are those of `pool`
    batch_norm               batch normalization of what the layer before it gives
    relu                     a ReLU as a layer of its own
    flatten                  maps to one row of numbers
    dense 1024               fully connected, then a ReLU; the last one gives the logits, without
    dense 1024 linear        without the ReLU
    dropout 0.4              drops 40 % of the numbers in training

Each layer takes what the one before it gives. So `conv 3x3x32, batch_norm` normalizes after the
ReLU, as `Conv2D(activation="relu")` and `BatchNormalization` of Keras do, and
`conv 3x3x32 linear, batch_norm, relu` before it, as the paper does.
"""

from __future__ import annotations

import dataclasses
import re

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

MOST_LAYERS = 100

_EXAMPLES = (
    "conv 5x5x32, conv 3x3x5 valid stride 2 linear, pool 2, pool 3 same stride 2, avgpool 2, "
    "batch_norm, relu, flatten, dense 1024, dropout 0.4"
)
_OPTION_TEXTS = {"padding": "same or valid", "stride": "stride N", "linear": "linear"}
# Each text can match in one way only. With two ways the time would grow with the square of the
# length.
_OPTIONS = r"((?: (?:same|valid|linear|stride [0-9]+))*)"
_CONV = rf"conv ([0-9]+)x([0-9]+)x([0-9]+){_OPTIONS}"
_POOL = rf"(pool|avgpool)(?: ([0-9]+))?{_OPTIONS}"
_DENSE = rf"dense ([0-9]+){_OPTIONS}"
_DROPOUT = r"dropout ((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:e-[0-9]+)?)"
_PLAIN: dict[str, Layer] = {"batch_norm": BatchNorm(), "relu": Relu(), "flatten": Flatten()}


def parse(text: str) -> Architecture:
    """Reads a network from its one-line notation.

    The last dense layer gives the logits, so it has no ReLU.

    Raises:
      SettingsError: the notation has no such layer or option, an option is given twice, a number
        is out of range, or there are more than `MOST_LAYERS` layers.
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
    last = len(architecture) - 1
    return ", ".join(
        describe_layer(layer, is_last=number == last) for number, layer in enumerate(architecture)
    )


def describe_layer(layer: Layer, is_last: bool = False) -> str:
    """Returns the notation of one layer; `dense` at the end of a network is always linear."""
    if isinstance(layer, Conv):
        size = f"{layer.kernel_size}x{layer.kernel_size}x{layer.filters}"
        return f"conv {size}" + _options(layer, "same", 1, layer.relu)
    if isinstance(layer, MaxPool | AvgPool):
        kind = "pool" if isinstance(layer, MaxPool) else "avgpool"
        return f"{kind} {layer.size}" + _options(layer, "valid", layer.size)
    if isinstance(layer, Dense):
        return f"dense {layer.units}" + ("" if layer.relu or is_last else " linear")
    if isinstance(layer, Dropout):
        return f"dropout {layer.rate!r}".removesuffix(".0")
    return next(text for text, plain in _PLAIN.items() if layer == plain)


def _options(layer: Conv | Pool, padding: str, stride: int, relu: bool = True) -> str:
    """Returns the options of a layer that differ from the usual ones."""
    return (
        (f" {layer.padding}" if layer.padding != padding else "")
        + (f" stride {layer.stride}" if layer.stride != stride else "")
        + ("" if relu else " linear")
    )


def _parse_layer(text: str) -> Layer:
    if text in _PLAIN:
        return _PLAIN[text]
    if match := re.fullmatch(_CONV, text):
        return _parse_conv(match, text)
    if match := re.fullmatch(_POOL, text):
        return _parse_pool(match, text)
    if match := re.fullmatch(_DENSE, text):
        options = _parse_options(match[2], text, "linear")
        return Dense(_positive(match[1], text), relu="linear" not in options)
    if match := re.fullmatch(_DROPOUT, text):
        if not 0 <= float(match[1]) < 1:
            raise SettingsError(f"architecture: {text!r} must have a rate from 0 to below 1")
        return Dropout(float(match[1]))
    raise SettingsError(f"architecture: unknown layer {text!r}; layers are written as {_EXAMPLES}")


def _parse_conv(match: re.Match[str], text: str) -> Conv:
    height, width, filters, written = match.groups()
    if height != width:
        raise SettingsError(f"architecture: {text!r} must have a square kernel, such as 5x5x32")
    options = _parse_options(written, text, "padding", "stride", "linear")
    return Conv(
        _positive(filters, text),
        _positive(height, text),
        options.get("padding", "same"),
        _positive(options.get("stride", "1"), text),
        relu="linear" not in options,
    )


def _parse_pool(match: re.Match[str], text: str) -> MaxPool | AvgPool:
    kind, written, more = match.groups()
    options = _parse_options(more, text, "padding", "stride")
    size = _positive(written or "2", text)
    stride = _positive(options.get("stride", str(size)), text)
    padding = options.get("padding", "valid")
    return (MaxPool if kind == "pool" else AvgPool)(size, stride, padding)


def _parse_options(written: str, text: str, *allowed: str) -> dict[str, str]:
    """Returns the options of a layer by name; the stride's value is its digits."""
    options: dict[str, str] = {}
    for word, digits in re.findall(r" ([a-z]+)(?: ([0-9]+))?", written):
        name = "padding" if word in ("same", "valid") else word
        if name not in allowed or name in options:
            shown = ", ".join(_OPTION_TEXTS[option] for option in allowed)
            raise SettingsError(
                f"architecture: {text!r} may have no options but these, each once: {shown}"
            )
        options[name] = digits or word
    return options


def _positive(digits: str, text: str) -> int:
    # The first nine digits are enough to refuse a number that is far too large.
    number = int(digits.lstrip("0")[:9] or "0")
    if not 1 <= number <= 65536:
        raise SettingsError(f"architecture: the numbers in {text!r} must be from 1 to 65536")
    return number
