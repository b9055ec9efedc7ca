"""Which number format training computes in."""

from __future__ import annotations

from cnn_mnist.support import processor

_NATIVE_FLAGS = {"avx512_bf16", "amx_bf16"}


def resolve(choice: str) -> str:
    """Returns `float32` or `bfloat16` for one of `config.choices.PRECISIONS`.

    `auto` is bfloat16 where the processor multiplies it natively (AVX512_BF16 or AMX;
    elsewhere it is emulated and slower), float32 otherwise.
    """
    if choice != "auto":
        return choice
    return "bfloat16" if processor_has_bfloat16() else "float32"


def processor_has_bfloat16() -> bool:
    """Whether Linux names one of the processor flags; False on other systems."""
    return not _NATIVE_FLAGS.isdisjoint(processor.instruction_sets())
