"""The command that runs a grid of trainings and compares them.

python -m cnn_mnist.sweep --learning_rate=0.001,0.003 --seed=1,2,3 --model_dir=/tmp/sweep
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence

if __name__ == "__main__":
    from cnn_mnist.support import installation

    installation.require()

from cnn_mnist.cli import console
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.support import terminal
from cnn_mnist.sweep import grid, processes, results
from cnn_mnist.sweep.grid import Sweep

PROGRAM = "cnn-mnist-sweep"

USAGE = """\
usage: python -m cnn_mnist.sweep --model_dir=DIR --FLAG=VALUE,VALUE... [FLAG]...

Trains and evaluates once for each combination of the values, in a folder of its own in DIR, and
prints a table: mean and standard deviation over the seeds, for each of the other settings.

    python -m cnn_mnist.sweep --learning_rate=0.001,0.003 --seed=1,2,3 --model_dir=/tmp/sweep

The same command again goes on where it was stopped, and does not repeat finished runs; with more
values it adds runs. Ctrl-C and SIGTERM have the runs that are under way save and end.

  --model_dir=DIR  the folder of the sweep; sweep.csv and sweep.json in it hold the results
  --jobs=1         how many runs go at a time; they share the cores, unless --threads is given
  --dry_run        prints the runs, and starts none
  --format=json    prints the results as one object
  --quiet          prints the results only

Every other flag is one of python -m cnn_mnist.main; its --help lists them. A setting that is kept
with the model may have several values, separated by commas, but for --architecture and --data_dir.
All other flags have one value, for every run. A comma never separates thousands here.

Exit status: 0 all runs are done, 1 a run failed, 2 wrong arguments, 130 or 143 after a signal.
"""


def run() -> None:
    """Runs the command and exits."""
    console.say_what_can_be_said()
    status = main(sys.argv[1:])
    console.drop_unwritable_output()
    sys.exit(status)


def main(arguments: Sequence[str], command: Sequence[str] | None = None) -> int:
    """Runs the sweep and returns its exit status.

    Args:
      arguments: the command line, without the program's name.
      command: the words before the arguments of a run; None for the command that trains.
    """
    try:
        sweep = grid.parse(arguments)
        if sweep is None:
            terminal.show(USAGE.rstrip("\n"))
            return 0
        if sweep.dry_run:
            _show_runs(sweep)
            return 0
        return _run(sweep, command or processes.main_command())
    except UserError as error:
        terminal.error(f"{PROGRAM}: {one_line(error)}")
        return 2
    except BrokenPipeError:
        # Whatever read the output has stopped, as in `| head`. The runs are done by then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return console.failed_file(error)


def _show_runs(sweep: Sweep) -> None:
    for run in sweep.runs:
        done = "done" if results.finished(run) else "to run"
        command = shlex.join(("python", "-m", "cnn_mnist.main", *run.arguments))
        terminal.show(f"{done:<7} {command}")


def _run(sweep: Sweep, command: Sequence[str]) -> int:
    say = _silent if sweep.quiet else terminal.note
    os.makedirs(sweep.model_dir, exist_ok=True)
    with processes.Runner(sweep.runs, sweep.jobs, say, command) as runner:
        found = runner.results()
    results.write(sweep, found)
    if runner.signal is not None:
        say(f"{PROGRAM}: stopped; the same command goes on")
        return 128 + runner.signal
    if sweep.form == "json":
        terminal.show(json.dumps(results.as_json(sweep, found)))
    else:
        terminal.show(results.table(sweep, found))
    failed = [result for result in found if result.status == "failed"]
    for result in failed:
        terminal.error(f"{PROGRAM}: {result.run.name} failed: {result.reason}")
    return 1 if failed else 0


def _silent(text: str) -> None:
    """Prints nothing."""


if __name__ == "__main__":
    run()
