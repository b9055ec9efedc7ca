"""What the command of the pages is called."""

from cnn_mnist.support import shell

PROGRAM = shell.name_of("web", "cnn_mnist.web")
