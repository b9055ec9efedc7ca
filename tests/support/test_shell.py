"""Words are quoted so that bash reads them back, on one line."""

import os
import subprocess

import pytest

from cnn_mnist.support import shell


@pytest.mark.parametrize(
    "word",
    [
        "",
        "mnist_model",
        "no such",
        "modèle",
        "a 'b' \"c\" $HOME `d` \\ * ? [e] {f,g} ~ ! # & | ; < > ( )",
        "~",
        "#",
        "-x=%d",
        "two\nlines\tand \x1b",
        "\u3000",
        os.fsdecode(b"no text \xff\xfe0"),
    ],
)
def test_bash_reads_a_quoted_word_back(word):
    line = shell.quoted(word)
    assert "\n" not in line
    ran = subprocess.run(
        [b"bash", b"-c", b"printf %s " + os.fsencode(line)], stdout=subprocess.PIPE, check=True
    )
    assert ran.stdout == os.fsencode(word)


def test_a_word_that_needs_no_quoting_stays_as_it_is():
    for word in ("/tmp/mnist_model", "modèle", "--model_dir=a/b.c", "a,b:c+d@e%f"):
        assert shell.quoted(word) == word
    assert shell.quoted("no such") == "no\\ such"
