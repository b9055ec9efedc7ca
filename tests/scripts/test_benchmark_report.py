"""What is made of the figures: ratios by round, the best of each peer, the tables."""

import re

import pytest
from benchmarks import report, rows, session, tables

FACTS = {
    "machine": {
        "cpu": "A Processor",
        "instruction_sets": ["avx2", "avx512f"],
        "kernels": "oneDNN, chosen by TensorFlow",
        "cores": 2,
        "load_before": 0.25,
    },
    "versions": {"python": "3.11"},
    "peer_versions": {"torch": "2.13"},
    "preset": "modern",
    "optimizer": "adam",
    "learning_rate": 0.003,
    "schedule": "linear",
    "batch_size": 100,
    "steps": 700,
    "rounds": 2,
}


def measured(name, figures, failures=(), **attributes):
    attributes = {"group": "ours", "label": name.upper(), **attributes}
    row = rows.Row(name, measure=lambda setting: {}, **attributes)
    return session.Measured(row, list(figures), list(failures))


def rates(*values):
    return [value and {"images_per_second": value} for value in values]


def peer(name, *values, precision="float32", rival="PyTorch"):
    return measured(
        name, rates(*values), group="pytorch", kind="peer", precision=precision, rival=rival
    )


def reported(*found):
    return report.report(session.Session(FACTS, list(found)))


def lines_of(*found):
    return tables.text(reported(*found)).splitlines()


def test_ratio_is_of_each_round_and_not_of_the_means():
    pipeline = measured("layers", rates(100.0, 300.0), kind="pipeline", bare_loop="loop")
    loop = measured("loop", rates(200.0, 300.0), kind="bare_loop")
    ratio = reported(pipeline, loop)["pipeline_to_bare_loop"]["layers"]
    assert ratio["values"] == [0.5, 1.0] and ratio["mean"] == 0.75
    assert (ratio["min"], ratio["max"], ratio["runs"]) == (0.5, 1.0, 2)


def test_rounds_in_which_one_failed_are_not_compared():
    pipeline = measured("layers", rates(100.0, None, 300.0), kind="pipeline", bare_loop="loop")
    loop = measured("loop", rates(None, 300.0, 400.0), kind="bare_loop")
    result = reported(pipeline, loop)
    assert result["pipeline_to_bare_loop"]["layers"]["values"] == [0.75]
    assert result["rows"][0]["figures"]["images_per_second"]["values"] == [100, 300]


def test_without_the_other_side_there_is_no_ratio():
    pipeline = measured("layers", rates(100.0), kind="pipeline", bare_loop="loop")
    result = reported(pipeline)
    assert result["pipeline_to_bare_loop"] == {} and result["ours_to_best"] == []


def test_best_setting_of_a_peer_is_that_of_the_highest_mean():
    ours = measured("layers", rates(600.0, 800.0), kind="pipeline")
    result = reported(
        ours,
        peer("eager", 100.0, 200.0),
        peer("compiled", 150.0, 160.0),
        peer("compiled-bfloat16", 300.0, 400.0, precision="bfloat16"),
        peer("failed", None, None, precision="bfloat16"),
        peer("flax", 60.0, 80.0, rival="Flax"),
    )
    best = {(one["peer"], one["precision"]): one for one in result["ours_to_best"]}
    assert best["PyTorch", "any"]["best"] == "compiled-bfloat16"
    assert best["PyTorch", "any"]["ratios"]["layers"]["values"] == [2, 2]
    assert best["PyTorch", "float32"]["best"] == "compiled"
    assert best["PyTorch", "float32"]["ratios"]["layers"]["values"] == [4, 5]
    assert best["Flax", "any"]["ratios"]["layers"]["mean"] == 10
    assert result["ours_to_row"]["eager"]["values"] == [6, 4]


def test_beyond_import_is_of_the_same_round():
    alone = measured(
        "import-tensorflow",
        [{"whole_seconds": 4.0}, {"whole_seconds": 3.0}],
        group="start",
        kind="start",
    )
    first = measured(
        "first_step-nn",
        [{"first_step_seconds": 4.5}, {"first_step_seconds": 5.0}],
        group="start",
        kind="start",
    )
    result = reported(alone, first)
    assert result["first_step_beyond_import_seconds"] == {
        "first_step-nn": report.summed_up([0.5, 2.0])
    }
    assert [line.split("   ")[-1].strip() for line in lines_of(alone, first)[-2:]] == [
        "–",
        "1.25 (0.50–2.00)",
    ]


