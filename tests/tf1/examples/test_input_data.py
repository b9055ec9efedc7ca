"""`input_data` gives the tutorials' MNIST, in the order of that time."""

from __future__ import annotations

import os

import numpy as np
import pytest

from cnn_mnist.data import idx
from cnn_mnist.tf1.examples import input_data


@pytest.fixture(scope="module")
def mnist():
    return input_data.read_data_sets("MNIST_data", one_hot=True)


def test_the_sets_have_the_sizes_and_types_of_the_tutorials(mnist):
    assert [part.num_examples for part in mnist] == [55000, 5000, 10000]
    assert (mnist.train.images.shape, mnist.train.images.dtype) == ((55000, 784), np.float32)
    assert (mnist.test.labels.shape, mnist.test.labels.dtype) == ((10000, 10), np.float64)
    assert (mnist.train.images.min(), mnist.train.images.max()) == (0, 1)
    assert list(np.argmax(mnist.test.labels[:5], axis=1)) == [7, 2, 1, 0, 4]


def test_the_first_training_images_are_for_validation(mnist):
    shipped = idx.read_labels(os.path.join(input_data._SHIPPED, "train-labels-idx1-ubyte.gz"))
    labels = np.concatenate([mnist.validation.labels, mnist.train.labels]).argmax(axis=1)
    np.testing.assert_array_equal(labels, shipped)


def small(count=10, **options):
    images = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1).repeat(784, axis=1)
    return input_data.DataSet(images.reshape(count, 28, 28, 1), np.arange(count), **options)


def test_an_epoch_is_shuffled_by_numpys_generator_and_a_batch_reaches_into_the_next():
    np.random.seed(3)
    first, second = np.arange(10), np.arange(10)
    np.random.shuffle(first)
    np.random.shuffle(second)
    expected = [*first, *first[second]]
    np.random.seed(3)
    data = small()
    batches = [data.next_batch(4) for _ in range(5)]
    assert [label for _, labels in batches for label in labels] == expected
    for images, labels in batches:
        np.testing.assert_array_equal(images[:, 0], labels.astype(np.float32) * np.float32(1 / 255))
    assert data.epochs_completed == 1


def test_without_shuffling_the_order_stays():
    data = small()
    labels = [label for _ in range(5) for label in data.next_batch(4, shuffle=False)[1]]
    assert labels == [*range(10), *range(10)]


def test_a_seed_gives_the_same_batches_again():
    batches = [small(seed=7).next_batch(10)[1] for _ in range(2)]
    np.testing.assert_array_equal(*batches)
    assert list(batches[0]) != list(range(10))


def test_images_can_stay_bytes_in_squares():
    data = small(dtype=np.uint8, reshape=False)
    assert (data.images.dtype, data.images.shape) == (np.uint8, (10, 28, 28, 1))


def test_fake_data_is_ones_with_the_label_0():
    data = input_data.read_data_sets("", fake_data=True, one_hot=True).train
    images, labels = data.next_batch(2)
    assert (images, labels) == ([[1] * 784] * 2, [[1, *[0] * 9]] * 2)


def test_a_folder_that_has_the_files_is_read_instead(tmp_path, fashion_folder):
    fashion = input_data.read_data_sets(fashion_folder)
    assert not np.array_equal(
        fashion.test.labels[:100], input_data.read_data_sets(tmp_path).test.labels[:100]
    )


def test_an_impossible_validation_size_is_refused():
    with pytest.raises(ValueError, match="validation_size=60001: from 0 to 60000"):
        input_data.read_data_sets("", validation_size=60001)


def test_a_type_that_is_neither_is_refused():
    with pytest.raises(TypeError, match="allowed are uint8 and float32"):
        small(dtype=np.float64)
