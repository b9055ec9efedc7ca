"""The command that starts TensorFlow Serving on a model's exports.

python -m cnn_mnist.serving /tmp/mnist
"""

from __future__ import annotations

import sys

from cnn_mnist.serving import launcher
from cnn_mnist.support import shell

if __name__ == "__main__":
    shell.die_by_ctrl_c()
    sys.exit(launcher.main(sys.argv[1:]))
