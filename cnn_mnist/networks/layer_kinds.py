"""The kinds of layers that a network is made of."""

from __future__ import annotations

import dataclasses
from typing import ClassVar


@dataclasses.dataclass(frozen=True)
class Conv:
    """A square convolution with bias; `relu` says whether a ReLU follows it.

    Padding is `same` or `valid`, as in TensorFlow; `stride` is that of rows and of columns.
    """

    filters: int
    kernel_size: int
    padding: str = "same"
    stride: int = 1
    relu: bool = True


@dataclasses.dataclass(frozen=True)
class Pool:
    """One number for each window of `size`×`size`, in each channel by itself.

    The windows are `stride` rows and columns apart; 0 means `size`, so that they do not overlap.
    With padding `valid`, rows and columns at the end that do not fill a window are dropped. With
    `same`, cells outside the image take no part.
    """

    size: int = 2
    stride: int = 0
    padding: str = "valid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", self.stride or self.size)


@dataclasses.dataclass(frozen=True)
class MaxPool(Pool):
    """The largest number of each window."""


@dataclasses.dataclass(frozen=True)
class AvgPool(Pool):
    """The mean of each window."""


@dataclasses.dataclass(frozen=True)
class BatchNorm:
    """Batch normalization, of each channel of a map or of each unit.

    It takes what the layer before it gives, which is after that layer's ReLU unless the layer is
    `linear`; see `networks.notation`. In training it uses the mean and variance of the batch and
    keeps moving averages of them, which it uses in evaluation and prediction
    (https://arxiv.org/abs/1502.03167).

    Attributes:
      momentum: the part of a moving average that a step keeps; the default of `tf.layers`.
      epsilon: added to a variance before the square root; the default of `tf.layers`.
    """

    momentum: ClassVar[float] = 0.99
    epsilon: ClassVar[float] = 1e-3


@dataclasses.dataclass(frozen=True)
class Relu:
    """`max(x, 0)` as a layer of its own."""


@dataclasses.dataclass(frozen=True)
class Flatten:
    """`[height, width, channels]` to `[height * width * channels]`."""


@dataclasses.dataclass(frozen=True)
class Dense:
    """A fully connected layer with bias; `relu` says whether a ReLU follows it.

    The last one gives logits, without ReLU.
    """

    units: int
    relu: bool = True


@dataclasses.dataclass(frozen=True)
class Dropout:
    """In training, sets each value to 0 with probability `rate` and divides the rest by 1 - `rate`.

    Does nothing in evaluation and prediction.
    """

    rate: float


Layer = Conv | MaxPool | AvgPool | BatchNorm | Relu | Flatten | Dense | Dropout
Architecture = tuple[Layer, ...]
