"""The verbs `evaluate` and `predict`, of a checkpoint."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from cnn_mnist import input_fns, model
from cnn_mnist.config import Config
from cnn_mnist.data import data_record, splits
from cnn_mnist.data.loading import Dataset, Examples, Selected
from cnn_mnist.estimator import build_estimator
from cnn_mnist.evaluation.results import (
    Evaluation,
    Predictions,
    check_classes,
    check_images,
    marked,
    record_evaluation,
)
from cnn_mnist.hooks.fetch import FetchHook
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.plots import tensorboard
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf
from cnn_mnist.uncertainty import calibration


def evaluate(
    config: Config,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
    checkpoint: str = "best",
) -> Evaluation:
    """Measures a checkpoint on every image of a split, in float32.

    Writes `model_dir/evaluation_<split>.json` and TensorBoard's `eval_<split>`.

    Args:
      config: the run.
      split: one of `config.choices.SPLITS`.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.
      checkpoint: which, see `model_folder.checkpoints.find`.

    Raises:
      CheckpointError: the checkpoint does not exist, or belongs to another network.
      SettingsError: the split is empty or unknown.
      DataError: the data cannot be used.
    """
    return evaluate_and_predict(config, split, progress, dataset, checkpoint)[0]


def evaluate_and_predict(
    config: Config,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
    checkpoint: str = "best",
) -> tuple[Evaluation, Predictions]:
    """Does the same as `evaluate`, and keeps the prediction for each image on the way.

    Returns:
      What was measured, and the predictions in the order of the split.

    Raises:
      UserError: as `evaluate` does.
    """
    # Before the data, which take longer.
    checkpoints.find(config, checkpoint)
    progress = progress or Progress()
    dataset = dataset or splits.load_dataset(config, progress)
    check_classes(config.classes, dataset.class_names)
    examples = splits.examples_of(dataset, split, config)
    if mismatch := data_record.measured_mismatch(config, dataset, split, examples):
        progress.say(f"Warning: {mismatch}")
    values, losses, predictions = checkpoints.read(
        config, checkpoint, lambda path: _evaluated(config, split, examples, path)
    )
    matrix = np.asarray(values["confusion_matrix"])
    result = Evaluation(
        split=split,
        step=int(values["global_step"]),
        correct=int(np.trace(matrix)),
        total=int(matrix.sum()),
        # Estimator's own is the mean over batches, and the last batch may be smaller. In float32,
        # as its metrics are: the last bits of an image's loss are not the same in every run.
        loss=float(np.float32(np.mean(losses, dtype=np.float64))),
        class_names=dataset.class_names,
        confusion_matrix=matrix,
    )
    record_evaluation(config.model_dir, result)
    _write_picture(config.model_dir, result)
    return result, predictions


def _evaluated(
    config: Config, split: str, examples: Examples | Selected, path: str
) -> tuple[dict[str, Any], np.ndarray, Predictions]:
    """Returns Estimator's values, the loss of each image, and the predictions."""
    fetched = FetchHook([model.LOSSES_TENSOR, model.CLASSES_TENSOR, model.SOFTMAX_TENSOR])
    values = build_estimator(config, training=False).evaluate(
        input_fns.as_one_box(input_fns.evaluate_input_fn(examples, config.eval_batch_size)),
        hooks=[fetched],
        checkpoint_path=path,
        name=split,
    )
    losses, classes, probabilities = fetched.values()
    return values, losses, Predictions(classes, probabilities)


def predict(config: Config, images: np.ndarray, checkpoint: str = "best") -> Predictions:
    """Predicts the class of each image, in float32.

    Args:
      config: the run.
      images: uint8 `[count, 28, 28, 1]`, 0 is background.
      checkpoint: which, see `model_folder.checkpoints.find`.

    Raises:
      CheckpointError: the checkpoint does not exist, or belongs to another network.
      DataError: `images` has another shape or dtype.
    """
    images = np.asarray(images)
    check_images(images)
    if not len(images):
        checkpoints.find(config, checkpoint)
        return Predictions.of_no_image(config.classes)
    return checkpoints.read(config, checkpoint, lambda path: _predicted(config, images, path))


def _predicted(config: Config, images: np.ndarray, path: str) -> Predictions:
    answers = build_estimator(config, training=False).predict(
        input_fns.predict_input_fn(images, config.eval_batch_size),
        checkpoint_path=path,
        yield_single_examples=False,
    )
    batches = list(answers)
    found = Predictions(
        np.concatenate([batch["classes"] for batch in batches]),
        np.concatenate([batch["probabilities"] for batch in batches]),
    )
    return marked(found, images, calibration.of_checkpoint(path, checkpoints.step_of(path)))


def _write_picture(model_dir: str, result: Evaluation) -> None:
    """Adds the confusion matrix to what Estimator wrote for TensorBoard."""
    title = f"{result.total:,} {result.split} images, step {result.step:,}"
    picture = tensorboard.confusion_matrix_summary(
        result.confusion_matrix, result.class_names, title
    )
    # By Estimator's own writer: a second one, opened within the same second, would take the
    # same file name and empty that file.
    writer = tf.summary.FileWriterCache.get(os.path.join(model_dir, f"eval_{result.split}"))
    writer.add_summary(picture, result.step)
    writer.flush()
