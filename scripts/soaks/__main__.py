"""The command scripts/soak: one of the long trials, and its figures.

scripts/soak kills --kills=100
scripts/soak memory --minutes=60
scripts/soak places
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[level]) for level in (1, 2)]

from soaks import kills, memory, places  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Runs a trial; returns 0 if it passed, 1 if not."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=pathlib.Path, help="folder for the models (default: a temporary one)"
    )
    trials = parser.add_subparsers(required=True, metavar="TRIAL")
    for trial in (kills, memory, places):
        name = trial.__name__.rpartition(".")[2]
        sub = trials.add_parser(name, help=trial.__doc__.splitlines()[0])
        trial.add_arguments(sub)
        sub.set_defaults(trial=trial)
    options = parser.parse_args(arguments)
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
        return options.trial.run(options, options.folder)
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_soak_") as folder:
        return options.trial.run(options, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
