"""The images that `--images` names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnn_mnist.cli.command_line import Command
from cnn_mnist.data import data_record, images
from cnn_mnist.errors import SettingsError, UserError, one_line
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    from cnn_mnist.evaluation.readings import Reading
    from cnn_mnist.evaluation.results import Predictions


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


def readings(
    command: Command,
    paths: Sequence[str],
    wholes: Predictions,
    predict: Callable[[Any], Predictions],
) -> list[Reading]:
    """Reads the files as one digit or as several, as `--digits` says.

    Args:
      command: the command line.
      paths: what `read` returned.
      wholes: the answer for each file as a whole.
      predict: answers for images, uint8 `[count, 28, 28, 1]`.
    """
    from cnn_mnist.evaluation import readings as several
    from cnn_mnist.evaluation.readings import Reading

    if not reads_several(command):
        return [Reading(wholes.at([number])) for number in range(len(paths))]
    contents = [images.as_png_or_jpeg(path) for path in paths]
    return several.read(contents, wholes, predict, command.digits, command.invert)


def reads_several(command: Command) -> bool:
    """Returns whether pictures may be read as several digits.

    Raises:
      SettingsError: the flag demands that of a model of other classes.
    """
    if command.digits == "one" or not command.images:
        return False
    digits = data_record.frames_digits(command.config.model_dir)
    if command.digits == "many" and not digits:
        raise SettingsError(
            f"--digits=many is for models of digits; {command.config.model_dir} has other classes"
        )
    return digits


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
            if note := images.note_on(path):
                print(f"cnn-mnist: {note}", file=sys.stderr)
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
