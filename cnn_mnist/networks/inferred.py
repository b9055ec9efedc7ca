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
    by 2 after each convolution, whose padding is `same`. Dropout leaves no trace in variables.

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
            return candidate
    return None


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
    base, _, number = name.partition("/")[0].partition("_")
    return base, int(number or 0)


def _variables(candidate: Architecture) -> dict[str, Shape] | None:
    try:
        arch.check(candidate, candidate[-1].units)  # type: ignore[union-attr]
    except ValueError:
        return None
    return arch.variable_shapes(candidate)
