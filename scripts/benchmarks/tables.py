"""The report as text: mean, or of ratios the median; in brackets the lowest and the highest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks import rows as rows_lib
from cnn_mnist.support import processor

Cells = list[str]

# Key of the figure, heading, format.
TRAINING = (
    ("test_accuracy", "Test accuracy", "{:.2%}"),
    ("first_step_seconds", "First step, s", "{:.1f}"),
    ("whole_seconds", "Start to end, s", "{:.1f}"),
    ("peak_memory_mib", "Memory, MiB", "{:,.0f}"),
)
EXAMPLES = (("test_accuracy", "Test accuracy", "{:.2%}"), ("epochs", "Epochs", "{:.0f}"))
PARTS = (
    ("images_per_second", "images/s", "{:,.0f}"),
    ("processor_share", "of the processors while training", "{:.2%}"),
    ("products_milliseconds", "ms a step", "{:.1f}"),
    ("estimator_seconds", "seconds", "{:.2f}"),
    ("evaluation_to_bare_loop", "of a bare session loop's", "{:.3f}"),
    ("steps_to_edited", "of its steps a second with its imports edited", "{:.3f}"),
    ("start_beyond_edited", "seconds until its first step beyond that", "{:+.2f}"),
    ("whole_verb_seconds", "seconds with graph, checkpoint and records", "{:.2f}"),
    ("median_milliseconds", "ms by a predictor, median", "{:.2f}"),
    ("p95_milliseconds", "ms by a predictor, 95th percentile", "{:.2f}"),
    ("first_milliseconds", "ms by a predictor, first call", "{:.1f}"),
    ("experiment_predict_milliseconds", "ms by experiment.predict, a graph a call", "{:.0f}"),
)
ENGINES = (
    ("images_per_second", "Images/s", "{:,.0f}"),
    ("p50_milliseconds", "50 % within, ms", "{:,.2f}"),
    ("p95_milliseconds", "95 %", "{:,.2f}"),
    ("p99_milliseconds", "99 %", "{:,.2f}"),
    ("requests", "Requests", "{:,.0f}"),
)
STARTED = ("first_step_seconds", "first_computation_seconds", "whole_seconds")
"""Of these figures of a start, the first that there is."""
CLUSTERS = (
    ("task_milliseconds", "ms of a task, a batch", "{:,.0f}"),
    ("server_milliseconds", "ms of the ps, a step", "{:,.0f}"),
    ("megabytes", "MB sent, a step", "{:,.1f}"),
)
CLUSTER_SIZES = (("images_per_second", "Images/s", "{:,.0f}"),)
SCALING = (
    ("images_per_second", "Images/s", "{:,.0f}"),
    ("whole_seconds", "Start to end, s", "{:.1f}"),
    ("peak_memory_mib", "Memory, MiB", "{:,.0f}"),
)
NONE = "–"


def text(report: dict[str, Any]) -> str:
    """Returns the whole report."""
    sections = [_head(report)]
    trained = [row for row in report["rows"] if row["group"] in rows_lib.TRAINING]
    if trained:
        sections.append(_training(report, trained))
    if report["pipeline_to_bare_loop"]:
        sections.append(_bare_loops(report))
    if any(best["ratios"] for best in report["ours_to_best"]):
        sections.append(_best(report))
    published = [row for row in report["rows"] if row["group"] == "published"]
    if published:
        sections.append(_published(report, published))
    started = [row for row in report["rows"] if row["group"] == "start"]
    if started:
        sections.append(_start(report, started))
    sections_of = {
        "parts": _parts,
        "engines": _engines,
        "clusters": _clusters,
        "cluster_sizes": _cluster_sizes,
        "scaling": _scaling,
    }
    for group, section in sections_of.items():
        rows = [row for row in report["rows"] if row["group"] == group]
        if rows:
            sections.append(section(rows))
    failures = _failures(report)
    return "\n\n".join([*sections, failures] if failures else sections)


def _head(report: dict[str, Any]) -> str:
    machine = report["machine"]
    runs = "1 run" if report["rounds"] == 1 else f"{report['rounds']} runs"
    lines = [
        f"Recipe      {report['preset']}, {report['steps']:,} steps of {report['batch_size']}, "
        f"{report['optimizer']} {report['learning_rate']:g}, {report['schedule']}",
        f"Machine     {machine['cpu']}, {machine['cores']} cores, "
        f"load {machine['load_before']:.2f} before",
        f"Kernels     {machine['kernels']}; the processor has "
        f"{processor.in_words(machine['instruction_sets'])}",
        f"Versions    {_versions(report['versions'])}",
    ]
    if report["peer_versions"]:
        lines.append(f"Peers       {_versions(report['peer_versions'])}")
    lines.append(f"Figures     mean (lowest–highest) of {runs} of each row, in turn")
    lines.append("Ratios      median (lowest–highest) of the pairs of a round")
    lines += [f"Disturbed   {text}" for text in report["disturbed"]]
    return "\n".join(lines)


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _training(report: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    ratios = report["ours_to_row"]
    lines = [["Training", "Images/s", "Ours / row", *(heading for _, heading, _ in TRAINING)]]
    for row in rows:
        lines.append(
            [
                row["label"],
                _rate(row),
                _ratio(ratios.get(row["name"]), "{:.2f}"),
                *_figures(row, TRAINING),
            ]
        )
    note = _note_on_reference(report, "ours_to_row", "pipeline", "Ours")
    return _aligned(lines) + note


def _note_on_reference(report: dict[str, Any], key: str, kind: str, name: str) -> str:
    reference = next((row for row in report["rows"] if row["kind"] == kind), None)
    return f"\n{name}: {reference['label']}" if reference and report[key] else ""


def _rate(row: dict[str, Any]) -> str:
    if not row["figures"]:
        return "failed" if row["failures"] else NONE
    return _cell(row["figures"].get("images_per_second"), "{:,.0f}")


def _figures(row: dict[str, Any], columns: Sequence[tuple[str, str, str]]) -> Cells:
    return [_cell(row["figures"].get(key), form) for key, _, form in columns]


def _bare_loops(report: dict[str, Any]) -> str:
    labels = _labels(report)
    lines = [["Pipeline / bare tf.Session loop", "Ratio"]]
    for name, ratio in report["pipeline_to_bare_loop"].items():
        lines.append([labels[name], _ratio(ratio, "{:.3f}")])
    return _aligned(lines)


def _best(report: dict[str, Any]) -> str:
    labels = _labels(report)
    ours = [row["name"] for row in report["rows"] if row["kind"] == "pipeline"]
    lines = [["Ours / best setting of", *(labels[name] for name in ours)]]
    for best in report["ours_to_best"]:
        label = labels[best["best"]]
        if best["precision"] != "any":
            label += f" (best in {best['precision']})"
        lines.append([label, *(_ratio(best["ratios"].get(name), "{:.2f}") for name in ours)])
    return _aligned(lines)


def _published(report: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    headings = [f"Start to {rows_lib.TARGET:.1%}, s", "Row / ours"]
    lines = [["Published examples", *headings, *(heading for _, heading, _ in EXAMPLES), ""]]
    for row in rows:
        seconds = _cell(row["figures"].get("target_seconds"), "{:.1f}")
        lines.append(
            [
                row["label"],
                "failed" if not row["figures"] and row["failures"] else seconds,
                _ratio(report["row_to_recipe"].get(row["name"]), "{:.2f}"),
                *_figures(row, EXAMPLES),
                _not_reached(row),
            ]
        )
    note = _note_on_reference(report, "row_to_recipe", "recipe", "Ours, the whole command")
    return _aligned(lines) + note


def _not_reached(row: dict[str, Any]) -> str:
    reached = row["figures"].get("reached")
    if reached is None or reached["min"] == 1:
        return ""
    missed = reached["runs"] - sum(reached["values"])
    return f"not reached in {missed:.0f} of {reached['runs']}, so seconds to its end"


def _start(report: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    lines = [["Start", "Seconds", "Beyond importing TensorFlow"]]
    for row in rows:
        figures = row["figures"]
        seconds = next((figures[key] for key in STARTED if key in figures), None)
        beyond = report["first_step_beyond_import_seconds"].get(row["name"])
        cell = "failed" if row["failures"] and not figures else _cell(seconds, "{:.2f}")
        lines.append([row["label"], cell, _cell(beyond, "{:.2f}")])
    return _aligned(lines)


def _parts(rows: Sequence[dict[str, Any]]) -> str:
    lines = [["Part", "", ""]]
    for row in rows:
        known = [(key, unit, form) for key, unit, form in PARTS if key in row["figures"]]
        if not known:
            lines.append([row["label"], "failed", ""])
        for number, (key, unit, form) in enumerate(known):
            label = "" if number else row["label"]
            lines.append([label, _cell(row["figures"][key], form), unit])
    return _aligned(lines)


def _engines(rows: Sequence[dict[str, Any]]) -> str:
    return _by_column("Engine, images a request", rows, ENGINES)


def _clusters(rows: Sequence[dict[str, Any]]) -> str:
    return _by_column("Cluster, processor time", rows, CLUSTERS)


def _cluster_sizes(rows: Sequence[dict[str, Any]]) -> str:
    return _by_column("Cluster, a share of a core each", rows, CLUSTER_SIZES)


def _scaling(rows: Sequence[dict[str, Any]]) -> str:
    return _by_column("Scaling", rows, SCALING)


def _by_column(
    title: str, rows: Sequence[dict[str, Any]], columns: Sequence[tuple[str, str, str]]
) -> str:
    lines = [[title, *(heading for _, heading, _ in columns)]]
    failed = ["failed", *([NONE] * (len(columns) - 1))]
    for row in rows:
        lines.append([row["label"], *(_figures(row, columns) if row["figures"] else failed)])
    return _aligned(lines)


def _failures(report: dict[str, Any]) -> str:
    return "\n".join(
        f"Failed      {row['name']}, round {failure['round']}: {failure['reason'].splitlines()[-1]}"
        for row in report["rows"]
        for failure in row["failures"]
    )


def _labels(report: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["label"] for row in report["rows"]}


def _cell(figure: dict[str, Any] | None, form: str, middle: str = "mean") -> str:
    if figure is None:
        return NONE
    typical, lowest, highest = (form.format(figure[key]) for key in (middle, "min", "max"))
    return typical if figure["runs"] == 1 else f"{typical} ({lowest}–{highest})"


def _ratio(figure: dict[str, Any] | None, form: str) -> str:
    return _cell(figure, form, "median")


def _aligned(lines: Sequence[Cells]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = (
        "   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(row.rstrip() for row in rows)
