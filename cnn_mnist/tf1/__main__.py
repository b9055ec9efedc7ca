"""Runs a TensorFlow 1 script: python -m cnn_mnist.tf1 script.py."""

from cnn_mnist.tf1 import command_line

if __name__ == "__main__":
    command_line.run()
