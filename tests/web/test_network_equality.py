"""The page reads networks as `--architecture` does: the same lines, shapes and parameters."""

from __future__ import annotations

import json
import pathlib
import random
import re
import subprocess

import javascript
import pytest

from cnn_mnist.config.presets import PRESETS
from cnn_mnist.errors import SettingsError
from cnn_mnist.exporting.tfjs import reader
from cnn_mnist.networks import architecture

FOLDER = pathlib.Path(__file__).parent
RECIPES = javascript.REPOSITORY / "cnn_mnist" / "web" / "pages" / "networks" / "recipes.js"

ACCEPTED = [
    *(preset.architecture for preset in PRESETS.values()),
    "flatten, dense 10",
    "flatten,dense 2",
    " flatten , dense 100 ,, ",
    "\tflatten\n,\x1cdense 10\u3000",
    "conv 3x3x5 stride 2 linear, pool 2 same, flatten, dense 10",
    "conv 3x3x5 linear stride 3 valid, avgpool 3 stride 1 same, flatten, dense 10 linear",
    "conv 28x28x3 valid, flatten, dense 10",
    "conv 003x3x5, flatten, dense 10".replace("003x3", "003x003"),
    "pool, avgpool 2 stride 1, batch_norm, relu, flatten, batch_norm, relu, dense 10",
    "flatten, flatten, dense 12 linear, batch_norm, dense 10",
    "flatten, dropout 0, dense 10",
    "flatten, dropout .5, dense 10",
    "flatten, dropout 0.99999, dense 10",
    "flatten, dropout 25e-2, dense 10",
    "flatten, dropout 1e-400, dense 10",
    "pool 28, flatten, dense 10",
    "conv 41x41x2, flatten, dense 10",
    ", ".join(["relu"] * 98 + ["flatten", "dense 10"]),
]
REFUSED = [
    "",
    ",",
    "flatten",
    "dense 10",
    "flatten, dense 1",
    "flatten, dense 101",
    "flatten, dense 10, relu",
    "flatten, dense 10, dropout 0.5",
    "conv 5x5x8, dense 10",
    "flatten, conv 5x5x8, dense 10",
    "flatten, pool 2, dense 10",
    "conv 29x29x8 valid, flatten, dense 10",
    "pool 29, flatten, dense 10",
    "pool 2, pool 2, conv 8x8x2 valid, flatten, dense 10",
    "conv 5x3x8, flatten, dense 10",
    "conv 0x0x8, flatten, dense 10",
    "conv 5x5x0, flatten, dense 10",
    "conv 5x5x65537, flatten, dense 10",
    "conv 5x5x99999999999999999999999, flatten, dense 10",
    "conv 5x5x8 same valid, flatten, dense 10",
    "conv 5x5x8 same same, flatten, dense 10",
    "conv 5x5x8 stride 0, flatten, dense 10",
    "conv 5x5x8 stride, flatten, dense 10",
    "conv 5x5x8 stride 2 stride 2, flatten, dense 10",
    "pool 2 linear, flatten, dense 10",
    "flatten, dense 10 same",
    "flatten, dense 10 stride 1",
    "flatten, dropout 1, dense 10",
    "flatten, dropout 1.0, dense 10",
    "flatten, dropout -0.1, dense 10",
    "flatten, dropout 5., dense 10",
    "flatten, dropout 1e3, dense 10",
    "flatten, dropout, dense 10",
    "flatten 2, dense 10",
    "Flatten, dense 10",
    "conv  5x5x8, flatten, dense 10",
    "conv 5x5x8\xa0valid, flatten, dense 10",
    "conv \uff15x\uff15x8, flatten, dense 10",
    "conv 5×5×8, flatten, dense 10",
    "\ufeffflatten, dense 10",
    "flatten; dense 10",
    "constructor, flatten, dense 10",
    "flatten, dense 60000, dense 60000, dense 10",
    "conv 1x1x20000, flatten, dense 10",
    ", ".join(["relu"] * 99 + ["flatten", "dense 10"]),
]
PARTS = [
    *("conv 5x5x8", "conv 3x3x4 valid", "conv 3x3x4 stride 2", "conv 7x7x2 valid linear"),
    *("pool", "pool 2", "pool 3 same stride 2", "avgpool 2", "avgpool 5 stride 1 valid"),
    *("batch_norm", "relu", "flatten", "flatten", "dense 10", "dense 32", "dense 7 linear"),
    *("dropout 0.4", "dropout .25", "conv 4x4x4 same valid", "pool 0", "dense ten", "maxpool 2"),
]


