"""Adds to TensorFlow's own modules the names that scripts imported from them."""

from __future__ import annotations

import importlib
import types
from typing import Any

from cnn_mnist.tf1 import modules, names
from cnn_mnist.tf1.names import internals
from cnn_mnist.tf1.names.row import Name


def supply() -> None:
    """Adds the names that a module lacks; they are looked up, and recorded, when they are used."""
    lacking: dict[str, dict[str, Name]] = {}
    for row in internals.ROWS:
        place, _, name = row.old.rpartition(".")
        lacking.setdefault(names.import_name(place), {})[name] = row
    for place, rows in lacking.items():
        try:
            module = importlib.import_module(place)
        except ModuleNotFoundError:
            # `imports` supplies the whole module.
            continue
        if not hasattr(module, "__getattr__"):
            _add(module, rows)


def _add(module: types.ModuleType, rows: dict[str, Name]) -> None:
    def look_up(attribute: str) -> Any:
        if attribute not in rows:
            raise AttributeError(f"module {module.__name__!r} has no attribute {attribute!r}")
        return modules.value_of(rows[attribute])

    module.__getattr__ = look_up  # type: ignore[method-assign]
