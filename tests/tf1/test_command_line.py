"""The arguments of the launcher, and what it prints without running anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnn_mnist.tf1 import command_line, names


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "name a script, or -m and a module; --help lists the flags"),
        (["--check"], "name a script, or -m and a module; --help lists the flags"),
        (["-m"], "argument -m: expected one argument; --help lists the flags"),
        (
            ["--chek", "a.py"],
            "unrecognized arguments: --chek; did you mean --check? --help lists the flags",
        ),
        (["no_such.py"], "no_such.py cannot be read: No such file or directory"),
        (["."], ". cannot be read: Is a directory"),
        (["-m", "no.such"], "-m no.such: there is no such module here or among those installed"),
    ],
)
def test_a_wrong_argument_is_one_line(arguments, line, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command_line.main(arguments) == 2
    assert capsys.readouterr() == ("", f"cnn-mnist-tf1: {line}\n")


def test_what_follows_the_script_is_the_scripts():
    options, rest = command_line._parsed(["--py2", "train.py", "--check", "-m", "x"])
    assert (options.script, options.py2, options.check) == ("train.py", True, False)
    assert rest == ["--check", "-m", "x"]


def test_what_follows_the_module_is_the_modules():
    options, rest = command_line._parsed(["--tf1_packages", "a,b", "-m", "my.train", "--check"])
    assert (options.module, options.tf1_packages, options.check) == ("my.train", ["a", "b"], False)
    assert rest == ["--check"]


def test_help_names_every_flag(capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for flag in ("-m MODULE", "--check", "--list", "--py2", "--run_anyway", "--tf1_packages"):
        assert f"  {flag}" in text
    assert max(map(len, text.splitlines())) <= 100


def test_list_prints_every_row_without_importing_tensorflow():
    code = (
        "import sys; from cnn_mnist.tf1 import command_line; "
        "assert command_line.main(['--list']) == 0; assert 'tensorflow' not in sys.modules"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    listed = [line.strip() for line in ran.stdout.splitlines() if line.startswith("  ")]
    assert sorted(line.partition(": ")[0] for line in listed) == sorted(names.TABLE)
    assert "tf.mul: same (tf.multiply; gone since 1.0)" in listed
    assert "tf.contrib.cudnn_rnn: refused: TensorFlow 2 removed its ops; use tf.nn.rnn_cell" in (
        listed
    )


def test_list_may_be_read_in_part():
    command = f"{sys.executable} -m cnn_mnist.tf1 --list | head -n 1; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (ran.stdout.splitlines()[1], ran.stderr) == ("0", "")


def test_a_package_that_cannot_be_run_is_said_to_be_one(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    assert command_line.main(["-m", "mine"]) == 2
    line = "cnn-mnist-tf1: -m mine: this package has no __main__.py to run\n"
    assert capsys.readouterr().err == line


def test_check_lists_what_is_supplied_and_runs_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "near.py").write_text("import tensorflow as tf\nx = tf.mul\n")
    (tmp_path / "script.py").write_text("import near\nraise RuntimeError\n")
    assert command_line.main(["--check", "script.py"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "tf.mul: same (tf.multiply; gone since 1.0)",
        "read 2 files: nothing is missing; 1 is supplied beyond tensorflow.compat.v1",
    ]


def test_check_ends_with_2_if_something_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text("import tensorflow as tf\ntf.no_such_name\n")
    assert command_line.main(["--check", "script.py"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "script.py:2: tf.no_such_name: today's tensorflow.compat.v1 has no such name",
        "read 1 file: 1 name cannot be supplied; 0 are supplied beyond tensorflow.compat.v1",
    ]
