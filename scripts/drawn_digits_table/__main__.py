"""The command scripts/drawn_digits: how a model reads drawn digits, style by style.

scripts/drawn_digits /tmp/drawn
"""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[level]) for level in (1, 2)]

from cnn_mnist import config  # noqa: E402
from cnn_mnist.data.drawn import styles as drawn_styles  # noqa: E402
from cnn_mnist.errors import UserError, one_line  # noqa: E402

_PROGRAM = "scripts/drawn_digits"
_MOST = 10_000


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"{_PROGRAM}: {message}; --help lists the flags\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; returns 0, or 2 if there is nothing to measure."""
    options = _parsed(arguments)
    try:
        if options.sheet:
            _write_sheet(options.sheet, options.part, options.seed)
        if options.model_dir:
            _print_table(options)
    except (UserError, OSError) as error:
        print(f"{_PROGRAM}: {one_line(error)}", file=sys.stderr)
        return 2
    return 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(
        prog=_PROGRAM,
        description="Draws digits in each style of cnn_mnist/data/drawn/styles.txt as on the paper "
        "of the page Draw, frames them as --mode=predict does, and prints the percentage that a "
        "model reads right, for each style and each kind of drawing. Exit status: 0 measured, 2 "
        "bad flags or no trained model.",
        allow_abbrev=False,
    )
    of_part = "styles that no model is trained on (test, the default), or those of --drawn_examples"
    of_sheet = "writes a picture of drawings, a style a row; without MODEL_DIR that is all"
    parser.add_argument("model_dir", metavar="MODEL_DIR", nargs="?", help="folder of the model")
    parser.add_argument("--part", choices=drawn_styles.PARTS, default="test", help=of_part)
    parser.add_argument("--drawings", type=_count, default=50, help="of each style and kind (50)")
    parser.add_argument("--seed", type=_count, default=1, help="of the drawings (1)")
    parser.add_argument("--sheet", metavar="FILE", help=of_sheet)
    options = parser.parse_args(arguments)
    if not options.model_dir and not options.sheet:
        parser.error("MODEL_DIR or --sheet is needed")
    return options


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MOST:,}")
    return int(text)


def _write_sheet(path: str, part: str, seed: int) -> None:
    from drawn_digits_table import measures

    if not path.endswith((".png", ".jpg")):
        raise UserError(
            f"--sheet={path} names no format; allowed: a name that ends in .png or .jpg"
        )
    measures.sheet(part, seed).save(path)


def _print_table(options: argparse.Namespace) -> None:
    if config.load_or_none(options.model_dir) is None:
        raise UserError(f"{options.model_dir} holds no trained model")
    from cnn_mnist.data.drawn import digits as drawn_digits
    from cnn_mnist.evaluation.predictor import Predictor
    from drawn_digits_table import measures

    kinds = drawn_digits.KINDS
    _print_row("", "style", *kinds)
    _print_row(*["---"] * (2 + len(kinds)))
    rates = []
    with Predictor(config.load(options.model_dir)) as predict:
        for style in drawn_styles.styles(options.part):
            rates.append(measures.rates(predict, style, options.drawings, options.seed))
            _print_row(style.digit, style.name, *map(_percent, rates[-1]))
    columns = list(zip(*rates, strict=True))
    _print_row("", "all", *(_percent(sum(column) / len(column)) for column in columns))
    _print_row("", "lowest", *(_percent(min(column)) for column in columns))


def _print_row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g}"


if __name__ == "__main__":
    sys.exit(main())
