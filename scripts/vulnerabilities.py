"""Checks the pins for known vulnerabilities with pip-audit, for scripts/check_vulnerabilities."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

SCRIPTS = pathlib.Path(__file__).resolve().parent
PINS = [SCRIPTS / "constraints.txt", SCRIPTS / "constraints-oldest.txt"]

Pin = tuple[str, str]
"""Name and version."""


class CannotAskError(Exception):
    """The pins cannot be checked; the message is for the user."""


def main(arguments: Sequence[str]) -> int:
    """Prints the known vulnerabilities, and returns the exit status."""
    paths = [pathlib.Path(name) for name in parse(arguments).files] or PINS
    try:
        files_of = read_pins(paths)
        answers = [answer for group in groups(files_of) for answer in ask(group)]
        unchecked = not_checked(answers)
    except CannotAskError as error:
        print(f"scripts/check_vulnerabilities: NOT CHECKED: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    found = [row for answer in answers for row in rows(answer, files_of)]
    for line in [*columns(found), *unchecked, summary(found, len(answers), len(unchecked))]:
        print(line)
    # A version that was not checked may have vulnerabilities, so 0 would be wrong.
    return 1 if found else 2 if unchecked else 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/check_vulnerabilities",
        description="Asks PyPI, by pip-audit, which pinned packages have known vulnerabilities: "
        "package, version, vulnerability, the versions that fix it, and the files that pin it. "
        "Every pin counts, also those for another Python or platform than this one.",
        epilog="Exit status: 0 none known, 1 some known, 2 PyPI cannot be asked about all.",
    )
    parser.add_argument("files", nargs="*", metavar="PINS", help="instead of both constraint files")
    return parser.parse_args(arguments)


def read_pins(paths: Iterable[pathlib.Path]) -> dict[Pin, set[str]]:
    """Returns the names of the files that pin each version.

    Raises:
      CannotAskError: a file cannot be read, or one of its lines is not a pin.
    """
    files_of: dict[Pin, set[str]] = {}
    for path in paths:
        try:
            lines = path.read_text("utf-8").replace("\\\n", " ").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CannotAskError(f"{path} cannot be read ({error})") from error
        for line in lines:
            text = line.split(" #")[0].split(" --hash")[0].strip()
            if text and not text.startswith("#"):
                files_of.setdefault(pin(text, path), set()).add(path.name)
    return files_of


def pin(text: str, path: pathlib.Path) -> Pin:
    """Returns the name and version of a line, both as pip-audit writes them."""
    try:
        requirement = Requirement(text)
        [version] = [s.version for s in requirement.specifier if s.operator == "=="]
        return canonicalize_name(requirement.name), str(Version(version))
    except ValueError as error:
        raise CannotAskError(f"{path} has a line that is not a pin: {text}") from error


def groups(pins: Iterable[Pin]) -> list[dict[str, str]]:
    """Returns the pins in as few groups as possible, with one version of a package in a group.

    pip-audit takes only one version of a package at once.
    """
    found: list[dict[str, str]] = []
    for name, version in sorted(pins):
        group = next((group for group in found if name not in group), None)
        if group is None:
            found.append(group := {})
        group[name] = version
    return found


def ask(group: dict[str, str]) -> list[dict[str, Any]]:
    """Returns the answer of pip-audit about each package.

    Raises:
      CannotAskError: it gave no answer.
    """
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format=json"]
    with tempfile.TemporaryDirectory() as folder:
        requirements = os.path.join(folder, "requirements.txt")
        pathlib.Path(requirements).write_text(
            "".join(f"{name}=={version}\n" for name, version in group.items()), "utf-8"
        )
        done = subprocess.run(
            [*command, "--progress-spinner=off", "-r", requirements],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        answers: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        raise CannotAskError(f"PyPI cannot be asked ({reason_of(done)})") from error
    return answers


def reason_of(done: subprocess.CompletedProcess[str]) -> str:
    """Returns the last line that pip-audit printed, without its tips."""
    lines = [re.sub(r"^\w+:pip_audit\.\w+:", "", line) for line in done.stderr.splitlines()]
    reasons = [line for line in lines if line.strip() and not line.startswith("Tip: ")]
    status = f"pip-audit ended with status {done.returncode}"
    return reasons[-1].strip()[:300] if reasons else status


def rows(answer: dict[str, Any], files_of: dict[Pin, set[str]]) -> list[tuple[str, ...]]:
    """Returns the lines of the table about one package."""
    found = set()
    for vulnerability in answer.get("vulns", ()):
        fixed = ", ".join(vulnerability["fix_versions"])
        files = ", ".join(sorted(files_of[answer["name"], answer["version"]]))
        found.add(
            (
                answer["name"],
                answer["version"],
                best_known(vulnerability),
                f"fixed in {fixed}" if fixed else "not fixed yet",
                files,
            )
        )
    return sorted(found)


def best_known(vulnerability: dict[str, Any]) -> str:
    """Returns its CVE number, or another name if it has none."""
    names = [vulnerability["id"], *vulnerability.get("aliases", ())]
    return next((name for name in names if name.startswith("CVE-")), names[0])


def columns(found: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in found
    ]


def not_checked(answers: Sequence[dict[str, Any]]) -> list[str]:
    """Returns a line for each package that pip-audit could not check.

    Raises:
      CannotAskError: it could check none.
    """
    reasons = [answer["skip_reason"] for answer in answers if "skip_reason" in answer]
    if reasons and len(reasons) == len(answers):
        raise CannotAskError(
            f"PyPI cannot be asked (none of {len(answers)} pinned versions was found, perhaps "
            "through a mirror without vulnerability data); run it where PyPI itself is reached"
        )
    return [f"not checked: {reason}" for reason in reasons]


def summary(found: Sequence[tuple[str, ...]], pinned: int, unchecked: int) -> str:
    """Returns the last line, which .ci/run repeats at its end."""
    checked = pinned - unchecked
    missing = f"; {unchecked} NOT CHECKED" if unchecked else ""
    if not found:
        return f"No known vulnerability in {checked} pinned versions{missing}"
    packages = len({row[:2] for row in found})
    noun = "vulnerability" if len(found) == 1 else "vulnerabilities"
    return f"{len(found)} known {noun} in {packages} of {checked} pinned versions{missing}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
