"""The files of TensorBoard's Projector: images as points, by the last hidden layer's outputs."""

from __future__ import annotations

import dataclasses
import os
import shutil

import numpy as np
import pytest
from google.protobuf import text_format
from PIL import Image
from tensorboard.plugins import projector as plugin

from cnn_mnist import experiment
from cnn_mnist.cli import command_line
from cnn_mnist.errors import UserError
from cnn_mnist.reports import inspection, projector

COUNT = 30


@pytest.fixture(scope="module")
def written(trained, small, tmp_path_factory):
    """A copy of the trained model for which the first test images are written."""
    folder = tmp_path_factory.mktemp("projector") / "model"
    shutil.copytree(trained.model_dir, folder)
    # Two batches, the second one smaller.
    config = dataclasses.replace(trained, model_dir=str(folder), eval_batch_size=20)
    path = projector.write(config, COUNT, dataset=small)
    assert path == os.path.join(folder, "projector")
    return config


def described(config):
    path = os.path.join(config.model_dir, "projector_config.pbtxt")
    with open(path, encoding="utf-8") as file:
        (embedding,) = text_format.Parse(file.read(), plugin.ProjectorConfig()).embeddings
    return embedding


def test_the_points_are_the_outputs_of_the_last_hidden_layer(written, small):
    embedding = described(written)
    assert embedding.tensor_name == f"dense, {COUNT} test images, step 40"
    points = np.loadtxt(os.path.join(written.model_dir, embedding.tensor_path), delimiter="\t")
    expected = inspection.look_inside(written, small.test.images[:COUNT]).outputs["dense"]
    np.testing.assert_allclose(points, expected, rtol=1e-3, atol=1e-5)


def test_each_point_has_its_label_and_the_answer(written, small):
    path = os.path.join(written.model_dir, described(written).metadata_path)
    with open(path, encoding="utf-8") as file:
        heads, *lines = [line.rstrip("\n").split("\t") for line in file]
    assert heads == ["label", "answer", "correct", "probability", "image"]
    answers = experiment.predict(written, small.test.images[:COUNT])
    labels = small.test.labels[:COUNT]
    assert [line[0] for line in lines] == [str(label) for label in labels]
    assert [line[1] for line in lines] == [str(answer) for answer in answers.classes]
    right = answers.classes == labels
    assert [line[2] for line in lines] == ["yes" if one else "no" for one in right]
    rates = [float(line[3]) for line in lines]
    np.testing.assert_allclose(rates, answers.probabilities.max(axis=1), atol=1e-3)
    assert [int(line[4]) for line in lines] == list(range(COUNT))


def test_the_sprite_holds_the_images_row_by_row(written, small):
    embedding = described(written)
    assert list(embedding.sprite.single_image_dim) == [28, 28]
    picture = np.asarray(Image.open(os.path.join(written.model_dir, embedding.sprite.image_path)))
    assert picture.shape == (6 * 28, 6 * 28)
    seventh = picture[28:56, :28]
    np.testing.assert_array_equal(seventh, small.test.images[6, :, :, 0])
    assert not picture[-28:, -28:].any()


def test_a_class_name_cannot_break_the_table(small):
    table = projector._table(np.array([0]), np.array([[0.0, 2.0]], np.float32), ["a\tb", "c\nd"])
    assert [len(line.split("\t")) for line in table.splitlines()] == [5, 5]


def test_an_untrained_folder_is_refused(trained, small, tmp_path):
    with pytest.raises(UserError, match="holds no trained model|no checkpoint"):
        projector.write(dataclasses.replace(trained, model_dir=str(tmp_path)), 5, dataset=small)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--projector_images=-1"], "is -1; allowed: a whole number from 0 to 10,000"),
        (["--projector_images=many"], "many"),
        (["--projector_images=5", "--mode=train"], "is for --mode=evaluate, not --mode=train"),
        (
            ["--projector_images=5", "--server=localhost:1"],
            "needs a checkpoint; leave out --server",
        ),
        (["--projector_images=5", "--tfjs_model=m.json"], "leave out --tfjs_model"),
        (["--projector_images=5", "--engine=lite"], "is for --engine=tensorflow"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_line(tmp_path, arguments, words):
    with pytest.raises(UserError, match=words) as caught:
        command_line.parse([f"--model_dir={tmp_path}", "--mode=evaluate", *arguments])
    assert "--projector_images" in str(caught.value)
    assert "\n" not in str(caught.value)
