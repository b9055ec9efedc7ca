"""Makes the package `benchmarks`, which lies in scripts/, importable."""

import pathlib
import sys

SCRIPTS = str(pathlib.Path(__file__).resolve().parents[2] / "scripts")
if SCRIPTS not in sys.path:
    sys.path.append(SCRIPTS)
