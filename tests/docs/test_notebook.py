"""docs/notebook.ipynb: its cells run in order, and the outputs that it holds are whole."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import re
import subprocess
import sys

import pytest
from places import REPOSITORY

NOTEBOOK = REPOSITORY / "docs" / "notebook.ipynb"
BOOK = json.loads(NOTEBOOK.read_text("utf-8"))
CODE = [cell for cell in BOOK["cells"] if cell["cell_type"] == "code"]
PROSE = ["".join(c["source"]) for c in BOOK["cells"] if c["cell_type"] == "markdown"]


def source_of(cell) -> str:
    return "".join(cell["source"])


def text_of(cell) -> str:
    """Returns what a cell printed, as the notebook holds it."""
    return "".join("".join(o.get("text", "")) for o in cell["outputs"])


def pictures_of(cell) -> list[bytes]:
    """Returns the PNG files that a cell displayed."""
    found = [o.get("data", {}).get("image/png") for o in cell["outputs"]]
    return [base64.b64decode("".join(png)) for png in found if png]


def test_cells_are_short_and_plain_python():
    assert len(CODE) > 12
    for cell in CODE:
        source = source_of(cell)
        compile(source, "cell", "exec")
        # The first installs the package, wherever the notebook is opened.
        assert len(source.splitlines()) <= (45 if cell is CODE[0] else 25), source


def test_it_was_run_from_top_to_bottom_without_an_error():
    assert [cell["execution_count"] for cell in CODE] == list(range(1, len(CODE) + 1))
    assert all(o["output_type"] in ("stream", "display_data") for c in CODE for o in c["outputs"])
    # Standard error holds warnings, and a path of the machine that it ran on.
    assert all(o.get("name", "stdout") == "stdout" for c in CODE for o in c["outputs"])
    assert "/tmp/" not in "".join(map(text_of, CODE))


def test_it_is_small_and_shows_pictures():
    assert NOTEBOOK.stat().st_size < 500_000
    pictures = [png for cell in CODE for png in pictures_of(cell)]
    assert len(pictures) >= 6
    assert all(png.startswith(b"\x89PNG") and len(png) < 80_000 for png in pictures)


def test_the_stored_results_are_those_of_a_whole_training():
    (tested,) = re.findall(r"([\d.]+)% \(([\d,]+) of 10,000\)", "".join(map(text_of, CODE)))
    assert float(tested[0]) > 99
    predicted = re.findall(r"^(\d)\.png: (\d) ", "".join(map(text_of, CODE)), re.M)
    assert len(predicted) == 10 and sum(name == digit for name, digit in predicted) >= 9


def test_links_lead_to_files_of_the_same_folder():
    links = re.findall(r"\]\(([\w.]+)\)", "".join(PROSE))
    assert links
    for link in links:
        assert (NOTEBOOK.parent / link).exists(), link


PROGRAM = """
import contextlib, io, json, pathlib, sys, types

shown = []
display = types.ModuleType("IPython.display")
display.Image = lambda data, width=None: data
display.display = shown.append
ipython = types.ModuleType("IPython")
ipython.version_info = (9, 0)  # Matplotlib asks for it.
sys.modules.update({"IPython": ipython, "IPython.display": display})
book = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
texts, names = [], {"__name__": "__main__"}
for cell in book["cells"]:
    if cell["cell_type"] == "code":
        source = "".join(cell["source"]).replace(*sys.argv[2:4])
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(source, cell["id"], "exec"), names)
        texts.append(printed.getvalue())
print(json.dumps({"texts": texts, "pictures": len(shown)}))
"""
"""Runs the cells in one process, as a kernel would; IPython need not be installed."""


@pytest.mark.slow
def test_the_cells_run_in_order_and_print_what_the_notebook_holds(subprocess_environment, mnist):
    few = '"modern", train_steps=20, batch_size=50, validation_examples=200)'
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(NOTEBOOK), '"modern")', few],
        env=subprocess_environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    ran = json.loads(done.stdout.splitlines()[-1])
    assert ran["pictures"] == sum(len(pictures_of(cell)) for cell in CODE)
    for cell, text in zip(CODE, ran["texts"], strict=True):
        assert shape(text) == shape(text_of(cell)), source_of(cell)


def shape(text: str) -> list[str]:
    """Leaves of a text what no length of training and no machine changes."""
    # Progress is a line for each tenth of the steps and for each validation.
    lines = [line for line in text.splitlines() if not line.startswith(("step ", "Training"))]
    return [re.sub(r"\d[\d,.]*", "9", re.sub(r": \d \(", ": 9 (", line)) for line in lines]


def test_without_package_and_clone_the_first_cell_says_what_is_missing(tmp_path):
    """As in a folder with nothing else, on a machine that is not Colab."""
    source = source_of(CODE[0]).replace('version("cnn-mnist")', 'version("cnn-mnist-none")')
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == "no clone and no wheel here; put cnn_mnist-*.whl beside this notebook\n"


@pytest.mark.parametrize(
    ("place", "files", "found"),
    [
        (".", ["setup.cfg", "cnn_mnist/main.py"], "."),
        ("docs", ["docs/x", "setup.cfg", "cnn_mnist/main.py"], "."),
        (".", ["cnn_mnist/setup.cfg", "cnn_mnist/cnn_mnist/main.py"], "cnn_mnist"),
        (".", ["cnn_mnist-1.0.0-py3-none-any.whl"], "cnn_mnist-1.0.0-py3-none-any.whl"),
        (".", ["cnn_mnist-main.zip"], "cnn_mnist-main.zip"),
        (".", ["other.whl"], None),
    ],
)
def test_the_first_cell_finds_a_clone_or_a_wheel(place, files, found, tmp_path, monkeypatch):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path / place)
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source_of(CODE[0]).partition("\nif not is_installed")[0], names)
    where = names["found_here"]()
    assert where == (found and tmp_path / found)
