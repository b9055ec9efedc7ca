"""Finds the network that variables in a checkpoint belong to, where no file describes it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from cnn_mnist.networks import architecture as arch
from cnn_mnist.networks.architecture import Architecture, Layer, Shape

# More would make too many networks to compare; the tutorial has two.
_MOST_CONVOLUTIONS = 6


def architecture(shapes: Mapping[str, Shape]) -> Architecture | None:
    """Returns a network that has these variables, by name and shape; None if there is none.

    Where pooling and padding are not decided by the shapes, they are as in the tutorial: a pooling
    by 2 after each convolution, whose stride is 1 and whose padding is `same`. Batch normalization
    is assumed to be directly after a layer, and after its ReLU; where there is a choice of layers,
    after the first. Dropout leaves no trace in variables.

    Args:
      shapes: of a checkpoint, as in `{"conv2d/kernel": (5, 5, 1, 32), …}`. Names that `tf.layers`
        does not give, such as those of an optimizer's variables, are ignored.
    """
    kernels = {
        name: shape
        for name, shape in shapes.items()
        if re.fullmatch(r"(conv2d|dense)(_\d+)?/kernel", name)
    }
    if not kernels or sum(len(shape) == 4 for shape in kernels.values()) > _MOST_CONVOLUTIONS:
        return None
    for candidate in _candidates(kernels):
        wanted = _variables(candidate)
        if wanted is not None and all(shapes.get(name) == wanted[name] for name in wanted):
            return _with_batch_norms(candidate, shapes)
    return None


def is_batch_norm(name: str) -> bool:
    """Returns whether a variable is one of a batch normalization that `tf.layers` named."""
    return re.fullmatch(r"batch_normalization(_\d+)?/\w+", name) is not None


def _with_batch_norms(layers: Architecture, shapes: Mapping[str, Shape]) -> Architecture | None:
    """Returns the network with the batch normalizations that the variables show, if they fit.

    They change no shapes, so each may follow any layer that has as many channels.
    """
    wanted = sorted((n for n in shapes if is_batch_norm(n) and n.endswith("/gamma")), key=_position)
    placed: list[Layer] = []
    for layer in layers:
        placed.append(layer)
        channels = layer.filters if isinstance(layer, arch.Conv) else None
        channels = layer.units if isinstance(layer, arch.Dense) else channels
        if wanted and channels and shapes[wanted[0]] == (channels,) and layer is not layers[-1]:
            placed.append(arch.BatchNorm())
            wanted.pop(0)
    found = {name for name in shapes if is_batch_norm(name)}
    fits = found == set(filter(is_batch_norm, arch.variable_shapes(tuple(placed))))
    return tuple(placed) if fits else None


def _candidates(kernels: Mapping[str, Shape]) -> Iterator[Architecture]:
    ordered = sorted(kernels, key=_position)
    convolutions = [kernels[name] for name in ordered if len(kernels[name]) == 4]
    dense: list[Layer] = [arch.Dense(kernels[n][-1]) for n in ordered if len(kernels[n]) == 2]
    if not dense:
        return
    dense[-1] = arch.Dense(kernels[ordered[-1]][-1], relu=False)
    # The first combination is the tutorial's.
    for padding in itertools.product(("same", "valid"), repeat=len(convolutions)):
        for pooled in itertools.product((True, False), repeat=len(convolutions)):
            layers: list[Layer] = []
            for kernel, pad, pool in zip(convolutions, padding, pooled, strict=True):
                layers.append(arch.Conv(kernel[-1], kernel[0], pad))
                layers += [arch.MaxPool(2)] if pool else []
            yield (*layers, arch.Flatten(), *dense)


def _position(name: str) -> tuple[str, int]:
    layer = name.partition("/")[0]
    number = re.search(r"_(\d+)$", layer)
    return layer.rstrip("_0123456789"), int(number[1]) if number else 0


def _variables(candidate: Architecture) -> dict[str, Shape] | None:
    try:
        arch.check(candidate, candidate[-1].units)  # type: ignore[union-attr]
    except ValueError:
        return None
    return arch.variable_shapes(candidate)
