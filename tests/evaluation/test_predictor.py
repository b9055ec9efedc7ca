"""A predictor answers as `experiment.predict` does, with the graph that it was made with."""

import concurrent.futures
import os

import forked
import numpy as np
import pytest

from cnn_mnist import experiment
from cnn_mnist.errors import UserError
from cnn_mnist.evaluation import predictor
from cnn_mnist.tf_compat import tf


@pytest.fixture(scope="module")
def predict(trained):
    with predictor.Predictor(trained) as made:
        yield made


@pytest.mark.parametrize("checkpoint", ["best", "last"])
def test_it_answers_as_experiment_predict_does(best_is_first, small, checkpoint):
    images = small.test.images[:30]
    expected = experiment.predict(best_is_first, images, checkpoint)
    with predictor.Predictor(best_is_first, checkpoint) as made:
        answers = made(images)
        assert made.step == {"best": 10, "last": 40}[checkpoint]
    assert answers.classes.dtype == np.int64 and answers.probabilities.dtype == np.float32
    np.testing.assert_array_equal(answers.classes, expected.classes)
    np.testing.assert_allclose(answers.probabilities, expected.probabilities, atol=1e-6)


def test_an_image_gets_the_same_answer_alone_as_among_others(predict, small):
    together = predict(small.test.images[:8]).probabilities
    alone = [predict(small.test.images[i : i + 1]).probabilities[0] for i in range(8)]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_a_call_builds_no_graph(predict, small, monkeypatch):
    predict(small.test.images[:1])

    def refuse(*arguments, **options):
        raise AssertionError("a graph was made")

    monkeypatch.setattr(tf.Graph, "__init__", refuse)
    before = len(predict._session.graph.get_operations())
    predict(small.test.images[:2])
    assert len(predict._session.graph.get_operations()) == before


def test_no_image_gives_no_answer(predict, small):
    answers = predict(small.test.images[:0])
    assert answers.classes.shape == (0,)
    assert answers.probabilities.shape == (0, 10)


def test_threads_may_share_one(predict, small):
    expected = predict(small.test.images[:40]).classes
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        images = [small.test.images[i : i + 1] for i in range(40)]
        answers = list(pool.map(lambda image: predict(image).classes[0], images))
    assert answers == expected.tolist()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*fork:RuntimeWarning")
def test_a_forked_process_is_refused_in_place_of_hanging(predict, small):
    images = small.test.images[:1]
    predict(images)
    said = forked.error_of(lambda: predict(images))
    assert said.startswith("ProcessError: process ")
    assert f"was forked from process {os.getpid()} after TensorFlow had computed there" in said
    assert "multiprocessing.get_context('spawn')" in said


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros([2, 28, 28, 1], np.float32), r"float32 \[2, 28, 28, 1\]; expected uint8"),
        (np.zeros([28, 28, 1], np.uint8), r"uint8 \[28, 28, 1\]; expected uint8"),
        (np.zeros([2, 28, 28], np.uint8), r"uint8 \[2, 28, 28\]; expected uint8"),
    ],
)
def test_images_of_another_shape_or_dtype_are_refused(predict, images, said):
    with pytest.raises(UserError, match=said):
        predict(images)


def test_a_folder_without_a_model_is_refused(small_config):
    with pytest.raises(UserError, match="holds no trained model"):
        predictor.Predictor(small_config)


def test_a_closed_one_says_so(trained, small):
    made = predictor.Predictor(trained)
    made.close()
    with pytest.raises(RuntimeError, match="closed"):
        made(small.test.images[:1])
