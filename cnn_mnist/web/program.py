"""The name of the command that serves the pages."""

from cnn_mnist.support import shell

PROGRAM = shell.name_of("web", "cnn_mnist.web")
