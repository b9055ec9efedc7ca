"""Writes two pages: what was learned, and each layer's output for an image."""

__all__ = [
    "inspection",
    "report",
]
