"""The images that `--images` names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnn_mnist.cli.command_line import Command
from cnn_mnist.data import appearance, data_record, images
from cnn_mnist.data.files import csv_files
from cnn_mnist.errors import SettingsError, UserError, one_line
from cnn_mnist.support import terminal
from cnn_mnist.support.progress import Progress

if TYPE_CHECKING:
    import numpy as np

    from cnn_mnist.data.framing.several_digits import Found
    from cnn_mnist.evaluation.readings import Reading
    from cnn_mnist.evaluation.results import Predictions


@dataclasses.dataclass(frozen=True)
class Pictures:
    """What could be read of the files of `--images`: pictures, and rows of CSV files.

    Attributes:
      paths: their paths, or what to call them.
      pixels: uint8 `[28, 28, 1]` each.
      digits: the separate digits that each shows; empty where several are not looked for.
      failed: whether any other file could not be read.
    """

    paths: list[str]
    pixels: list[Any]
    digits: list[list[Found]]
    failed: bool


def read(command: Command, progress: Progress) -> Pictures:
    """Reads the images; takes three test images if none are named."""
    if not command.images:
        from cnn_mnist.data import splits

        first = splits.load_dataset(command.config, progress).test.images[:3]
        names = [f"test image {number}" for number in range(len(first))]
        return Pictures(names, list(first), [[] for _ in names], False)
    reader = reader_of(command)

    def read_one(path: str) -> list[tuple[str, Any, list[Found]]]:
        if csv_files.is_csv(path):
            return _rows_of(path, command.invert, progress)
        # Without the file's content, which would take gigabytes for many photographs.
        return [(path, *reader(path)[1:])]

    _, of_files, failed = read_files(command, read_one)
    ones = [one for of_file in of_files for one in of_file]
    paths, pixels, digits = ([one[part] for one in ones] for part in range(3))
    return Pictures(paths, pixels, digits, failed)


def name_csv_files(command: Command) -> bool:
    """Returns whether a CSV file is among the images."""
    return any(map(csv_files.is_csv, images.find(command.images)))


def _rows_of(
    path: str, invert: str, progress: Progress
) -> list[tuple[str, np.ndarray, list[Found]]]:
    """Reads the images in a CSV file, which are taken as they are, like those of a data set."""
    from cnn_mnist.data.framing import several_digits

    found = csv_files.read_images(path)
    if invert == "auto" and appearance.is_dark_on_light(found):
        progress.say(f"The images of {path} are dark on light, and are inverted")
        invert = "always"
    rows = enumerate(~found if invert == "always" else found, 1)
    return [(f"{path} row {number}", row, several_digits.as_one(row)) for number, row in rows]


def reader_of(command: Command) -> Callable[[str], tuple[bytes, Any, list[Found]]]:
    """Returns a function that opens a file once, since a pipe cannot be read again.

    It returns the file as PNG or JPEG, its pixels, and the digits that it shows.
    """
    is_of_digits = data_record.frames_digits(command.config.model_dir)
    several = reads_several(command)

    # NumPy frames to the same pixels as the export's graph, without a session.
    def reader(path: str) -> tuple[bytes, Any, list[Found]]:
        content = images.as_png_or_jpeg(path)
        if several:
            return content, *images.frame_and_find(path, content, command.invert)
        return content, images.framed(path, content, command.invert, is_of_digits, "lite"), []

    return reader


def readings(
    command: Command,
    digits: Sequence[Sequence[Found]],
    wholes: Predictions,
    predict: Callable[[Any], Predictions],
) -> list[Reading]:
    """Reads pictures as one digit or as several, as `--digits` says.

    Args:
      command: the command line.
      digits: the separate digits of each picture.
      wholes: the answer for each picture as a whole.
      predict: answers for images, uint8 `[count, 28, 28, 1]`.
    """
    from cnn_mnist.evaluation import readings as several
    from cnn_mnist.evaluation.readings import Reading

    if not reads_several(command):
        return [Reading(wholes.at([number])) for number in range(len(digits))]
    return several.read(digits, wholes, predict, command.digits)


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
                terminal.note(f"cnn-mnist: {note}")
        except UserError as error:
            failed = True
            terminal.error(f"cnn-mnist: {one_line(error)}")
    return paths, contents, failed


def at_most(
    count: int, paths: list[str], pixels: list[Any], progress: Progress
) -> tuple[list[str], list[Any]]:
    """Returns the first `count` images, and says so if there were more."""
    if len(paths) > count:
        progress.say(f"Drawing the first {count} of {len(paths):,} images")
    return paths[:count], pixels[:count]


def each_digit(command: Command, pictures: Pictures) -> tuple[list[str], list[Any]]:
    """Returns captions and pixels, those of each digit where a picture shows several."""
    import numpy as np

    from cnn_mnist import experiment

    if not reads_several(command):
        return pictures.paths, pictures.pixels
    captions, images = [], []
    with experiment.Predictor(command.config, command.checkpoint) as predict:
        wholes = predict(np.stack(pictures.pixels))
        found = readings(command, pictures.digits, wholes, predict)
    for path, image, reading in zip(pictures.paths, pictures.pixels, found, strict=True):
        if not reading.boxes or reading.images is None:
            captions.append(path)
            images.append(image)
            continue
        count = len(reading.boxes)
        captions += [f"{path}, digit {number + 1} of {count}" for number in range(count)]
        images += list(reading.images)
    return captions, images
