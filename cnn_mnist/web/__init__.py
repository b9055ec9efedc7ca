"""The web server of `python -m cnn_mnist.web`, the browser pages and the packages they need."""

__all__ = [
    "server",
]
