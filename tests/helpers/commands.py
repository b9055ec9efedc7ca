"""Runs the command as a process of its own, and lists what it leaves in a folder."""

from __future__ import annotations

import os
import subprocess

# For tests that are about something else than the network.
SMALL = "--architecture=conv 5x5x32, pool 2, flatten, dense 10"
DENSE = "--architecture=flatten, dense 10"


def run(command_line, environment, *arguments, **options):
    """Runs the command as a process of its own."""
    return subprocess.run(
        [*command_line, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


def snapshot(folder) -> dict[str, int]:
    """Returns the size of every file in a folder."""
    return {
        os.path.join(place, name): os.path.getsize(os.path.join(place, name))
        for place, _, names in os.walk(folder)
        for name in names
    }