def in_python(line):
    """Returns the rows of a line, or None if Python refuses it."""
    try:
        layers = architecture.parse(line)
        architecture.check(layers)
    except SettingsError:
        return None
    return [
        [name, kind.replace(", ReLU", ""), list(shape), count]
        for name, kind, shape, count in architecture.rows(layers)[1:]
    ]


def on_the_page(lines):
    ran = subprocess.run(
        [javascript.node(), str(FOLDER / "describe_networks.mjs")],
        input=json.dumps(lines),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


def random_lines(count):
    chance = random.Random(22)
    lines = []
    for _ in range(count):
        inner = chance.choices(PARTS, k=chance.randint(0, 4))
        after = chance.choices(PARTS[9:18], k=chance.randint(0, 2))
        lines.append(", ".join([*inner, "flatten", *after, "dense 10"]))
    return lines


def test_the_page_accepts_and_refuses_the_lines_that_architecture_does():
    lines = [*ACCEPTED, *REFUSED, *random_lines(600)]
    expected = [in_python(line) for line in lines]
    assert all(rows for rows in expected[: len(ACCEPTED)])
    assert not any(expected[len(ACCEPTED) : len(ACCEPTED) + len(REFUSED)])
    drawn = expected[len(ACCEPTED) + len(REFUSED) :]
    assert 100 < sum(rows is not None for rows in drawn) < 500
    for line, rows, found in zip(lines, expected, on_the_page(lines), strict=True):
        assert found.get("rows") == rows, f"{line!r}: {found}"


def test_recipes_of_the_page_have_the_networks_and_settings_of_the_presets():
    source = RECIPES.read_text("utf-8")
    for name in ("browser", "dense", "layers_tutorial"):
        recipe = re.search(rf"^  {name}: \{{(.*?)^  \}}", source, re.M | re.S)[1]
        recipe = recipe.replace("SMALL", re.search(r"SMALL = ('.*')", source)[1])
        preset = PRESETS[name]
        assert re.search(r"architecture:\s+'(.*)'", recipe)[1] == preset.architecture
        assert re.search(r"initializer: '(.*)'", recipe)[1] == preset.initializer
        assert re.search(r"optimizer: '(.*)'", recipe)[1] == preset.optimizer
        if name != "browser":  # There the page has smaller batches, for a quick start.
            assert float(re.search(r"learningRate: (.*),", recipe)[1]) == preset.learning_rate
            assert int(re.search(r"batchSize: (.*),", recipe)[1]) == preset.batch_size


@pytest.mark.slow
def test_python_reads_the_download_of_every_network(tmp_path):
    networks = {line: architecture.parse(line) for line in ACCEPTED}
    lines = [line for line, one in networks.items() if architecture.parameter_count(one) < 1e6]
    assert len(lines) > 15
    ended = javascript.run("tests/web/save_networks.mjs", str(tmp_path), *lines)
    javascript.packages()
    assert ended.returncode == 0, ended.stdout[-2000:]
    for number, line in enumerate(lines):
        found = reader.read(str(tmp_path / f"{number}.json"))
        expected = architecture.describe(networks[line])
        # A second flatten does nothing, and TensorFlow.js refuses it.
        assert found.architecture == expected.replace("flatten, flatten", "flatten")
        assert found.class_names[-1] == f"class {networks[line][-1].units - 1}"
