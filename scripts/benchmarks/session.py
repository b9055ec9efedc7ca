"""One session: every row once a round, in turn, also if others fail.

A round in which other work took processor time is measured again.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import tempfile
from collections.abc import Callable
from typing import Any

from benchmarks import environment, machine, measures, processes
from benchmarks import rows as rows_lib
from cnn_mnist import config as config_lib
from cnn_mnist.model_folder import runs

WARM_UP_STEPS = 20


@dataclasses.dataclass
class Measured:
    """The results of a row: for each round its figures, or None and the reason."""

    row: rows_lib.Row
    rounds: list[measures.Figures | None] = dataclasses.field(default_factory=list)
    failures: list[dict[str, Any]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Session:
    """The content of a report, filled during the session."""

    facts: dict[str, Any]
    measured: list[Measured]
    disturbed: list[str] = dataclasses.field(default_factory=list)
    was_stopped: bool = False

    @property
    def status(self) -> int:
        """0, or 1 if a row failed."""
        return 1 if any(one.failures for one in self.measured) else 0

    @property
    def has_figures(self) -> bool:
        """Whether anything was measured at all."""
        return any(figures for one in self.measured for figures in one.rounds)


def run(options: argparse.Namespace, say: Callable[[str], None]) -> Session:
    """Sets up what is needed and runs all rounds; Ctrl-C in between ends it early.

    Raises:
      FailedError: the data or the environment of the peers cannot be made.
    """
    needs_peers = rows_lib.needs_peers(options.rows)
    if needs_peers:
        environment.set_up(say)
    session = Session(_facts(options, needs_peers), [Measured(row) for row in options.rows])
    load = session.facts["machine"]["load_before"]
    if machine.is_busy(load):
        say(f"the machine is busy (load {load:.2f}); close what else runs, or look at the spread")
    with tempfile.TemporaryDirectory(prefix="cnn_mnist_benchmark_") as folder:
        setting = _setting(options, folder)
        say("preparing MNIST")
        measures.prepare(setting, needs_peers)
        session.facts["machine"]["kernels"] = machine.kernels()
        try:
            if not options.quick:
                _warm_up(session, setting, say)
            _run_rounds(session, setting, options, say)
        except KeyboardInterrupt:
            session.was_stopped = True
    return session


def _setting(options: argparse.Namespace, folder: str) -> measures.Setting:
    return measures.Setting(
        recipe=dataclasses.replace(config_lib.from_preset(""), train_steps=options.steps),
        data_flags=(f"--data_dir={options.data_dir}",) if options.data_dir else (),
        folder=folder,
        seed=1,
        example_steps=options.steps if options.quick else None,
    )


def _warm_up(session: Session, setting: measures.Setting, say: Callable[[str], None]) -> None:
    """Lets every peer compile and load once, so that the first round is like the others."""
    recipe = dataclasses.replace(setting.recipe, train_steps=WARM_UP_STEPS)
    short = dataclasses.replace(setting, recipe=recipe, example_steps=WARM_UP_STEPS)
    for one in session.measured:
        if one.row.kind in ("peer", "example"):
            say(f"warming up: {one.row.label}")
            try:
                one.row.measure(short)
            except processes.FailedError:
                say("  it failed; the rounds will show why")


def _run_rounds(
    session: Session,
    setting: measures.Setting,
    options: argparse.Namespace,
    say: Callable[[str], None],
) -> None:
    for number in range(1, options.rounds + 1):
        of_round = dataclasses.replace(setting, seed=number)
        name = f"round {number} of {options.rounds}"
        for repeats_left in reversed(range(options.repeats + 1)):
            disturbances = _run_round(session, of_round, name, say)
            if not disturbances:
                break
            session.disturbed += [f"round {number}, {text}" for text in disturbances]
            if repeats_left:
                say(f"{name} again")
                _forget_round(session, number)


def _run_round(
    session: Session, setting: measures.Setting, name: str, say: Callable[[str], None]
) -> list[str]:
    """Runs every row once, and returns a text for each that other work disturbed."""
    disturbances = []
    for one in session.measured:
        say(f"{name}: {one.row.label}")
        watch = machine.Watch()
        _run_row(one, setting, setting.seed, say)
        work = watch.other_work()
        if work.disturbs:
            say(f"  disturbed: {work}")
            disturbances.append(f"{one.row.label}: {work}")
    return disturbances


def _forget_round(session: Session, number: int) -> None:
    for one in session.measured:
        one.rounds.pop()
        one.failures = [failure for failure in one.failures if failure["round"] != number]


def _run_row(
    one: Measured, setting: measures.Setting, number: int, say: Callable[[str], None]
) -> None:
    try:
        one.rounds.append(one.row.measure(setting))
    # A peer may also print something other than JSON, or leave a figure out.
    except (processes.FailedError, OSError, ValueError, LookupError) as error:
        say(f"  failed: {error}")
        one.rounds.append(None)
        one.failures.append({"round": number, "reason": str(error)})


def _facts(options: argparse.Namespace, needs_peers: bool) -> dict[str, Any]:
    recipe = config_lib.from_preset("")
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine.facts(),
        "versions": runs.installed_versions(),
        "peer_versions": environment.versions() if needs_peers else {},
        "preset": recipe.preset,
        "architecture": recipe.architecture,
        "optimizer": recipe.optimizer,
        "learning_rate": recipe.learning_rate,
        "schedule": recipe.schedule,
        "warmup_steps": recipe.warmup_steps,
        "batch_size": recipe.batch_size,
        "steps": options.steps,
        "rounds": options.rounds,
    }
