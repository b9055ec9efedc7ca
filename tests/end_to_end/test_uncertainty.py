"""What is not a digit is marked, real digits seldom are, and numbers are read, by a whole run."""

from __future__ import annotations

import io
import json
import shutil

import not_digits
import numpy as np
import pytest
from PIL import Image
from places import REPOSITORY

from cnn_mnist import LitePredictor, config, experiment, main
from cnn_mnist.data.framing import numpy_framing
from cnn_mnist.uncertainty import calibration

CASES = REPOSITORY.parent / "shared" / "cases" / "pictures"


@pytest.fixture(scope="module")
def run(tmp_path_factory, data_dir, mnist):
    settings = config.from_preset(
        str(tmp_path_factory.mktemp("calibrated") / "model"),
        data_dir=data_dir,
        offline=True,
        architecture="conv 5x5x8, pool 2, conv 5x5x16, pool 2, flatten, dense 10",
        train_steps=300,
        validation_examples=5000,
        export_formats=("saved_model", "tflite", "tfjs"),
        precision="float32",
    )
    experiment.train(settings, dataset=mnist)
    return settings


@pytest.fixture(scope="module")
def predict(run):
    with experiment.Predictor(run) as made:
        yield made


def framed(pixels):
    file = io.BytesIO()
    Image.fromarray(255 - pixels).save(file, "PNG")
    return numpy_framing.frame(file.getvalue())


@pytest.mark.slow
def test_letters_and_scribbles_are_marked_and_few_digits_are(predict, mnist):
    digits = predict(mnist.test.images)
    is_wrong = digits.classes != mnist.test.labels
    assert digits.uncertain.mean() < 0.02
    assert digits.uncertain[is_wrong].mean() > 10 * digits.uncertain[~is_wrong].mean()
    made = not_digits.make(1000)
    others = predict(np.stack([framed(one.pixels) for one in made]))
    is_marked = others.uncertain | others.blank
    print(f"\n{is_marked.sum()} of 1,000 marked, {digits.uncertain.mean():.2%} of the digits")
    assert is_marked.mean() > 0.35
    assert is_marked[[one.kind == "noise" for one in made]].mean() > 0.5


@pytest.mark.slow
def test_every_engine_and_export_has_the_same_marks(run, predict, mnist):
    version = experiment.export(run, dataset=mnist)
    images = mnist.test.images[:500]
    expected = predict(images)
    assert expected.uncertain.any()
    for found in (LitePredictor(run)(images), experiment.predict(run, images)):
        np.testing.assert_array_equal(found.uncertain, expected.uncertain)
        np.testing.assert_allclose(found.confidences, expected.confidences, atol=1e-4)
    for name in ("assets.extra", "tflite", "tfjs"):
        carried = calibration.read(f"{version}/{name}", predict.step)
        marks = carried.marks(images, expected.probabilities)
        np.testing.assert_array_equal(marks.uncertain, expected.uncertain)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, text",
    [
        ("five_19784.png", "19784"),
        ("sheet_0to9.png", "01234 56789"),
        ("blank_noise.png", None),
    ],
)
def test_the_command_reads_numbers_and_blank_paper(run, name, text, capsys, tmp_path):
    if not CASES.is_dir():
        pytest.skip(f"no {CASES}")
    path = shutil.copy(CASES / name, tmp_path)
    flags = [f"--model_dir={run.model_dir}", f"--images={path}", "--verbosity=quiet"]
    assert main.main(["--mode=predict", "--format=json", *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    if text is None:
        assert found["blank"] and "digits" not in found
    else:
        assert found["text"] == text and len(found["digits"]) == len(text.replace(" ", ""))
