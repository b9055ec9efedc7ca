"""What tests fork does not outlive them, even where a test forgets it or is timed out."""

from __future__ import annotations

import os
import pathlib
import subprocess
import time

import fork_server
import pytest


@pytest.mark.skipif(not pathlib.Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_what_the_server_forked_ends_with_it(tmp_path, subprocess_environment, mnist):
    (tmp_path / "forks").mkdir()
    flags = (
        "--architecture=flatten, dense 10",
        "--validation_examples=0",
        "--train_steps=10000000",
    )
    with fork_server.started(tmp_path / "forks", subprocess_environment) as command:
        client = subprocess.Popen(
            [*command, "--mode=train", f"--model_dir={tmp_path}/m", "--offline", *flags],
            env=subprocess_environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert any(line.startswith("step 1") for line in client.stderr)
        holder = (tmp_path / "m" / "training.lock").read_text("utf-8")
        pid = int(holder.split()[1])
        os.kill(pid, 0)
    client.wait(timeout=30)
    deadline = time.monotonic() + 30
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not os.path.exists(f"/proc/{pid}")
