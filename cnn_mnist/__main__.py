"""The same as `python -m cnn_mnist.main`."""

from __future__ import annotations

from cnn_mnist.support import installation

if __name__ == "__main__":
    installation.require()
    from cnn_mnist.main import run

    run()
