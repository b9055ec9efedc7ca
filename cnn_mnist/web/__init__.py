"""The web server of `python -m cnn_mnist.web`: the pages, the packages they need, and exports."""
