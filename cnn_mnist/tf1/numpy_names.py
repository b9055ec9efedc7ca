"""NumPy's old names and its old way to print numbers."""

from __future__ import annotations

import numpy as np

# Removed in NumPy 1.24 and 2.0, as its release notes list them, with their stand-ins there.
_REMOVED = {
    "int": int,
    "float": float,
    "bool": bool,
    "object": object,
    "str": str,
    "complex": complex,
    "long": int,
    "unicode": str,
    "float_": np.float64,
    "complex_": np.complex128,
    "unicode_": np.str_,
    "string_": np.bytes_,
    "Inf": np.inf,
    "Infinity": np.inf,
    "infty": np.inf,
    "PINF": np.inf,
    "NINF": -np.inf,
    "NaN": np.nan,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "alltrue": np.all,
    "sometrue": np.any,
    "row_stack": np.vstack,
    "round_": np.round,
    "asfarray": lambda array, dtype=np.float64: np.asarray(array, dtype=dtype),
    "asscalar": lambda array: array.item(),
}


def supply() -> None:
    """Gives NumPy the names that it lacks, and has a number printed as `0.12`, without its type."""
    for name, value in _REMOVED.items():
        if name not in vars(np):
            setattr(np, name, value)
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        np.set_printoptions(legacy="1.25")