def test_training_table():
    ours = [
        {"images_per_second": rate, "test_accuracy": 0.99, "first_step_seconds": 4.0}
        for rate in (2000.0, 4000.0)
    ]
    lines = lines_of(
        measured("layers", ours, kind="pipeline"),
        peer("eager", 1000.0, 1000.0),
        measured("broken", [None, None], [{"round": 1, "reason": "a\nb"}], kind="peer"),
    )
    assert lines[:7] == [
        "Recipe      modern, 700 steps of 100, adam 0.003, linear",
        "Machine     A Processor, 2 cores, load 0.25 before",
        "Kernels     oneDNN, chosen by TensorFlow; the processor has AVX2, AVX512F",
        "Versions    python 3.11",
        "Peers       torch 2.13",
        "Figures     mean (lowest–highest) of 2 runs of each row, in turn",
        "Ratios      median (lowest–highest) of the pairs of a round",
    ]
    # The first table comes first.
    cells = {line.split("  ")[0]: line for line in reversed(lines)}
    assert "3,000 (2,000–4,000)" in cells["LAYERS"]
    assert "99.00% (99.00%–99.00%)" in cells["LAYERS"]
    assert "1,000 (1,000–1,000)   3.00 (2.00–4.00)" in cells["EAGER"]
    assert cells["BROKEN"].split()[1] == "failed"
    assert lines[-1] == "Failed      broken, round 1: b"
    assert "Ours: LAYERS" in lines


def test_published_table_says_what_was_not_reached():
    def example(name, *runs, **attributes):
        keys = ("target_seconds", "reached", "test_accuracy", "epochs")
        figures = [dict(zip(keys, run, strict=True)) for run in runs]
        return measured(name, figures, group="published", **attributes)

    lines = lines_of(
        example("recipe", (10.0, 1.0, 0.991, 1), (20.0, 1.0, 0.992, 1), kind="recipe"),
        example("example", (30.0, 1.0, 0.99, 3), (100.0, 0.0, 0.98, 15), kind="example"),
    )
    [line] = [line for line in lines if line.startswith("EXAMPLE")]
    assert "65.0 (30.0–100.0)   4.00 (3.00–5.00)   98.50% (98.00%–99.00%)   9 (3–15)" in line
    assert line.endswith("not reached in 1 of 2, so seconds to its end")
    [line] = [line for line in lines if line.startswith("RECIPE")]
    assert "not reached" not in line
    assert "Start to 99.0%, s" in "\n".join(lines)


@pytest.mark.parametrize("values", [[1.0], [1.0, 3.0, 2.0]])
def test_summed_up(values):
    summary = report.summed_up(values)
    assert summary["values"] == values and summary["runs"] == len(values)
    assert (summary["min"], summary["max"]) == (min(values), max(values))
    assert summary["mean"] == sum(values) / len(values)
    assert summary["median"] == (1.0 if len(values) == 1 else 2.0)


def test_ratios_in_the_tables_are_medians_so_that_one_slow_run_changes_little():
    lines = lines_of(
        measured("layers", rates(100.0, 100.0, 100.0), kind="pipeline"),
        peer("eager", 50.0, 50.0, 10.0),
    )
    [line] = [line for line in lines if line.startswith("EAGER") and "37" in line]
    assert "2.00 (2.00–10.00)" in line


def test_engines_have_a_line_each_also_one_that_failed():
    figures = [
        {
            "requests": 100 * n,
            "images_per_second": 1000.0 * n,
            "p50_milliseconds": 1.0 * n,
            "p95_milliseconds": 2.0,
            "p99_milliseconds": 30.0,
        }
        for n in (1, 3)
    ]
    lines = lines_of(
        measured("lite-1", figures, group="engines", kind="engine"),
        measured("onnx-1", [None], [{"round": 1, "reason": "a"}], group="engines", kind="engine"),
    )
    [heads, lite, onnx] = [re.split(" {2,}", line.strip()) for line in lines[-5:-2]]
    assert heads[1:] == ["Images/s", "50 % within, ms", "95 %", "99 %", "Requests"]
    assert lite == [
        *("LITE-1", "2,000 (1,000–3,000)", "2.00 (1.00–3.00)"),
        *("2.00 (2.00–2.00)", "30.00 (30.00–30.00)", "200 (100–300)"),
    ]
    assert onnx == ["ONNX-1", "failed", "–", "–", "–", "–"]
