"""Digits drawn by the program in the handwritings of many countries, to train on and to measure."""

__all__ = [
    "digits",
    "styles",
    "training",
]
