"""The command that trains with a whole cluster on this machine.

python -m cnn_mnist.cluster --workers=2 --ps=1 -- --model_dir=/tmp/cluster
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

if __name__ == "__main__":
    from cnn_mnist.support import installation

    installation.require()

from cnn_mnist.cluster import launcher
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.support import terminal


def main(arguments: Sequence[str]) -> int:
    """Runs the command and returns its exit status."""
    try:
        options = launcher.parse(arguments)
        if options is None:
            terminal.show(launcher.USAGE.rstrip("\n"))
            return 0
        return launcher.run(options)
    except UserError as error:
        terminal.error(f"{launcher.PROGRAM}: {one_line(error)}")
        return 2


def run() -> None:
    """Runs the command and exits the process with its status."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
