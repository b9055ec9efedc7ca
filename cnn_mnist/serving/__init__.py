"""TensorFlow Serving: the launcher of a server, and the clients that send it requests."""

from cnn_mnist.support import lazy

__all__ = [
    "Answer",
    "Server",
    "connect",
]

__getattr__ = lazy.attributes(
    __name__,
    {
        "Answer": "cnn_mnist.serving.answers",
        "Server": "cnn_mnist.serving.server",
        "connect": "cnn_mnist.serving.clients",
    },
)
