"""The command's exit status does not depend on whether its last words could be written."""

import os
import subprocess
import sys

import pytest

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
