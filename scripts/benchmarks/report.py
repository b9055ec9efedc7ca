"""The figures of a session summed up, with their ratios, for JSON and for the tables."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from benchmarks.session import Measured, Session

RATE = "images_per_second"
WHOLE = "whole_seconds"
TARGET = "target_seconds"
FIRST_STEP = "first_step_seconds"
IMPORT_ROW = "import-tensorflow"

Summary = dict[str, Any]


def report(session: Session) -> dict[str, Any]:
    """Returns all figures, as `--json` writes them."""
    measured = session.measured
    return {
        **session.facts,
        "disturbed": session.disturbed,
        "rows": [_row(one) for one in measured],
        "pipeline_to_bare_loop": _to_bare_loop(measured),
        "ours_to_row": _to_reference(measured, "pipeline", RATE, lambda row, ours: ours / row),
        "row_to_recipe": _to_reference(measured, "recipe", TARGET, lambda row, ours: row / ours),
        "ours_to_best": _to_best(measured),
        "first_step_beyond_import_seconds": _beyond_import(measured),
    }


def summed_up(values: Sequence[float]) -> Summary:
    """Returns mean, median, lowest and highest of the values."""
    return {
        "mean": statistics.fmean(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "runs": len(values),
        "values": list(values),
    }


def _row(one: Measured) -> dict[str, Any]:
    row = one.row
    runs = [figures for figures in one.rounds if figures is not None]
    keys = runs[0] if runs else {}
    return {
        "name": row.name,
        "group": row.group,
        "kind": row.kind,
        "label": row.label,
        "precision": row.precision or None,
        "figures": {key: summed_up([run[key] for run in runs]) for key in keys},
        "failures": one.failures,
    }


def _to_bare_loop(measured: Sequence[Measured]) -> dict[str, Summary]:
    by_name = {one.row.name: one for one in measured}
    ratios = {}
    for one in measured:
        loop = by_name.get(one.row.bare_loop)
        if loop:
            ratios[one.row.name] = _by_round(one, loop, RATE, lambda row, bare: row / bare)
    return _without_empty(ratios)


def _to_reference(
    measured: Sequence[Measured], kind: str, key: str, ratio: Callable[[float, float], float]
) -> dict[str, Summary]:
    """Compares each row that has figure `key` with the first row of `kind`, round by round."""
    reference = next((one for one in measured if one.row.kind == kind), None)
    if reference is None:
        return {}
    return _without_empty({one.row.name: _by_round(one, reference, key, ratio) for one in measured})


def _to_best(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """Compares our pipelines with the fastest setting of each peer, of all and of float32."""
    comparisons = []
    for rival in dict.fromkeys(one.row.rival for one in measured if one.row.rival):
        for precision in ("any", "float32"):
            settings = [
                one
                for one in measured
                if one.row.rival == rival and precision in ("any", one.row.precision)
            ]
            best = max(settings, key=_mean_rate, default=None)
            if best is None or not _mean_rate(best):
                continue
            ratios = {
                one.row.name: _by_round(one, best, RATE, lambda ours, row: ours / row)
                for one in measured
                if one.row.kind == "pipeline"
            }
            found = {"peer": rival, "precision": precision, "best": best.row.name}
            comparisons.append({**found, "ratios": _without_empty(ratios)})
    return comparisons


def _mean_rate(one: Measured) -> float:
    rates = [figures[RATE] for figures in one.rounds if figures]
    return statistics.fmean(rates) if rates else 0.0


def _beyond_import(measured: Sequence[Measured]) -> dict[str, Summary]:
    alone = next((one for one in measured if one.row.name == IMPORT_ROW), None)
    if alone is None:
        return {}
    differences = {}
    for one in measured:
        if one.row.kind in ("pipeline", "start"):
            pairs = _pairs(one, alone)
            differences[one.row.name] = [
                row[FIRST_STEP] - imported[WHOLE] for row, imported in pairs if FIRST_STEP in row
            ]
    return _without_empty(differences)


def _by_round(
    one: Measured, other: Measured, key: str, ratio: Callable[[float, float], float]
) -> list[float]:
    pairs = _pairs(one, other)
    return [ratio(row[key], its[key]) for row, its in pairs if key in row and key in its]


def _pairs(one: Measured, other: Measured) -> Iterable[tuple[dict[str, float], dict[str, float]]]:
    """Yields the figures of two rows from the same round."""
    for row, its in zip(one.rounds, other.rounds, strict=False):
        if row is not None and its is not None:
            yield row, its


def _without_empty(lists: dict[str, list[float]]) -> dict[str, Summary]:
    return {name: summed_up(values) for name, values in lists.items() if values}
