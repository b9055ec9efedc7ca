"""Other programs that read an export's SavedModel answer as the checkpoint does.

`test_c_loader.py` has TensorFlow's C++ loader.
"""

from __future__ import annotations

import os
import subprocess
import sys

import export_readers
import numpy as np
import pytest

from cnn_mnist import experiment
from cnn_mnist.exporting import signatures

pytestmark = pytest.mark.slow

MOST_DIFFERENCE = 1e-5


@pytest.fixture(scope="module")
def expected(trained, mnist):
    """The checkpoint's answers to all test images."""
    return experiment.predict(trained, mnist.test.images)


def inputs(signature, pixels):
    return pixels if signature == "serving_default" else pixels / np.float32(255)


@pytest.mark.parametrize(
    "signature",
    # The network behind them is the same.
    ["serving_default", pytest.param("float_image", marks=pytest.mark.long)],
)
@pytest.mark.parametrize("name", export_readers.READERS)
def test_all_test_images_are_answered_as_by_the_checkpoint(
    exported, expected, mnist, tmp_path, name, signature
):
    ask = export_readers.READERS[name](exported, signature, str(tmp_path))
    batches = np.split(mnist.test.images, 10)
    assert len(batches[0]) == signatures.MOST_IMAGES
    answers = [ask(inputs(signature, batch)) for batch in batches]
    classes = np.concatenate([answer["classes"] for answer in answers])
    probabilities = np.concatenate([answer["probabilities"] for answer in answers])
    assert probabilities.dtype == np.float32
    difference = np.abs(probabilities - expected.probabilities).max()
    print(f"{name}, {signature}: largest difference {difference:.1e}")
    np.testing.assert_array_equal(classes, expected.classes)
    assert difference < MOST_DIFFERENCE


@pytest.mark.parametrize("signature", ["serving_default", "float_image"])
@pytest.mark.parametrize("count", [1, 7])
def test_xla_takes_batches_of_any_size(exported, expected, mnist, tmp_path, signature, count):
    ask = export_readers.xla(exported, signature, str(tmp_path))
    found = ask(inputs(signature, mnist.test.images[:count]))["probabilities"]
    np.testing.assert_allclose(found, expected.probabilities[:count], atol=MOST_DIFFERENCE)


def test_xla_takes_rows_of_784_floats(exported, expected, mnist, tmp_path):
    ask = export_readers.xla(exported, "float_image", str(tmp_path))
    rows = inputs("float_image", mnist.test.images[:7]).reshape(7, 784)
    found = ask(rows)["probabilities"]
    np.testing.assert_allclose(found, expected.probabilities[:7], atol=MOST_DIFFERENCE)


def saved_model_cli(*arguments):
    program = os.path.join(os.path.dirname(sys.executable), "saved_model_cli")
    if not os.path.exists(program):
        pytest.skip(f"no {program}")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, timeout=600
    )


def test_saved_model_cli_shows_every_signature(exported):
    shown = saved_model_cli("show", "--dir", exported, "--all")
    assert shown.returncode == 0, shown.stderr
    for name in signatures.INPUTS:
        assert f"signature_def['{name}']" in shown.stdout
    for text in ("(-1, 28, 28, 1)", "unknown_rank", "DT_STRING"):
        assert text in shown.stdout


@pytest.mark.parametrize("signature", ["serving_default", "float_image"])
def test_saved_model_cli_runs_a_signature(exported, expected, mnist, tmp_path, signature):
    np.save(tmp_path / "images.npy", inputs(signature, mnist.test.images[:20]))
    where = ["--dir", exported, "--tag_set", "serve", "--signature_def", signature]
    given = f"{signatures.INPUTS[signature]}={tmp_path}/images.npy"
    ran = saved_model_cli("run", *where, "--inputs", given, "--outdir", str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "classes.npy"), expected.classes[:20])


@pytest.mark.parametrize("command", ["freeze_model", "aot_compile_cpu"])
def test_saved_model_cli_compiles_only_fixed_batch_sizes(exported, tmp_path, command):
    """A limit of TensorFlow's tool, which docs/serving.md names; no batch size is fixed here."""
    where = ["--dir", exported, "--tag_set", "serve", "--output_prefix", str(tmp_path / "out")]
    name = ["--cpp_class", "Digits"] if command == "aot_compile_cpu" else []
    ran = saved_model_cli(command, *where, "--signature_def_key", "serving_default", *name)
    assert ran.returncode != 0
    assert "Expected fully defined input shape" in ran.stderr
