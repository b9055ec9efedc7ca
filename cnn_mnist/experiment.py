"""The verbs: `train`, `evaluate`, `predict` and `export`, each a function of a `Config`.

from cnn_mnist import config, experiment

settings = config.from_preset("/tmp/mnist", variant="nn")
experiment.train(settings)
print(experiment.evaluate(settings).accuracy)
"""

from __future__ import annotations

import dataclasses
import os
import time
from typing import Any

import numpy as np

from cnn_mnist import (
    best_checkpoint,
    checkpoints,
    datasets,
    hooks,
    input_fns,
    model,
    precision,
    serving,
    sessions,
    stopping,
    validation_hook,
)
from cnn_mnist import config as config_lib
from cnn_mnist.config import Config
from cnn_mnist.datasets import CLASS_NAMES_FILE, Dataset, Examples, split_validation
from cnn_mnist.errors import UserError
from cnn_mnist.progress import Progress
from cnn_mnist.results import (
    Evaluation,
    Predictions,
    TrainResult,
    check_images,
    record_evaluation,
)
from cnn_mnist.tf_compat import estimator, tf


def train(
    config: Config, progress: Progress | None = None, dataset: Dataset | None = None
) -> TrainResult:
    """Trains up to `config.train_steps`, going on from the newest checkpoint.

    The checkpoint that did best on the validation images is kept in `model_dir/best`.
    Ctrl-C and SIGTERM end it after a step, with everything saved.

    Args:
      config: the run.
      progress: is told what happens; None says nothing.
      dataset: the data where it is loaded already.

    Raises:
      UserError: `model_dir` cannot be written or holds another network, or the data
        cannot be used.
    """
    began = time.time()
    progress = progress or Progress()
    _check_early_stopping(config)
    checkpoints.check_trainable(config)
    dataset = dataset or load_dataset(config, progress)
    training, validation = training_and_validation(dataset, config)
    config = config_lib.with_train_steps(config, len(training))
    config_lib.save(config)
    datasets.save_class_names(config.model_dir, dataset.class_names)
    first_step = checkpoints.latest_step(config.model_dir) or 0
    if not first_step:
        best_checkpoint.forget(config.model_dir)
    clock = hooks.TrainingClock()
    progress_hook = hooks.ProgressHook(model.LOSS_TENSOR, config, clock, progress)
    validating = validation_hook.for_training(
        config, validation, dataset.class_names, first_step, clock, progress
    )
    input_fn = input_fns.train_input_fn(
        training, config.batch_size, config.seed, first_step, config.augmentation
    )
    with stopping.StopRequest(progress) as stop:
        all_hooks = [
            hooks.CheckpointHook(config),
            progress_hook,
            hooks.softmax_logging_hook(
                model.SOFTMAX_TENSOR, model.STEP_TENSOR, config.log_every_steps
            ),
            hooks.ExamplesPerSecondHook(config, clock, config.save_summary_steps),
            *([validating] if validating else []),
            *hooks.by_name(config.hooks, config, clock),
            stopping.StopHook(stop),
        ]
        diverged = not checkpoints.is_finished(config) and not _train_finite(
            config, input_fn, all_hooks
        )
    last_step = checkpoints.latest_step(config.model_dir) or 0
    return TrainResult(
        first_step=first_step,
        last_step=last_step,
        stopped_by=stop.signal,
        train_steps=config.train_steps,
        validations=len(validating.history) if validating else 0,
        best=best_checkpoint.read(config.model_dir),
        diverged_at=progress_hook.steps_done + 1 if diverged else None,
        # Also where an earlier call stopped, and this one found nothing left to do.
        stopped_early=last_step < config.train_steps and checkpoints.is_finished(config),
        images_per_second=progress_hook.images_per_second,
        precision=precision.resolve(config.precision),
        first_step_time=progress_hook.first_step_time,
        seconds=time.time() - began,
    )


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
      split: one of `config.SPLITS`.
      progress: is told what happens; None says nothing.
      dataset: the data where it is loaded already.
      checkpoint: which, see `checkpoints.find`.

    Raises:
      UserError: there is no such checkpoint, or it is another network's, or the split is
        empty or unknown, or the data cannot be used.
    """
    if split not in config_lib.SPLITS:
        raise UserError(f"--split={split} is unknown; allowed: {', '.join(config_lib.SPLITS)}")
    path = checkpoints.find(config, checkpoint)
    dataset = dataset or load_dataset(config, progress or Progress())
    examples = _examples_of(dataset, split, config)
    values = build_estimator(_in_float32(config)).evaluate(
        input_fns.evaluate_input_fn(examples, config.eval_batch_size),
        checkpoint_path=path,
        name=split,
    )
    matrix = np.asarray(values["confusion_matrix"])
    result = Evaluation(
        split=split,
        step=int(values["global_step"]),
        correct=int(np.trace(matrix)),
        total=int(matrix.sum()),
        loss=float(values["average_loss"]),
        class_names=dataset.class_names,
        confusion_matrix=matrix,
    )
    record_evaluation(config.model_dir, result)
    _write_picture(config.model_dir, result)
    return result


def predict(config: Config, images: np.ndarray, checkpoint: str = "best") -> Predictions:
    """Says which class each image is, in float32.

    Args:
      config: the run.
      images: uint8 `[count, 28, 28, 1]`, 0 is background.
      checkpoint: which, see `checkpoints.find`.

    Raises:
      UserError: there is no such checkpoint, or it is another network's; or `images` has
        another shape or dtype.
    """
    images = np.asarray(images)
    check_images(images)
    path = checkpoints.find(config, checkpoint)
    if not len(images):
        return Predictions.of_no_image()
    answers = build_estimator(_in_float32(config)).predict(
        input_fns.predict_input_fn(images, config.eval_batch_size),
        checkpoint_path=path,
        yield_single_examples=False,
    )
    batches = list(answers)
    return Predictions(
        np.concatenate([batch["classes"] for batch in batches]),
        np.concatenate([batch["probabilities"] for batch in batches]),
    )


def export(config: Config, export_dir: str | None = None, checkpoint: str = "best") -> str:
    """Writes a SavedModel of a checkpoint to `model_dir/export/<version>`.

    Args:
      config: the run.
      export_dir: writes `<export_dir>/<version>` instead.
      checkpoint: which, see `checkpoints.find`.

    Returns:
      The version's folder, written whole or not at all.

    Raises:
      UserError: there is no such checkpoint, or it is another network's.
    """
    path = checkpoints.find(config, checkpoint)
    names = os.path.join(config.model_dir, CLASS_NAMES_FILE)
    exported = build_estimator(_in_float32(config)).export_saved_model(
        export_dir or os.path.join(config.model_dir, serving.EXPORT_FOLDER),
        serving.serving_input_receiver_fn,
        assets_extra={CLASS_NAMES_FILE: names} if os.path.exists(names) else None,
        checkpoint_path=path,
    )
    return os.fsdecode(exported)


def build_estimator(config: Config) -> Any:
    """Returns the `tf.estimator.Estimator` behind every verb, for those who want it bare."""
    run_config = estimator.RunConfig(
        model_dir=config.model_dir,
        tf_random_seed=config.seed,
        session_config=sessions.session_config(config),
        save_summary_steps=config.save_summary_steps,
        save_checkpoints_steps=config.save_checkpoints_steps,
        keep_checkpoint_max=config.keep_checkpoint_max,
        log_step_count_steps=config.save_summary_steps,
    )
    return estimator.Estimator(model.model_fn, config=run_config, params={"config": config})


def load_dataset(config: Config, progress: Progress | None = None) -> Dataset:
    """Loads the run's data, cut to `config.limit_examples` of each split.

    Raises:
      UserError: the data cannot be used, see `datasets.load`.
    """
    say = (progress or Progress()).say
    dataset = datasets.load(config.dataset, config.data_dir, config.offline, say)
    if config.limit_examples is None:
        return dataset
    first = slice(config.limit_examples)
    return dataclasses.replace(
        dataset, train=dataset.train.take(first), test=dataset.test.take(first)
    )


def _train_finite(config: Config, input_fn: input_fns.InputFn, all_hooks: list[Any]) -> bool:
    """Trains, and returns whether the loss remained a number."""
    try:
        build_estimator(config).train(input_fn, all_hooks, max_steps=config.train_steps)
    except tf.train.NanLossDuringTrainingError:
        return False
    return True


def _in_float32(config: Config) -> Config:
    return dataclasses.replace(config, precision="float32")


def training_and_validation(dataset: Dataset, config: Config) -> tuple[Examples, Examples]:
    """Returns the examples that a run trains on and those that it validates on.

    Raises:
      UserError: the data hold too few examples.
    """
    return split_validation(dataset.train, config.validation_examples, config.train_examples)


def with_train_steps(config: Config, dataset: Dataset) -> Config:
    """Returns the configuration with `epochs` turned into steps of this data.

    Raises:
      UserError: the data hold too few examples.
    """
    count = datasets.training_count(
        len(dataset.train), config.validation_examples, config.train_examples
    )
    return config_lib.with_train_steps(config, count)


def _check_early_stopping(config: Config) -> None:
    if config.early_stopping_patience and not config.validation_examples:
        raise UserError(
            f"--early_stopping_patience={config.early_stopping_patience} needs validation images; "
            "give --validation_examples above 0, or patience 0"
        )


def _examples_of(dataset: Dataset, split: str, config: Config) -> Examples:
    if split == "test":
        return dataset.test
    training, validation = training_and_validation(dataset, config)
    examples = training if split == "train" else validation
    if not len(examples):
        raise UserError(f"--split={split} is empty; allowed with --validation_examples above 0")
    return examples


def _write_picture(model_dir: str, result: Evaluation) -> None:
    """Adds the confusion matrix to what Estimator wrote for TensorBoard."""
    title = f"{result.total:,} {result.split} images, step {result.step:,}"
    picture = hooks.confusion_matrix_summary(result.confusion_matrix, result.class_names, title)
    # By Estimator's own writer: a second one, opened within the same second, would take the
    # same file name and empty that file.
    writer = tf.summary.FileWriterCache.get(os.path.join(model_dir, f"eval_{result.split}"))
    writer.add_summary(picture, result.step)
    writer.flush()
