"""`tf.data` input functions for training, evaluation and prediction.

Each returns a function without arguments, as an Estimator needs it. That function returns
a `tf.data.Dataset` of `({"image": uint8 [batch, 28, 28, 1]}, labels int32 [batch])`.

Batches are chosen by index: the graph computes which examples a step takes, and one
gather fetches them. So the order depends only on seed, epoch and step, and the arrays
never become constants of the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnn_mnist.data import augmentation as augmentation_lib
from cnn_mnist.data.drawn.training import Joined
from cnn_mnist.data.loading import Examples, Selected
from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.plots.graph_groups import INPUT
from cnn_mnist.tf_compat import tf

InputFn = Callable[[], Any]

# With the 4 rounds of `index_shuffle` the orders of consecutive epochs correlate by 0.83
# over 55,000 positions; from 8 rounds on by 0.015 at most, no more than by chance.
_SHUFFLE_ROUNDS = 12


def train_input_fn(
    examples: Examples | Selected | Joined,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    augmentation: str = "none",
    tasks: int = 1,
    task: int = 0,
    numbered: bool = False,
) -> InputFn:
    """Returns an input function of endless shuffled batches, each epoch in another order.

    Step `s` takes positions `s * batch_size` to `(s + 1) * batch_size - 1` of the
    epochs laid end to end. So every example comes once in an epoch with any batch size,
    and a batch may contain the end of one epoch and the start of the next.

    Where several tasks compute each step together, task `w` of `n` takes what step `s * n + w`
    would. So all together take what one process takes in a batch `n` times as large.

    Args:
      examples: the training examples.
      batch_size: images in a step.
      seed: decides the order and the augmentation.
      first_step: the first step; in a resumed run, its global step.
      augmentation: one of `config.choices.AUGMENTATIONS`.
      tasks: how many tasks compute each step.
      task: which of them this is, from 0.
      numbered: whether the features also have the batch's number as `batch`, int64 `[]`, by which
        dropout is drawn. With several tasks they always do.
    """

    def input_fn() -> Any:
        first = first_step * tasks + task
        steps = tf.data.Dataset.range(first, np.iinfo(np.int64).max, tasks)
        indices = _mapped(
            steps, lambda step: shuffled_indices(step, batch_size, len(examples), seed)
        )
        batches = _gathered(indices, examples)
        if augmentation != "none":

            def augmented(step: Any, features: dict[str, Any], labels: Any) -> tuple[Any, Any]:
                drawn_by = tf.stack([tf.constant(seed, tf.int64), step])
                image = augmentation_lib.augmented(augmentation, features["image"], drawn_by)
                return {"image": image}, labels

            with_step = tf.data.Dataset.zip((steps, batches))
            batches = _mapped(with_step, lambda step, batch: augmented(step, *batch))
        if tasks > 1 or numbered:
            with_step = tf.data.Dataset.zip((steps, batches))
            batches = _mapped(with_step, lambda n, batch: ({**batch[0], "batch": n}, batch[1]))
        return _prefetched(batches)

    return input_fn


def numbered_input_fn(
    examples: Examples | Selected | Joined,
    batch_size: int,
    seed: int,
    take_batch: Callable[[], Any],
    augmentation: str = "none",
) -> InputFn:
    """Returns an input function for a task of a cluster, whose batches are numbered by all tasks.

    Batch `n` has the examples of step `n` in `train_input_fn`, so each comes once in an epoch,
    whichever task takes it. A batch that a task took and did not train on is left out.

    Args:
      examples: the training examples, the same in each task.
      batch_size: images in a batch.
      seed: decides the order and the augmentation.
      take_batch: returns the number of the next batch, int64 `[]`, by an op that it adds.
      augmentation: one of `config.choices.AUGMENTATIONS`.

    Returns:
      A function that returns the tensors of the next batch. The features also have its number as
      `batch`, int64 `[]`.
    """

    def input_fn() -> Any:
        with tf.name_scope(f"{INPUT}/"):
            batch = take_batch()
            features, labels = _fetch(
                shuffled_indices(batch, batch_size, len(examples), seed), examples
            )
            if augmentation != "none":
                drawn_by = tf.stack([tf.constant(seed, tf.int64), batch])
                image = augmentation_lib.augmented(augmentation, features["image"], drawn_by)
                features = {"image": image}
            return {**features, "batch": batch}, labels

    return input_fn


def for_devices(input_fn: InputFn, devices: int) -> InputFn:
    """Returns an input function whose step has as many batches as there are devices.

    Args:
      input_fn: of `train_input_fn`, whose batches have numbers.
      devices: how many compute each step.

    Returns:
      A function that returns a `tf.data.Dataset` of `({"image": uint8 [devices * batch, 28, 28, 1],
      "batch": int64 [devices]}, labels int32 [devices * batch])`: the images of all batches of a
      step, one after the other, and the numbers of these batches.
    """

    def laid_end_to_end(features: dict[str, Any], labels: Any) -> tuple[dict[str, Any], Any]:
        image = tf.reshape(features["image"], [-1, *IMAGE_SHAPE])
        return {"image": image, "batch": features["batch"]}, tf.reshape(labels, [-1])

    def input_fn_of_all() -> Any:
        steps = input_fn().batch(devices, drop_remainder=True)
        return _prefetched(_mapped(steps, laid_end_to_end))

    return input_fn_of_all


def as_one_box(input_fn: InputFn) -> InputFn:
    """Returns an input function of the same batches, all of whose ops have one name scope.

    Estimator would create the iterator, and the dataset's ops, at the top of the graph, where
    TensorBoard shows each one. Needs a session that runs `TABLE_INITIALIZERS`, as Estimator's
    does.

    Args:
      input_fn: returns a `tf.data.Dataset`.

    Returns:
      A function that returns the tensors of the next batch, not a dataset.
    """

    def tensors() -> Any:
        with tf.name_scope(f"{INPUT}/"):
            iterator = tf.data.make_initializable_iterator(input_fn())
            tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
            return iterator.get_next()

    return tensors


def shuffled_indices(step: Any, batch_size: int, count: int, seed: int) -> Any:
    """Returns which of `count` examples a training step takes, int64 `[batch_size]`.

    The shuffle is a block cipher over the positions of an epoch, so no permutation has to be
    kept in memory. This calls the op behind `tf.random.experimental.index_shuffle` itself: up
    to TensorFlow 2.21 the public function pads a matrix of seeds, one for each index, on the
    wrong side.
    """
    positions = step * batch_size + tf.range(batch_size, dtype=tf.int64)
    epochs = positions // count
    same = tf.fill([batch_size], tf.cast(seed, tf.int64))
    return tf.raw_ops.RandomIndexShuffle(
        index=positions % count,
        seed=tf.stack([tf.zeros_like(epochs), same, epochs], axis=1),
        max_index=tf.constant(count - 1, tf.int64),
        rounds=_SHUFFLE_ROUNDS,
    )


def evaluate_input_fn(examples: Examples | Selected, batch_size: int) -> InputFn:
    """Returns an input function of every example once, in order; the last batch may be smaller."""

    def input_fn() -> Any:
        return _prefetched(_gathered(_consecutive(len(examples), batch_size), examples))

    return input_fn


def predict_input_fn(images: np.ndarray, batch_size: int) -> InputFn:
    """Returns an input function of every image once, in order, without labels.

    Args:
      images: uint8 `[count, 28, 28, 1]`.
      batch_size: images in a step.
    """
    examples = Examples(images, np.zeros(len(images), np.int32))

    def input_fn() -> Any:
        batches = _gathered(_consecutive(len(images), batch_size), examples)
        return _prefetched(_mapped(batches, lambda features, label: features))

    return input_fn


def _consecutive(count: int, batch_size: int) -> Any:
    return tf.data.Dataset.range(count).batch(batch_size)


def _gathered(batches: Any, examples: Examples | Selected | Joined) -> Any:
    return _mapped(batches, lambda indices: _fetch(indices, examples))


def _fetch(indices: Any, examples: Examples | Selected | Joined) -> tuple[dict[str, Any], Any]:
    def gather(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        batch = examples.take(indices)
        return batch.images, batch.labels

    image, label = tf.numpy_function(gather, [indices], [tf.uint8, tf.int32], stateful=False)
    image.set_shape([None, *IMAGE_SHAPE])
    label.set_shape([None])
    return {"image": image}, label


def _mapped(dataset: Any, function: Callable[..., Any]) -> Any:
    # AutoGraph would rewrite the function, which needs none of it and takes 0.1 s.
    return dataset.map(tf.autograph.experimental.do_not_convert(function))


def _prefetched(batches: Any) -> Any:
    # tf.data has nothing to tune here, and its tuning thread, which sleeps longer and longer,
    # delayed the closing of the session by up to ten seconds.
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(2).with_options(options)
