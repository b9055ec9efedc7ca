"""The command: parses, measures, prints the figures, and then the failures."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence

from benchmarks import flags, report, session, tables
from benchmarks.processes import FailedError
from cnn_mnist.support.files import write_whole


def main(arguments: Sequence[str]) -> int:
    """Measures, prints, and returns the exit status."""
    options = flags.parse(arguments)
    if options.list:
        print(flags.row_list(flags.rows_lib.all_rows(options.precision)))
        return 0
    try:
        measured = session.run(options, _say)
        if measured.has_figures or not measured.was_stopped:
            _report(measured, options.json)
    except FailedError as error:
        _say(f"scripts/benchmark: {error}")
        return error.status
    except OSError as error:
        _say(f"scripts/benchmark: {error}")
        return 1
    except KeyboardInterrupt:
        return _stopped()
    return _stopped() if measured.was_stopped else measured.status


def _report(measured: session.Session, path: str | None) -> None:
    figures = report.report(measured)
    print(tables.text(figures))
    if path:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        write_whole(path, json.dumps(figures, indent=2) + "\n")


def _stopped() -> int:
    _say("\nscripts/benchmark: stopped")
    return 128 + signal.SIGINT


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
