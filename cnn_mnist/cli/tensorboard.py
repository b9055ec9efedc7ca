"""The command that shows a model folder in TensorBoard: curves, images, graph, weights.

python -m cnn_mnist.cli.tensorboard /tmp/mnist
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence

from cnn_mnist.errors import CheckpointError, SettingsError, UserError, one_line
from cnn_mnist.support import shell, terminal

PROGRAM = shell.name_of("tensorboard", "cnn_mnist.cli.tensorboard")

USAGE = f"""\
usage: {PROGRAM} [MODEL_DIR] [TENSORBOARD FLAG]...

Opens TensorBoard on the runs in MODEL_DIR and in the folders below it, for this machine
only, and says at which address. Training may go on meanwhile. Ctrl-C ends it.

  MODEL_DIR  comes first, or as --model_dir=MODEL_DIR; without it, mnist_model

The flags are TensorBoard's own, such as --port=6007 or --bind_all; --helpfull lists them.
Ours, which yours override: --samples_per_plugin=images=100 --reload_multifile=true
"""

# Without these it would keep 10 images of a tag, and where it cannot load fast, follow only
# the newest event file of a run.
_FLAGS = ("--samples_per_plugin=images=100", "--reload_multifile=true")

# The package loads TensorFlow without its notices about CPU and GPU; TensorBoard alone
# would print eight lines of them.
_CODE = """\
import cnn_mnist.tf_compat, tensorboard.main as tensorboard
tensorboard.run_main()"""

_FOLDER_FLAGS = ("--model_dir", "--logdir")
_EVENTS = "tfevents"


def main(arguments: Sequence[str]) -> int:
    """Turns into TensorBoard; returns 2 where that cannot be, and 0 where only help is wanted."""
    # scripts/tensorboard runs this by a Python without packages, and gives what has them.
    run = os.environ.pop("CNN_MNIST_RUN", "")
    python = [run, "python"] if run else [sys.executable]
    try:
        flags = _flags(arguments)
        if flags is None:
            print(USAGE, end="")
        else:
            shell.replace_process([*python, "-c", _CODE, *flags])
    except (UserError, OSError) as error:
        terminal.error(f"{PROGRAM}: {one_line(error)}")
        return 2
    return 0


def _flags(arguments: Sequence[str]) -> list[str] | None:
    """Returns TensorBoard's flags, or None where help is wanted."""
    left, theirs = list(arguments), []
    model_dir = "mnist_model"
    if left and left[0] and not left[0].startswith("-"):
        model_dir = left.pop(0)
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if word in ("-h", "--help"):
            return None
        if word == "--helpfull":
            return [word]
        if name not in _FOLDER_FLAGS:
            _check_meant(name)
            theirs.append(word)
        elif equals:
            if not value:
                raise SettingsError(f"{word} names no folder")
            model_dir = value
        else:
            if not left or not left[0]:
                raise SettingsError(f"{word} takes a folder")
            model_dir = left.pop(0)
    _check(model_dir)
    return [f"--logdir={model_dir}", *_FLAGS, *theirs]


def _check_meant(name: str) -> None:
    """Refuses a flag that differs from ours in its dashes only; others are TensorBoard's own."""
    plain = {flag.replace("_", ""): flag for flag in _FOLDER_FLAGS}
    ours = plain.get("--" + re.sub("[-_]", "", name.lower()))
    if ours is not None and name.startswith("--"):
        raise SettingsError(f"unknown flag {name}; did you mean {ours}? --help lists the flags")


def _check(model_dir: str) -> None:
    training = f"{shell.MAIN} --model_dir={shell.quoted(model_dir)} trains one"
    if not os.path.isdir(model_dir):
        raise CheckpointError(f"there is no folder {model_dir}; {training}")
    if not any(_EVENTS in name for name in _names_below(model_dir)):
        raise CheckpointError(f"{model_dir} holds no event files; {training}")


def _names_below(folder: str) -> Iterator[str]:
    """Gives all names below a folder, also through links, each folder once."""
    seen = set()
    for path, folders, files in os.walk(folder, followlinks=True):
        status = os.stat(path)
        place = (status.st_dev, status.st_ino)
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        yield from folders
        yield from files


if __name__ == "__main__":
    shell.die_by_ctrl_c()
    sys.exit(main(sys.argv[1:]))
