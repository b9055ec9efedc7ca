"""The command's exit status does not depend on whether its last words could be written."""

import errno
import os
import subprocess
import sys

import pytest

from cnn_mnist.cli import console
from cnn_mnist.tf_compat import tf

LAST_WORDS = "import sys; sys.{stream}.write('last words'); {then}; sys.exit(7)"
DROP = "from cnn_mnist.cli import console; console.drop_unwritable_output()"


def status(stream, then):
    """Returns the exit status of a Python whose reader is gone before it writes."""
    reader, writer = os.pipe()
    os.close(reader)
    code = LAST_WORDS.format(stream=stream, then=then)
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: writer}
    # By default Python keeps what it has not written yet in a buffer.
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    ended = subprocess.run([sys.executable, "-c", code], env=buffered, check=False, **streams)
    os.close(writer)
    return ended.returncode


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_that_cannot_be_written_does_not_change_the_exit_status(stream):
    assert status(stream, "pass") == 120, "what Python does by itself"
    assert status(stream, DROP) == 7


@pytest.mark.parametrize("close", ["sys.stdout = None", "sys.stderr.close()"])
def test_a_stream_that_is_closed_is_left_alone(close):
    ended = subprocess.run([sys.executable, "-c", f"import sys; {close}; {DROP}; sys.exit(7)"])
    assert ended.returncode == 7


OF_THE_PLACE = [
    *(errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ESTALE),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EACCES, errno.EROFS),
]


@pytest.mark.parametrize("number", OF_THE_PLACE, ids=errno.errorcode.get)
@pytest.mark.parametrize("path", ["/m/x\x1b[31m", b"/m/x\x1b[31m", 7, None], ids=repr)
def test_an_error_of_the_place_is_one_line_and_status_2(capsys, number, path):
    assert console.failed_file(OSError(number, os.strerror(number), path)) == 2
    place = "/m/x\\u001b[31m" if isinstance(path, str | bytes) else "a file"
    expected = f"cnn-mnist: {place} cannot be used: {os.strerror(number)}\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("error", [OSError("of no number"), OSError(errno.EBADF, "closed")])
def test_a_fault_of_the_program_is_not_taken_for_one_of_the_place(error):
    with pytest.raises(OSError, match="of no number|closed"):
        console.failed_file(error)


def test_a_file_that_tensorflow_cannot_use_is_one_line_and_status_2(capsys):
    error = tf.errors.FailedPreconditionError(None, None, "/m/eval_test; Not a directory")
    assert console.failed_in_tensorflow(error) == 2
    text = "cnn-mnist: a file cannot be used: /m/eval_test; Not a directory\n"
    assert capsys.readouterr().err == text
    for other in (tf.errors.InvalidArgumentError(None, None, "shapes differ"), KeyError("x")):
        with pytest.raises(type(other)):
            console.failed_in_tensorflow(other)
