"""The layers-model format of TensorFlow.js: written, read, and the data for its page."""

__all__ = [
    "reader",
    "sprite",
    "writer",
]
