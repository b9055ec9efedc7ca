"""scripts/check_vulnerabilities says what is known of every pin. A double is its pip-audit."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"

# Knows of two packages, notes what it is asked for, and has no network for `offline`.
PIP_AUDIT_DOUBLE = """
import json
import pathlib
import sys

KNOWN = {
    "holed==1": [
        {"id": "PYSEC-1", "aliases": ["GHSA-1", "CVE-2026-1"], "fix_versions": ["1.5", "2"]},
        {"id": "GHSA-1", "aliases": ["PYSEC-1", "CVE-2026-1"], "fix_versions": ["1.5", "2"]},
        {"id": "GHSA-2", "aliases": [], "fix_versions": []},
    ],
    "leaking-package==3": [{"id": "CVE-2026-3", "aliases": [], "fix_versions": ["4"]}],
}

assert {"--no-deps", "--disable-pip", "--format=json"} <= set(sys.argv)
lines = pathlib.Path(sys.argv[sys.argv.index("-r") + 1]).read_text().split()
with open("asked", "a") as file:
    file.write(" ".join(lines) + "\\n")
if "offline==1" in lines:
    raise ConnectionError("no way to PyPI")
if "blocked==1" in lines:
    sys.exit("ERROR:pip_audit._cli:Could not connect\\nERROR:pip_audit._cli:Tip: try another")
answers = []
for line in lines:
    name, _, version = line.partition("==")
    if name == "unheard-of":
        answers.append({"name": name, "skip_reason": f"it is not on PyPI: {name}"})
    else:
        answers.append({"name": name, "version": version, "vulns": KNOWN.get(line, [])})
print(json.dumps({"dependencies": answers, "fixes": []}))
sys.exit(any(answer.get("vulns") for answer in answers))
"""

# Lets the real pip-audit run, and answers in PyPI's place.
PYPI_DOUBLE = """
import requests

HOLE = {
    "id": "PYSEC-2023-1",
    "aliases": ["CVE-2023-1"],
    "details": "A hole.",
    "fixed_in": ["10.0.0", "9.9"],
    "withdrawn": None,
}
KNOWN = {"pillow/9.3.0": [HOLE], "numpy/1.26.0": [{**HOLE, "withdrawn": "2024-01-01T00:00:00Z"}]}


class Answer:
    status_code = 200

    def __init__(self, pin):
        self.pin = pin

    def raise_for_status(self):
        if self.pin.startswith("unheard-of"):
            self.status_code = 404
            raise requests.HTTPError("404")

    def json(self):
        return {"vulnerabilities": KNOWN.get(self.pin, [])}


def get(self, url, timeout):
    return Answer(url.partition("/pypi/")[2].removesuffix("/json"))


