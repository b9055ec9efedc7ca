"""scripts/soak places: each row stands alone, and a broken promise fails the whole."""

from __future__ import annotations

import argparse
import pathlib
import random
import shutil
import sys

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from soaks import phases, places, trainings, volumes  # noqa: E402
from soaks.trainings import Bench, Found  # noqa: E402


@pytest.fixture
def rows(monkeypatch):
    """Rows of the table that need no training."""

    def fails(bench):
        raise RuntimeError("no space for the trial")

    made = {
        "kept": lambda bench: Found(bench.tries, "all well", []),
        "broken": lambda bench: Found(1, "not so well", ["a bit differs"]),
        "skipped": lambda bench: Found(0, "skipped: only root", []),
        "fails": fails,
    }
    monkeypatch.setattr(places, "ROWS", made)
    monkeypatch.setattr(
        trainings, "bench", lambda folder, tries, seed: Bench(folder, "", folder, tries, seed)
    )


def run(folder, only, tries=3):
    options = argparse.Namespace(only=only, tries=tries, seed=1)
    return places.run(options, folder)


@pytest.mark.parametrize(
    ("only", "status", "lines"),
    [
        ("kept", 0, ["kept                    3        0  kept       all well"]),
        ("kept,skipped", 0, ["skipped                 0        0  skipped    skipped: only root"]),
        ("kept,broken", 1, ["broken                  1        0  1 broken   not so well"]),
        ("broken,kept", 1, ["broken: a bit differs"]),
        ("fails", 1, ["fails: RuntimeError: no space for the trial"]),
        ("none", 2, ["--only=none is unknown; allowed: kept, broken, skipped, fails"]),
    ],
)
def test_the_table_has_a_line_for_each_row_and_fails_if_a_promise_is_broken(
    tmp_path, rows, capsys, only, status, lines
):
    assert run(tmp_path, only) == status
    said = capsys.readouterr().out.splitlines()
    assert set(lines) <= set(said)
    assert ("Every promise was kept" in said) == (status == 0)


@pytest.mark.parametrize("phase", phases.PHASES)
def test_each_phase_is_of_a_function_that_exists(tmp_path, monkeypatch, phase):
    """A renamed function must not turn the kills into kills at other moments."""
    function = phases.PHASES[phase].function
    holder, name = phases.holder_of(function)
    assert callable(holder[name] if isinstance(holder, dict) else getattr(holder, name))


def test_a_version_that_lacks_a_file_is_half_written(tmp_path, trained):
    for folder in ("alone", "whole", "cut"):
        shutil.copytree(trained.model_dir, tmp_path / folder)
        version = tmp_path / folder / "export" / "1795819333"
        (version / "variables").mkdir(parents=True)
        (version / "saved_model.pb").touch()
        (version / "variables" / "variables.index").touch()
    (tmp_path / "cut" / "export" / "1795819333" / "saved_model.pb").unlink()
    assert phases.half_written(tmp_path / "alone", tmp_path / "whole") == []
    [found] = phases.half_written(tmp_path / "alone", tmp_path / "cut")
    assert found.endswith("1795819333 is served and half-written")


def test_hostile_json_is_the_same_each_time_and_differs_from_the_original():
    text = '{"a": [1, {"b": "c"}], "d": null}'
    made = [[volumes.changed(text, random.Random(seed)) for seed in range(200)] for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 100


@pytest.mark.slow
def test_a_kill_while_a_checkpoint_is_written_and_closed_output_lose_nothing(tmp_path, capsys):
    options = argparse.Namespace(only="kill_checkpoint,hostile_replies", tries=1, seed=1)
    status = places.run(options, tmp_path)
    said = capsys.readouterr().out
    assert status == 0, said
    assert "Every promise was kept" in said
