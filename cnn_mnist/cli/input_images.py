"""The images that `--images` names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from cnn_mnist.cli.command_line import Command
from cnn_mnist.data import data_record, images
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.support.progress import Progress


def read(command: Command, progress: Progress) -> tuple[list[str], list[Any], bool]:
    """Reads the images as pixels; takes three test images if none are named.

    Returns:
      The paths and the pixels (uint8 `[28, 28, 1]`) of what could be read, and whether
      anything could not.
    """
    if not command.images:
        from cnn_mnist.data import splits

        first = splits.load_dataset(command.config, progress).test.images[:3]
        return [f"test image {number}" for number in range(len(first))], list(first), False
    digits = data_record.frames_digits(command.config.model_dir)
    return read_files(
        command, lambda path: images.read(path, command.invert, digits, command.engine)
    )


def read_files(command: Command, reader: Callable[[str], Any]) -> tuple[list[str], list[Any], bool]:
    """Reads every file that can be read, and prints a line for each that cannot.

    Returns:
      The paths of what could be read, what `reader` made of them, and whether anything
      could not.
    """
    paths, contents, failed = [], [], False
    for path in images.find(command.images):
        try:
            contents.append(reader(path))
            paths.append(path)
        except UserError as error:
            failed = True
            print(f"cnn-mnist: {one_line(error)}", file=sys.stderr)
    return paths, contents, failed


def at_most(
    count: int, paths: list[str], pixels: list[Any], progress: Progress
) -> tuple[list[str], list[Any]]:
    """Returns the first `count` images, and says so if there were more."""
    if len(paths) > count:
        progress.say(f"Drawing the first {count} of {len(paths):,} images")
    return paths[:count], pixels[:count]
