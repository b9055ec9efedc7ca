"""The commands of a page of docs/, and a short form of each for the tests."""

from __future__ import annotations

import re
import shlex

MAIN = "scripts/run python -m cnn_mnist.main"
_PROGRAM = re.compile(r"(?:scripts/|diff )")
_LENGTH = re.compile(r"--(?:train_steps|epochs|train_examples|warmup_steps)=\S+")
_SHORT = (
    "--epochs=1 --train_examples=200 --validation_examples=100 --batch_size=50 --warmup_steps=0 "
    "--offline --verbosity=quiet"
)


def in_tables(page: str) -> list[str]:
    """Returns the commands of the tables' second columns, written in full, in their order."""
    cells = re.findall(r"^\|[^|]*\| `([^`|]+)` \|", page, re.M)
    return [command for cell in cells if (command := _in_full(cell))]


def in_blocks(page: str) -> list[str]:
    """Returns the commands of the page's `sh` blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _in_full(cell: str) -> str:
    if cell.startswith("--"):
        return f"{MAIN} {cell}"
    return cell if _PROGRAM.match(cell) else ""


def flags_of(command: str, folder: str = "/tmp") -> list[str] | None:
    """Returns the flags of a command of cnn_mnist.main, with `folder` for /tmp; else None."""
    if not command.startswith(MAIN):
        return None
    return shlex.split(command.removeprefix(MAIN).replace("/tmp/", f"{folder}/"))


def trains(flags: list[str]) -> bool:
    """Whether a command trains."""
    modes = [flag for flag in flags if flag.startswith("--mode=")]
    return not modes or modes[-1] in ("--mode=train", "--mode=train_and_evaluate")


def shortened(flags: list[str]) -> list[str]:
    """Returns flags that train on few images in few steps."""
    kept = [flag for flag in flags if not _LENGTH.fullmatch(flag)]
    drawn = ["--drawn_examples=200"] if "--preset=drawn" in flags else []
    return [*kept, *shlex.split(_SHORT), *drawn]
