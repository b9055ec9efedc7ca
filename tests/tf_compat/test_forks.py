"""A process that was forked from one in which TensorFlow computed is refused, and never hangs."""

import dataclasses
import os
import pathlib

import numpy as np
import pytest

from cnn_mnist import Predictor, experiment
from cnn_mnist.data import images
from cnn_mnist.errors import ProcessError
from cnn_mnist.exporting.tfjs import reader
from cnn_mnist.reports import inspection
from cnn_mnist.tf_compat import forks

IMAGE = np.zeros([1, 28, 28, 1], np.uint8)
DIGIT = str(next(pathlib.Path(images.__file__).parent.rglob("digits/*.png")))

VERBS = {
    "train": lambda config, small: experiment.train(config, dataset=small),
    "evaluate": lambda config, small: experiment.evaluate(config, dataset=small),
    "predict": lambda config, small: experiment.predict(config, IMAGE),
    "export": lambda config, small: experiment.export(config, dataset=small),
    "Predictor": lambda config, small: Predictor(config),
    "build_estimator": lambda config, small: experiment.build_estimator(config),
    "look_inside": lambda config, small: inspection.look_inside(config, IMAGE),
    "images.read": lambda config, small: images.read(DIGIT),
    "write_checkpoint": lambda config, small: reader.write_checkpoint(
        reader.LayersModel("", "", {}, None), config.model_dir
    ),
}


@pytest.fixture
def forked(monkeypatch):
    """Makes this process look like one that was forked after TensorFlow had computed."""
    forks.check()
    monkeypatch.setattr(forks, "_first_process", os.getpid() + 1)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_that_computes_is_refused_in_a_forked_process(trained, small, forked, verb):
    config = dataclasses.replace(trained, limit_examples=300)
    with pytest.raises(ProcessError, match=r"was forked from process \d+ after TensorFlow had"):
        VERBS[verb](config, small)


def test_a_process_forked_before_the_first_use_computes(monkeypatch, trained):
    monkeypatch.setattr(forks, "_first_process", None)
    with Predictor(trained) as predict:
        assert len(predict(IMAGE).classes) == 1
