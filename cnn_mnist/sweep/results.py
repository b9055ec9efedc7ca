"""What the runs of a sweep reached: mean, spread and best over seeds, as table, CSV and JSON."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import os
import statistics
from collections.abc import Sequence
from typing import Any

from cnn_mnist.evaluation import results
from cnn_mnist.model_folder import exports, runs, validations
from cnn_mnist.support.files import write_whole
from cnn_mnist.sweep.grid import SEED, Run, Sweep


@dataclasses.dataclass(frozen=True)
class Result:
    """What one run reached.

    Attributes:
      run: the run.
      status: `done`, `failed`, `stopped` or `not run`.
      reason: why it failed, in a line, or an empty text.
      test: test accuracy, a rate from 0 to 1; None without a result.
      validation: validation accuracy of the same checkpoint; None if there are none.
      step: training steps of that checkpoint, or None.
      seconds: wall time of the process; None for a run of before.
    """

    run: Run
    status: str
    reason: str = ""
    test: float | None = None
    validation: float | None = None
    step: int | None = None
    seconds: float | None = None


def finished(run: Run) -> Result | None:
    """Returns the result of a run that is trained, evaluated and exported, or None."""
    folder = run.config.model_dir
    lines = runs.read(folder)
    trained = lines[-1].get("trained", {}) if lines else {}
    ended = trained and trained.get("stopped_by") is None and trained.get("diverged_at") is None
    if not ended or not exports.newest_holds(folder, run.config.export_formats):
        return None
    evaluated = results.recorded_evaluation(folder)
    if evaluated is None:
        return None
    step = evaluated["step"]
    of_step = [v for v in validations.read(folder) if v.step == step]
    validation = of_step[-1].metrics.get("accuracy") if of_step else None
    if validation is not None and math.isnan(validation):
        validation = None
    test = evaluated["correct"] / evaluated["total"]
    return Result(run, "done", "", test, validation, step)


@dataclasses.dataclass(frozen=True)
class Group:
    """The runs of one setting, which differ in their seeds only.

    Attributes:
      settings: the varied settings but the seed.
      results: of the runs that are done.
      count: runs in all.
    """

    settings: dict[str, str]
    results: tuple[Result, ...]
    count: int

    def mean(self, which: str) -> float | None:
        """Returns the mean of `test` or `validation` accuracy, or None without any."""
        found = self._values(which)
        return statistics.fmean(found) if found else None

    def spread(self, which: str) -> float | None:
        """Returns the sample standard deviation, or None for fewer than two runs."""
        found = self._values(which)
        return statistics.stdev(found) if len(found) > 1 else None

    @property
    def best(self) -> Result | None:
        """The run with the highest test accuracy."""
        return max(self.results, key=lambda result: result.test or 0.0, default=None)

    def _values(self, which: str) -> list[float]:
        found = [getattr(result, which) for result in self.results]
        return [value for value in found if value is not None]


def groups(sweep: Sweep, found: Sequence[Result]) -> list[Group]:
    """Returns the groups of a sweep, in the order of its runs."""
    names = [name for name in sweep.varied if name != SEED]
    by_settings: dict[tuple[str, ...], list[Result]] = {}
    for result in found:
        settings = {**result.run.settings}
        by_settings.setdefault(tuple(settings[name] for name in names), []).append(result)
    return [
        Group(
            dict(zip(names, values, strict=True)),
            tuple(result for result in several if result.status == "done"),
            len(several),
        )
        for values, several in by_settings.items()
    ]


def chosen(several: Sequence[Group]) -> Group | None:
    """Returns the group with the highest mean on the validation images, or None."""
    rated = [group for group in several if group.mean("validation") is not None]
    return max(rated, key=lambda group: group.mean("validation") or 0.0, default=None)


def table(sweep: Sweep, found: Sequence[Result]) -> str:
    """Returns the table of a sweep, a line for each group."""
    several = groups(sweep, found)
    names = list(several[0].settings)
    heads = [*names, "runs", "validation (sd)", "test (sd)", "best test"]
    lines = [heads, *([*group.settings.values(), *_cells(group)] for group in several)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
    best = chosen(several)
    if best is not None and len(several) > 1:
        settings = ", ".join(f"--{name}={value}" for name, value in best.settings.items())
        text += ["", f"Best on the validation images: {settings}"]
    return "\n".join(line.rstrip() for line in text)


def _cells(group: Group) -> list[str]:
    best = group.best
    done = len(group.results)
    named = ""
    if best is not None and SEED in best.run.settings:
        named = f" (seed {best.run.settings[SEED]})"
    return [
        f"{done}" if done == group.count else f"{done} of {group.count}",
        _shown(group.mean("validation"), group.spread("validation")),
        _shown(group.mean("test"), group.spread("test")),
        f"{best.test:.2%}{named}" if best is not None and best.test is not None else "–",
    ]


def _shown(mean: float | None, spread: float | None) -> str:
    """Returns `99.21 (0.06)`, in percent, or without a spread `99.21`."""
    if mean is None:
        return "–"
    return f"{mean:.2%}" if spread is None else f"{mean:.2%} ({100 * spread:.2f})"


def as_json(sweep: Sweep, found: Sequence[Result]) -> dict[str, Any]:
    """Returns the runs and the groups of a sweep; rates are from 0 to 1."""
    several = groups(sweep, found)
    best = chosen(several)
    return {
        "model_dir": os.path.abspath(sweep.model_dir),
        "runs": [_run_as_json(result) for result in found],
        "settings": [_group_as_json(group) for group in several],
        "best_on_validation": best.settings if best else None,
    }


def _run_as_json(result: Result) -> dict[str, Any]:
    return {
        "name": result.run.name,
        "settings": result.run.settings,
        "status": result.status,
        "reason": result.reason or None,
        "validation_accuracy": result.validation,
        "test_accuracy": result.test,
        "step": result.step,
        "seconds": None if result.seconds is None else round(result.seconds, 1),
    }


def _group_as_json(group: Group) -> dict[str, Any]:
    facts: dict[str, Any] = {"settings": group.settings, "runs": len(group.results)}
    for which in ("validation", "test"):
        facts[f"{which}_mean"] = group.mean(which)
        facts[f"{which}_standard_deviation"] = group.spread(which)
    best = group.best
    facts["best_test"] = best.test if best else None
    facts["best_run"] = best.run.name if best else None
    return facts


def write(sweep: Sweep, found: Sequence[Result]) -> None:
    """Writes `sweep.csv`, a line for each run, and `sweep.json`, in the sweep's folder.

    Raises:
      OSError: a file cannot be written.
    """
    names = list(dict.fromkeys(name for result in found for name in result.run.settings))
    facts = [_run_as_json(result) for result in found]
    others = [name for name in facts[0] if name != "settings"]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*names, *others])
    for fact in facts:
        values = [fact["settings"].get(name, "") for name in names]
        rows.writerow([*values, *(fact[name] for name in others)])
    write_whole(os.path.join(sweep.model_dir, "sweep.csv"), text.getvalue())
    whole = json.dumps(as_json(sweep, found), indent=2) + "\n"
    write_whole(os.path.join(sweep.model_dir, "sweep.json"), whole)
