"""The recipes reach what they promise, trained whole; minutes each, so only with `-m slow`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from cnn_mnist.config import presets

# Those that take longer than five minutes are measured by hand, see docs/recipes.md.
RUNS = {
    "browser": ["--preset=browser"],
    "browser with 55,000 images": ["--preset=browser", "--train_examples=55000"],
    "dense": ["--preset=dense"],
    "fashion": ["--preset=fashion"],
    "fastest": ["--preset=fastest"],
}


LONG = ("browser with 55,000 images", "dense", "fashion", "fastest")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in RUNS],
)
def test_a_recipe_reaches_its_accuracy_on_the_test_images(
    name, request, tmp_path, subprocess_environment, mnist
):
    flags = list(RUNS[name])
    if name == "fashion":
        flags.append(f"--dataset={request.getfixturevalue('fashion_folder')}")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "cnn_mnist.main"),
            *(f"--model_dir={tmp_path}", "--format=json", "--verbosity=quiet", "--offline"),
            *flags,
        ],
        env=subprocess_environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout)
    print(f"\n{name}: {result['correct']:,} of {result['total']:,}, step {result['step']:,}")
    preset = name.split()[0]
    expected = 0.985 if "55,000" in name else presets.PRESETS[preset].expected_accuracy
    assert result["accuracy"] >= expected
