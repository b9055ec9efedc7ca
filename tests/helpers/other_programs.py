"""Compares the answers of a program that reads an export with those of the checkpoint."""

from __future__ import annotations

import numpy as np


def assert_the_checkpoints_answers(name, answered, expected):
    """Checks classes and probabilities, and prints how far the latter differ."""
    classes, found = answered
    difference = np.abs(found - expected.probabilities).max()
    print(f"{name}: {difference:.1e}")
    assert difference < 1e-5
    np.testing.assert_array_equal(classes, expected.classes)
