"""Chooses the kernels that TensorFlow computes with on this processor: oneDNN's or Eigen's.

TensorFlow turns oneDNN on by itself only where the processor has one of the instruction sets in
`TENSORFLOW_TURNS_IT_ON` (`IsMKLEnabled` in its tensorflow/core/util/util.cc). With AVX2 alone it
is off, although training takes half the time with it; docs/notes/speed.md has figures.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import MutableMapping

from cnn_mnist.support import processor

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
"""TensorFlow reads this environment variable once, while it is imported."""
TENSORFLOW_TURNS_IT_ON = frozenset(
    {"avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"}
)
"""Instruction sets by the names of Linux."""
_NEEDED = frozenset({"avx2", "fma"})


@dataclasses.dataclass(frozen=True)
class Kernels:
    """What TensorFlow computes with.

    Attributes:
      library: `oneDNN`, or `Eigen` where oneDNN is off or not part of TensorFlow.
      chosen_by: `cnn_mnist`, `TensorFlow`, or the environment variable with its value.
      instruction_sets: see `processor.decisive_sets`.
    """

    library: str
    chosen_by: str
    instruction_sets: tuple[str, ...]

    def __str__(self) -> str:
        sets = processor.in_words(self.instruction_sets)
        return f"{self.library}, chosen by {self.chosen_by}; {sets}"


def choose(environment: MutableMapping[str, str]) -> str:
    """Turns oneDNN on where it is faster and TensorFlow would leave it off.

    This must run before TensorFlow is imported. A value that the user has set stays.

    Returns:
      Who chose, see `Kernels.chosen_by`.
    """
    if VARIABLE in environment:
        return f"{VARIABLE}={environment[VARIABLE]}"
    sets = processor.instruction_sets()
    if "tensorflow" in sys.modules or not sets >= _NEEDED or sets & TENSORFLOW_TURNS_IT_ON:
        return "TensorFlow"
    environment[VARIABLE] = "1"
    return "cnn_mnist"


def in_use(chosen_by: str) -> Kernels:
    """Returns what TensorFlow, which must be imported, computes with."""
    from tensorflow.python.util import _pywrap_util_port

    return Kernels(
        "oneDNN" if _pywrap_util_port.IsMklEnabled() else "Eigen",
        chosen_by,
        processor.decisive_sets(),
    )
