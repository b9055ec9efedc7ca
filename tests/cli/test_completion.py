"""The shells themselves complete flags, values and files as the printed scripts say."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest

from cnn_mnist.cli import command_line, completion
from cnn_mnist.config import choices, fields

needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")


@pytest.fixture
def place(tmp_path):
    """A folder with two folders and a file, and the scripts."""
    for name in ("trained", "two words"):
        (tmp_path / name).mkdir()
    (tmp_path / "seven.png").touch()
    for shell in choices.SHELLS:
        (tmp_path / f"script.{shell}").write_text(completion.script(shell) + "\n")
    return tmp_path


def offered_by_bash(place, *words):
    """Returns what bash offers for the last of the words, split as bash splits them."""
    code = (
        "source script.bash; complete -p cnn-mnist >/dev/null || exit 3; shift 0\n"
        'COMP_WORDS=(cnn-mnist "$@"); COMP_CWORD=$#; _cnn_mnist\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "--norc", "-c", code, "bash", *words]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize(
    "words, offered",
    [
        (["--varia"], ["--variant="]),
        (["--dry"], ["--dry_run"]),
        (["--nodr"], ["--nodry_run"]),
        (["--variant", "="], ["layers", "nn"]),
        (["--variant", "=", "n"], ["nn"]),
        (["--variant", "n"], ["nn"]),
        (["--variant=n"], ["--variant=nn"]),
        (["--preset", "=", "l"], ["layers_tutorial", "low_level", "list"]),
        (["--export_formats", "=", "saved_model,t"], ["saved_model,tflite", "saved_model,tfjs"]),
        (["--model_dir", "=", "t"], ["trained", "two words"]),
        (["--images", "=", "se"], ["seven.png"]),
        (["--checkpoint", "=", "be"], ["best"]),
        (["--batch_size", "=", "1"], [""]),
    ],
)
def test_bash_offers(place, words, offered):
    assert sorted(offered_by_bash(place, *words)) == sorted(offered)


def test_bash_offers_every_flag_and_every_choice(place):
    assert len(offered_by_bash(place, "")) == len(fields.FLAGS)
    for row in fields.FLAGS.values():
        if row.allowed:
            assert set(row.allowed) <= set(offered_by_bash(place, f"--{row.name}", "=", ""))


@pytest.mark.parametrize("shell", choices.SHELLS)
def test_the_script_is_printed_and_says_how_to_install_it(shell):
    text = command_line.parse([f"--completion={shell}"]).text
    assert text == completion.script(shell)
    assert f"cnn-mnist --completion={shell} > ~/." in text
    assert not re.search(r"(?<!\$)@[a-z]", text.replace('"$@"', "").replace("[@]", ""))


TYPED = {
    "--varia\tn\t": "--variant=nn",
    "--images=se\t": "--images=seven.png",
    "--model_dir=tr\t": "--model_dir=trained",
    "--checkpoint=be\t": "--checkpoint=best",
    "--export_formats=saved_model,tfl\t": "--export_formats=saved_model,tflite",
    "--dry\t": "--dry_run",
}
"""What is typed behind the command's name, and what the command is given."""

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source script.bash"),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -d dump; source script.zsh"),
}


@pytest.mark.parametrize(
    "shell", ["bash", pytest.param("zsh", marks=[needs_zsh, pytest.mark.slow])]
)
def test_a_tab_completes_what_is_typed(place, shell):
    command, set_up = SHELLS[shell]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place)
        os.execvpe(command[0], command, {**os.environ, "TERM": "dumb", "HOME": str(place)})
    try:
        os.write(terminal, f"{set_up}; cnn-mnist() {{ echo got=$1; }}; echo re''ady\n".encode())
        read_until(terminal, "ready\r")
        for keys, given in TYPED.items():
            os.write(terminal, f"cnn-mnist {keys}\n".encode())
            read_until(terminal, f"got={given}\r", f"got={given}/\r")
    finally:
        os.close(terminal)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def read_until(terminal, *texts, seconds=20):
    shown, end = "", time.monotonic() + seconds
    while not any(text in shown for text in texts) and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace")
    assert any(text in shown for text in texts), shown
