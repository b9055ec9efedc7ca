"""The two pages that are written: what was learned, and what each layer makes of an image."""

__all__ = [
    "inspection",
    "report",
]
