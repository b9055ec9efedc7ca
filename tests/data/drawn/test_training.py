"""Drawn digits join the training images where these are digits, and come after them."""

import dataclasses

import numpy as np
import pytest

from cnn_mnist import config
from cnn_mnist.data import splits
from cnn_mnist.data.drawn import digits as drawn_digits
from cnn_mnist.data.drawn import training as drawn_training
from cnn_mnist.errors import SettingsError
from cnn_mnist.support.progress import Progress


def settings(**changes):
    return config.from_preset("", **changes)


def test_without_drawn_examples_the_training_examples_stay_the_same_object(small):
    training, _ = splits.split_validation(small.train, 300)
    assert drawn_training.with_drawn(training, settings(), Progress()) is training


def test_drawn_examples_follow_those_of_the_data_set(small):
    training, _ = splits.split_validation(small.train, 300)
    joined = drawn_training.with_drawn(training, settings(drawn_examples=50, seed=4), Progress())
    drawn = drawn_digits.examples(50, seed=4)
    assert len(joined) == 1750
    indices = np.array([1749, 3, 1700, 1699, 0])
    taken = joined.take(indices)
    expected = [drawn.images[49], training.images[3], drawn.images[0]]
    np.testing.assert_array_equal(taken.images[:3], expected)
    np.testing.assert_array_equal(taken.images[3:], training.images[[1699, 0]])
    assert taken.labels.tolist() == [
        drawn.labels[49],
        training.labels[3],
        drawn.labels[0],
        training.labels[1699],
        training.labels[0],
    ]


@pytest.mark.parametrize("indices", [[0, 1], [1700, 1701], []])
def test_a_batch_may_be_of_one_kind_alone_or_empty(indices, small):
    training, _ = splits.split_validation(small.train, 300)
    joined = drawn_training.with_drawn(training, settings(drawn_examples=50), Progress())
    taken = joined.take(np.array(indices, np.int64))
    assert taken.images.shape == (len(indices), 28, 28, 1)
    assert taken.images.dtype == np.uint8 and taken.labels.dtype == np.int32


def test_an_epoch_counts_the_drawn_examples(small):
    run = settings(drawn_examples=300, epochs=2, batch_size=100, validation_examples=500)
    assert splits.with_train_steps(run, small).train_steps == 2 * (1500 + 300) // 100


def test_only_digits_may_be_drawn_beside(small):
    other_labels = dataclasses.replace(small.train, labels=(small.train.labels + 1) % 10)
    clothes = dataclasses.replace(small, name="clothes", train=other_labels)
    spelled = dataclasses.replace(small, name="handwriting", class_names=tuple("abcdefghij"))
    drawn_training.check(settings(), clothes)
    drawn_training.check(settings(drawn_examples=50), small)
    drawn_training.check(settings(drawn_examples=50), spelled)
    with pytest.raises(SettingsError) as caught:
        drawn_training.check(settings(drawn_examples=50), clothes)
    assert str(caught.value) == (
        "drawn_examples=50 adds digits, and the classes of clothes are not the digits 0 to 9; "
        "give drawn_examples 0, or another data set"
    )
