"""Training data for an export: loaded only where a format needs them, and only to train on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnn_mnist.data import splits
from cnn_mnist.errors import ExportError, one_line
from cnn_mnist.exporting import tflite, training_data


@pytest.mark.parametrize("formats", [("saved_model",), ("saved_model", "tflite")])
def test_data_are_loaded_where_a_format_needs_them(small_config, small, monkeypatch, formats):
    monkeypatch.setattr(splits, "load_dataset", lambda config: small)
    config = dataclasses.replace(small_config, export_formats=formats)
    assert training_data.load(config) is (small if "tflite" in formats else None)


@pytest.mark.parametrize(
    ("formats", "said", "leave_out"),
    [
        (("tflite",), "a file in int8 that is calibrated on training images", "tflite"),
        (
            ("tflite", "tfjs"),
            "a file in int8 that is calibrated on training images and the images that the page "
            "trains on and tests with",
            "tflite and tfjs",
        ),
        (
            ("tflite", "onnx"),
            "a file in int8 that is calibrated on training images",
            "tflite and onnx",
        ),
    ],
)
def test_data_that_cannot_be_loaded_are_one_line(small_config, tmp_path, formats, said, leave_out):
    gone = str(tmp_path / "gone")
    config = dataclasses.replace(
        small_config, dataset=gone, export_formats=("saved_model", *formats)
    )
    with pytest.raises(ExportError) as caught:
        training_data.load(config)
    text = one_line(caught.value)
    assert text.startswith(
        f"--export_formats={','.join(formats)} also writes {said}, but those of --dataset={gone} "
        "cannot be loaded: "
    )
    assert text.endswith(f"; fix that, or leave out {leave_out}")


def test_representative_images_are_of_the_training_split_alone(small_config, small):
    training, validation = splits.training_and_validation(small, small_config)
    found = training_data.representative(small_config, small)
    assert (found.dtype, found.shape) == (np.uint8, (500, 28, 28, 1))
    known = {image.tobytes() for image in training.images}
    others = {image.tobytes() for image in (*validation.images, *small.test.images)}
    assert {image.tobytes() for image in found} <= known - others


def test_the_last_training_image_is_among_them_and_fewer_are_all_taken(small_config, small):
    training, _ = splits.training_and_validation(small, small_config)
    found = training_data.representative(small_config, small)
    np.testing.assert_array_equal(found[-1], training.images[-1])
    few = dataclasses.replace(small_config, train_examples=7)
    assert len(training_data.representative(few, small)) == 7


def test_images_without_black_or_white_still_have_the_range_of_all_pixels():
    """Otherwise 255 would stand for the lightest pixel of the calibration, in place of white."""
    grey = np.full([60, 28, 28, 1], 100, np.uint8)
    batches = [batch["image"] for batch in tflite._representative(grey)]
    assert [len(batch) for batch in batches] == [50, 50]
    assert (batches[0].min(), batches[0].max(), batches[0].dtype) == (0, 1, np.float32)
    assert np.unique(grey) == [100]