requests.Session.get = get
"""


class Check:
    """The script in a folder of its own, with pins of its own."""

    def __init__(self, root):
        self.root = root
        path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
        self.environment = {"PATH": path, "PYTHONPATH": str(root), "HOME": str(root)}
        (root / "scripts").mkdir()
        for name in ["check_vulnerabilities", "vulnerabilities.py"]:
            shutil.copy(SCRIPTS / name, root / "scripts")
        run = root / "scripts" / "run"
        run.write_text('#!/bin/sh\nexec "$@"\n')
        run.chmod(0o755)
        (root / "pip_audit").mkdir()
        (root / "pip_audit" / "__init__.py").touch()
        (root / "pip_audit" / "__main__.py").write_text(PIP_AUDIT_DOUBLE)
        self.pin("constraints.txt", "fine==1")
        self.pin("constraints-oldest.txt", "fine==1")

    def pin(self, name, *lines):
        (self.root / "scripts" / name).write_text("# Written by hand\n" + "\n".join(lines) + "\n")

    def run(self, *arguments):
        return subprocess.run(
            [self.root / "scripts" / "check_vulnerabilities", *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def asked(self):
        return [line.split() for line in (self.root / "asked").read_text().splitlines()]


@pytest.fixture
def check(tmp_path):
    return Check(tmp_path)


def test_nothing_known_is_one_line_and_status_0(check):
    result = check.run()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "No known vulnerability in 1 pinned versions\n"


def test_what_is_known_is_a_line_each_and_status_1(check):
    check.pin("constraints.txt", "fine==1", "leaking-package==3 \\", "    --hash=sha256:00")
    check.pin("constraints-oldest.txt", "holed==1", "leaking-package==3")
    result = check.run()
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.splitlines() == [
        "holed            1  CVE-2026-1  fixed in 1.5, 2  constraints-oldest.txt",
        "holed            1  GHSA-2      not fixed yet    constraints-oldest.txt",
        "leaking-package  3  CVE-2026-3  fixed in 4       constraints-oldest.txt, constraints.txt",
        "3 known vulnerabilities in 2 of 3 pinned versions",
    ]


def test_every_version_is_asked_for_whatever_its_python_and_platform(check):
    check.pin(
        "constraints.txt",
        "array==1 ; python_full_version < '3.11'",
        "array==2 ; python_full_version >= '3.11'  # via fine",
        "mac==5 ; sys_platform == 'darwin' \\",
        "    --hash=sha256:00 \\",
        "    --hash=sha256:11",
        "    # via array",
    )
    check.pin("constraints-oldest.txt", "array==1", "mac==4")
    assert check.run().returncode == 0
    assert check.asked() == [["array==1", "mac==4"], ["array==2", "mac==5"]]


def test_a_package_that_pypi_does_not_know_is_told_and_no_all_clear(check):
    check.pin("constraints.txt", "unheard-of==1")
    result = check.run()
    assert result.returncode == 2
    assert result.stdout.splitlines() == [
        "not checked: it is not on PyPI: unheard-of",
        "No known vulnerability in 1 pinned versions; 1 NOT CHECKED",
    ]


def test_a_mirror_that_knows_no_package_cannot_be_asked(check):
    check.pin("constraints.txt", "unheard-of==1")
    check.pin("constraints-oldest.txt", "unheard-of==2")
    result = check.run()
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "scripts/check_vulnerabilities: NOT CHECKED: PyPI cannot be asked (none of 2 pinned "
        "versions was found, perhaps through a mirror without vulnerability data); run it where "
        "PyPI itself is reached\n"
    )


@pytest.mark.slow
def test_the_real_pip_audit_is_understood(check):
    shutil.rmtree(check.root / "pip_audit")
    (check.root / "sitecustomize.py").write_text(PYPI_DOUBLE)
    check.pin("constraints.txt", "numpy==1.26.0", "unheard-of==1")
    check.pin("constraints-oldest.txt", "numpy==1.26.0", "pillow==9.3.0")
    result = check.run()
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.splitlines() == [
        "pillow  9.3.0  CVE-2023-1  fixed in 9.9, 10.0.0  constraints-oldest.txt",
        "not checked: Dependency not found on PyPI and could not be audited: unheard-of (1)",
        "1 known vulnerability in 1 of 2 pinned versions; 1 NOT CHECKED",
    ]


@pytest.mark.parametrize(
    ("pin", "reason"),
    [("offline==1", "ConnectionError: no way to PyPI"), ("blocked==1", "Could not connect")],
)
def test_without_network_it_is_one_line_and_status_2(check, pin, reason):
    check.pin("constraints.txt", pin)
    result = check.run()
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"scripts/check_vulnerabilities: NOT CHECKED: PyPI cannot be asked ({reason})\n"
    )


def test_other_pins_can_be_named(check):
    (check.root / "other.txt").write_text("holed==1\n")
    result = check.run("other.txt")
    assert result.returncode == 1
    assert "2 known vulnerabilities in 1 of 1 pinned versions" in result.stdout


@pytest.mark.parametrize(
    "text", ["a b c\n", "numpy\n", "numpy>=1\n", "numpy==1.*\n", "-r other.txt\n", None]
)
def test_a_file_without_pins_is_one_line(check, text):
    if text is not None:
        (check.root / "bad.txt").write_text(text)
    result = check.run("bad.txt")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "bad.txt" in result.stderr


def test_help_says_the_exit_status(check):
    result = check.run("--help")
    assert result.returncode == 0
    assert "0 none known, 1 some known, 2 PyPI cannot be asked about all" in " ".join(
        result.stdout.split()
    )


@pytest.mark.parametrize(
    ("pins", "last_line"),
    [
        (["fine==1"], "No known vulnerability in 1 pinned versions"),
        (
            ["leaking-package==3", "unheard-of==1"],
            "1 known vulnerability in 1 of 1 pinned versions; 1 NOT CHECKED",
        ),
        (["unheard-of==1"], "scripts/check_vulnerabilities: NOT CHECKED: PyPI cannot be asked"),
    ],
)
def test_ci_ends_with_the_answer_and_never_as_green_without_one(check, pins, last_line):
    check.pin("constraints.txt", *pins)
    check.pin("constraints-oldest.txt", *pins)
    ci = (SCRIPTS.parent / ".ci" / "run").read_text()
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "step() { :; }\n" + ci[ci.index("step 'Known vuln") :]],
        cwd=check.root,
        env=check.environment,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1].startswith(last_line)
