"""What --host prints for others; no test looks at the real network."""

from __future__ import annotations

import sys
import types

import pytest

from cnn_mnist.web import classroom

# The upper left corner of every code, and a column that differs.
MATRIX = [(1, 1, 1, 0), (1, 0, 1, 1), (1, 1, 1, 0)]


@pytest.fixture
def segno(monkeypatch):
    """A stand-in for the package, which may be missing; it records what it is given."""
    made = []

    def make(text, error):
        made.append((text, error))
        return types.SimpleNamespace(matrix_iter=lambda scale, border: iter(map(bytes, MATRIX)))

    monkeypatch.setitem(sys.modules, "segno", types.SimpleNamespace(make_qr=make))
    return made


def test_the_code_has_two_rows_in_a_line_and_light_squares_printed(segno):
    assert classroom.qr_code("http://10.0.0.5:8080/") == " ▄ ▀\n▄▄▄█"
    assert segno == [("http://10.0.0.5:8080/", "m")]


def test_the_address_is_printed_with_its_code(segno, monkeypatch, capsys):
    monkeypatch.setattr(classroom, "own_address", lambda: "10.0.0.5")
    classroom.announce("0.0.0.0", 8080)
    printed = capsys.readouterr()
    assert printed.out == "for others: http://10.0.0.5:8080/\n ▄ ▀\n▄▄▄█\n"
    assert printed.err == (
        "scripts/web: --host=0.0.0.0 opens pages, models and images to everybody in that "
        "network; nothing can be changed from there, and drawings stay in each browser\n"
    )


def test_without_the_package_the_address_alone_is_printed_and_the_package_named(
    monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "segno", None)
    classroom.announce("10.0.0.7", 80)
    printed = capsys.readouterr()
    assert printed.out == "for others: http://10.0.0.7:80/\n"
    assert printed.err.splitlines()[1:] == [
        "scripts/web: the Python package segno prints the address as a QR code too"
    ]


def test_a_machine_without_a_network_says_so(monkeypatch, capsys):
    monkeypatch.setattr(classroom, "own_address", lambda: None)
    classroom.announce("0.0.0.0", 8080)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[1:] == [
        "scripts/web: this machine has no network; others cannot reach it"
    ]


def test_the_real_package_makes_a_code_of_the_same_form():
    pytest.importorskip("segno", reason="no segno: pip install segno")
    lines = classroom.qr_code("http://10.0.0.5:8080/").split("\n")
    # Version 2 has 25 squares, and two more on each side.
    assert len(lines) == 15 and {len(line) for line in lines} == {29}
    assert lines[0] == "█" * 29
