"""Where the repository is, for tests at any depth of their folder."""

from __future__ import annotations

import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
