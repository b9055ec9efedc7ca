"""What tests fork does not outlive them, even where a test forgets it or is timed out."""

from __future__ import annotations

import os
import pathlib
import subprocess
import time

import fork_server
import psutil
import pytest

PATIENCE = 30


@pytest.mark.slow
@pytest.mark.skipif(not pathlib.Path("/proc").is_dir(), reason="the server works by /proc")
def test_what_the_server_forked_ends_with_it(tmp_path, subprocess_environment):
    """The forked command writes to a pipe that is full, so that it would never end by itself."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    os.set_blocking(writer, True)
    with fork_server.started(tmp_path, subprocess_environment, "cnn_mnist.main") as command:
        client = subprocess.Popen([*command, "--help"], env=subprocess_environment, stdout=writer)
        forked = forked_by_the_server(client.pid)
        time.sleep(0.5)
        assert client.poll() is None and forked.is_running()
    client.wait(timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while os.path.exists(f"/proc/{forked.pid}") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not os.path.exists(f"/proc/{forked.pid}")
    os.close(reader)
    os.close(writer)


def forked_by_the_server(client: int) -> psutil.Process:
    """Returns the one process that a process of this test has forked."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for server in psutil.Process().children():
            if server.pid != client and "fork_server" in server.cmdline():
                for forked in server.children():
                    return forked
        time.sleep(0.05)
    raise AssertionError("the server forked nothing")
