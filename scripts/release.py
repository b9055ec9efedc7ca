"""Builds a release's wheel and source archive, whose README has absolute links.

PyPI shows README.md on a page of its own, where links to files of the repository lead nowhere. So
a release is built from a copy of the last commit, in which these links begin with the address
of the public repository. The repository itself does not name its address.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
_LINK = re.compile(r"(?<=\]\()(?!#|[a-z][a-z0-9+.-]*:)([^)\s]+)(?=\))")
_PICTURES = (".png", ".jpg", ".svg")


def main(arguments: Sequence[str]) -> int:
    """Builds the files, and returns the exit status."""
    options = parse(arguments)
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_release_") as name:
        source = pathlib.Path(name)
        copy_last_commit(source)
        name_the_repository(source, options.repository, options.ref)
        output = pathlib.Path(options.output).resolve()
        command = [sys.executable, "-m", "build", "--outdir", str(output), str(source)]
        return subprocess.run(command, check=False).returncode


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the flags; exits with status 2 if one is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/build_release",
        description="Builds the wheel and the source archive of the last commit. In their README "
        "the links to files begin with the address of the repository, so that they also work on "
        "PyPI.",
    )
    parser.add_argument(
        "--repository", required=True, type=_address, help="its address, https://HOST/OWNER/NAME"
    )
    parser.add_argument("--ref", default="main", help="the tag or branch that links lead to")
    parser.add_argument("--output", default="dist", help="the folder for the two files")
    return parser.parse_args(arguments)


def _address(text: str) -> str:
    if not re.fullmatch(r"https://[^/\s]+(/[^/\s]+)+/?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not https://HOST/OWNER/NAME")
    return text.rstrip("/")


def copy_last_commit(folder: pathlib.Path) -> None:
    """Writes the files of the last commit into a folder; what is not committed is left out."""
    archive = subprocess.run(
        ["git", "-C", str(REPOSITORY), "archive", "HEAD"], check=True, stdout=subprocess.PIPE
    )
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)


def name_the_repository(folder: pathlib.Path, repository: str, ref: str) -> None:
    """Makes the links of README absolute, and adds the address to the package's metadata."""
    readme = folder / "README.md"
    readme.write_text(absolute_links(readme.read_text("utf-8"), repository, ref), "utf-8")
    setup = folder / "setup.cfg"
    text = setup.read_text("utf-8").replace("[metadata]\n", f"[metadata]\nurl = {repository}\n", 1)
    setup.write_text(text, "utf-8")


def absolute_links(text: str, repository: str, ref: str) -> str:
    """Returns a page whose links to files of the repository are absolute.

    Pictures lead to the file itself (`raw`), other links to the page that shows it (`blob`), as
    GitHub and its like have them.
    """

    def absolute(link: re.Match[str]) -> str:
        kind = "raw" if link[1].endswith(_PICTURES) else "blob"
        return f"{repository}/{kind}/{ref}/{link[1]}"

    return _LINK.sub(absolute, text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
