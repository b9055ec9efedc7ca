"""The same as `python -m cnn_mnist.main`."""

from __future__ import annotations

from cnn_mnist.main import run

if __name__ == "__main__":
    run()
