"""The command, as a task of a cluster that writes down which training images it takes."""

from __future__ import annotations

import os
import sys

from cnn_mnist import input_fns, main

numbered_input_fn, train_input_fn = input_fns.numbered_input_fn, input_fns.train_input_fn


class _Noted:
    """Examples that also write the positions that are taken to the file of CNN_MNIST_DRAWS."""

    def __init__(self, examples):
        self._examples = examples

    def __len__(self):
        return len(self._examples)

    def take(self, indices):
        with open(os.environ["CNN_MNIST_DRAWS"], "a", encoding="ascii") as file:
            print(*indices, file=file)
        return self._examples.take(indices)


input_fns.numbered_input_fn = lambda examples, *rest: numbered_input_fn(_Noted(examples), *rest)
input_fns.train_input_fn = lambda examples, *rest, **more: train_input_fn(
    _Noted(examples), *rest, **more
)


def run() -> None:
    """Runs the command in a process of the fork server."""
    sys.exit(main.main(sys.argv[1:]))
