"""What is printed cannot steer the terminal; and everything is printed through this module."""

from __future__ import annotations

import ast
import io
import json
import logging
import pathlib
import sys
import unicodedata

import pytest

import cnn_mnist
from cnn_mnist.cli import console
from cnn_mnist.support import progress, terminal
from cnn_mnist.support.progress import BarProgress, LogLine, PlainProgress

PACKAGE = pathlib.Path(cnn_mnist.__file__).parent
HOSTILE = "a\x1b[31m\nb\x9b1m\r\u2028\u202e\udcff"
SHOWN = "a\\u001b[31m\\u000ab\\u009b1m\\u000d\\u2028\\u202e\\udcff"


def test_control_characters_are_visible_and_letters_stay():
    assert terminal.visible(HOSTILE) == SHOWN
    letters = "abc \t~äß\xa0漢字🙂\u200dfi\\\\"
    assert terminal.visible(letters) == letters


def test_no_control_character_is_forgotten():
    for number in (*range(0x3000), *range(0xD800, 0xE000), *range(0xF900, 0x10000)):
        character = chr(number)
        steers = unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") and character != "\t"
        steers |= unicodedata.bidirectional(character) in (
            *("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"),
        )
        if steers:
            assert terminal.visible(character) == f"\\u{number:04x}"


def test_json_with_visible_characters_reads_back_equal():
    text = json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False)
    assert json.loads(terminal.visible(text)) == {HOSTILE: HOSTILE}


def test_a_long_message_keeps_its_beginning_and_its_end():
    assert terminal.shortened("x" * 2000) == "x" * 2000
    text = terminal.shortened("first" + "x" * 10_000 + "; allowed: y")
    assert text.startswith("first") and text.endswith("; allowed: y")
    assert "… (8,017 characters more) …" in text
    assert len(text) < 2050


def test_results_keep_their_lines_and_notes_are_one(capsys):
    terminal.show("first\n\x1bsecond")
    terminal.note(HOSTILE)
    assert capsys.readouterr() == ("first\n\\u001bsecond\n", SHOWN + "\n")


def test_a_note_without_a_standard_error_is_not_printed_on_standard_output(monkeypatch, capfd):
    monkeypatch.setattr(sys, "stderr", None)
    terminal.note("a")
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("kind", [PlainProgress, BarProgress])
def test_progress_lines_are_visible(kind, capsys):
    kind().say(HOSTILE)
    assert capsys.readouterr().err == SHOWN + "\n"


@pytest.mark.parametrize("kind", [str, LogLine])
def test_lines_of_the_log_are_visible(monkeypatch, capsys, kind):
    logger = logging.getLogger("tensorflow")
    for name in ("handlers", "propagate", "level"):
        monkeypatch.setattr(logger, name, getattr(logger, name))
    console.route_tensorflow_log(progress.PlainProgress(), "default")
    logger.warning(kind("\x1b[31m a\nb"))
    printed = capsys.readouterr().err
    assert printed.endswith("\\u001b[31m a\nb\n") and "\x1b" not in printed


class Terminal(io.StringIO):
    def isatty(self):
        return True


def printed(monkeypatch, stream, **environment):
    """Returns what results, errors and warnings are on streams of a kind, out and err."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.setenv(name, environment.get(name, ""))
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream())
    terminal.show_results("Test        99.29%\n            lowest\nToo short")
    terminal.error("cnn-mnist: wrong\x1b[0m")
    terminal.note("a note")
    terminal.show("Test        99.29%")
    progress.BarProgress().say("WARNING: full")
    return [sys.stdout.getvalue(), sys.stderr.getvalue()]


PLAIN = [
    "Test        99.29%\n            lowest\nToo short\nTest        99.29%\n",
    "cnn-mnist: wrong\\u001b[0m\na note\nWARNING: full\n",
]


COLOURED = [
    "\x1b[1mTest\x1b[0m        99.29%\n            lowest\nToo short\nTest        99.29%\n",
    "\x1b[31mcnn-mnist: wrong\\u001b[0m\x1b[0m\na note\n\x1b[33mWARNING: full\x1b[0m\n",
]


def test_on_a_terminal_key_words_are_bold_errors_red_and_warnings_yellow(monkeypatch):
    # An empty NO_COLOR does not count.
    assert printed(monkeypatch, Terminal, NO_COLOR="", TERM="xterm") == COLOURED


@pytest.mark.parametrize("name, value", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_turns_colours_off(monkeypatch, name, value):
    assert printed(monkeypatch, Terminal, **{name: value}) == PLAIN


def test_what_is_not_a_terminal_gets_no_colours(monkeypatch):
    assert printed(monkeypatch, io.StringIO, TERM="xterm") == PLAIN


# Texts of this package alone, and the one command line, which `shell.quoted` wrote.
ALLOWED = {
    "cli/reference.py": "print(page(), end='')",
    "cli/tensorboard.py": "print(USAGE, end='')",
    "cluster/launcher.py": "print(text, end='', flush=True) print(prefix, text, "
    "sep='', end='', file=sys.stderr, flush=True)",
    "main.py": "print(command.text)",
    "serving/launcher.py": "print(*map(shell.quoted, command)) print(USAGE, end='')",
    "tf1/listing.py": "print(page(), end='')",
    "support/progress.py": "print(line, file=_Surviving(self._stream or sys.stderr), flush=True)",
    "support/standard_error.py": (
        "print('\\n'.join(map(terminal.visible, kept)), file=sys.stderr)"
    ),
}


def calls_of_print(source: str) -> list[str]:
    """Returns the calls of `print` with anything but a text that the source holds."""
    if "print(" not in source and ".write(" not in source:
        return []
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("print", "sys.stderr.write", "sys.stdout.write")
        and not all(isinstance(each, ast.Constant) for each in node.args)
    ]


def test_nothing_is_printed_past_this_module():
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name != "support/terminal.py" and not name.startswith("tf1/examples/"):
            found[name] = " ".join(calls_of_print(path.read_text("utf-8")))
    assert {name: calls for name, calls in found.items() if calls} == ALLOWED
