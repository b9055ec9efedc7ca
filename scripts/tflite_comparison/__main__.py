"""The command scripts/compare_tflite: size, accuracy and time of TensorFlow Lite files.

scripts/compare_tflite /tmp/mnist
"""

from __future__ import annotations

import argparse
import importlib.util
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[level]) for level in (1, 2)]

from cnn_mnist import config  # noqa: E402
from cnn_mnist.errors import UserError, one_line  # noqa: E402
from cnn_mnist.model_folder import exports  # noqa: E402

_HEADS = ("", "bytes", "accuracy", "other answers", "largest difference", "ms per image")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"scripts/compare_tflite: {message}; --help lists the flags\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; returns 0, or 2 if there is nothing to measure."""
    parser = _Parser(
        prog="scripts/compare_tflite",
        description="Runs the SavedModel of a folder's newest export, and the TensorFlow Lite "
        "files beside it, on all test images. Prints for each its bytes, its accuracy, how many "
        "answers differ from the SavedModel's, the largest difference of a probability from the "
        "SavedModel's, and the median time of one image in a call of its own, on one thread. "
        "Exit status: 0 measured, 2 bad flags, no such export or no ai-edge-litert.",
        allow_abbrev=False,
    )
    parser.add_argument("model_dir", metavar="MODEL_DIR", help="folder that was trained in")
    options = parser.parse_args(arguments)
    try:
        version = _version(options.model_dir)
        _print_table(options.model_dir, version)
    except UserError as error:
        print(f"scripts/compare_tflite: {one_line(error)}", file=sys.stderr)
        return 2
    return 0


def _version(model_dir: str) -> str:
    if importlib.util.find_spec("ai_edge_litert") is None:
        raise UserError("ai-edge-litert is not installed: pip install ai-edge-litert")
    if config.load_or_none(model_dir) is None:
        raise UserError(f"{model_dir} holds no trained model")
    return exports.newest_with_tflite(model_dir)


def _print_table(model_dir: str, version: str) -> None:
    from cnn_mnist.data import splits
    from cnn_mnist.support.progress import Progress
    from tflite_comparison import measures

    test = splits.load_dataset(config.load(model_dir), Progress()).test
    rows = [
        (
            measured.name,
            f"{measured.bytes:,}",
            f"{measured.correct / len(test):.2%}",
            f"{measured.other_answers:,}",
            f"{measured.largest_difference:.1e}",
            f"{measured.milliseconds:.3f}",
        )
        for measured in measures.compare(version, test.images, test.labels)
    ]
    for row in (_HEADS, ("---",) * len(_HEADS), *rows):
        print(f"| {' | '.join(row)} |")
    print(f"\n{version}: {len(test):,} test images; {measures.versions()}")


if __name__ == "__main__":
    sys.exit(main())
