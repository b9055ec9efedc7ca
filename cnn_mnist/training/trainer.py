"""The verb `train`."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable
from typing import Any

from cnn_mnist import config as config_lib
from cnn_mnist import estimator, hooks, input_fns, model
from cnn_mnist.cluster import devices, tf_config
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.config import Config, precision
from cnn_mnist.data import class_names, splits
from cnn_mnist.data.drawn import training as drawn_training
from cnn_mnist.data.loading import Dataset, Examples, Selected
from cnn_mnist.errors import DivergedError, SettingsError, argument, given
from cnn_mnist.estimator import build_estimator
from cnn_mnist.exporting import exporter
from cnn_mnist.hooks import stop as stop_hook
from cnn_mnist.hooks import validation as validation_hook
from cnn_mnist.hooks.epochs import EpochHook
from cnn_mnist.hooks.finite import FiniteHook
from cnn_mnist.hooks.folder import FolderHook
from cnn_mnist.hooks.settings import SettingsHook
from cnn_mnist.hooks.validation import ValidationHook
from cnn_mnist.model_folder import best, checkpoints, write_errors
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import forks, tf
from cnn_mnist.training import cluster, readiness, resuming, strategies
from cnn_mnist.training.calibrator import Calibrator
from cnn_mnist.training.lock import TrainingLock
from cnn_mnist.training.result import TrainResult


def train(
    config: Config, progress: Progress | None = None, dataset: Dataset | None = None
) -> TrainResult:
    """Trains up to `config.train_steps` and resumes from the newest whole checkpoint.

    Keeps the checkpoint that did best on the validation images in `model_dir/best`.
    Ctrl-C, SIGTERM and SIGHUP end training after the current step, with everything saved.

    Args:
      config: the run.
      progress: receives the reports of progress; None for none.
      dataset: the data, if already loaded.

    Raises:
      SettingsError: TF_CONFIG cannot be used, there are too few examples, drawn digits are to
        join images of something else, or early stopping has no validation images.
      DataError: the data cannot be used.
      CheckpointError: `model_dir` cannot be written, its disk is too full, another process
        trains in it, or it holds another network, only damaged checkpoints, or a model of
        another data set.
      InstallationError: with `export_best`, a package that writes the `export_formats` is missing.
      ProcessError: see `tf_compat.forks`.
      DivergedError: the loss or a weight became NaN or infinite. The newest checkpoint is from
        before that, and the error's `result` is the `TrainResult` so far.
    """
    began = time.perf_counter()
    progress = progress or Progress()
    check(config)
    members = tf_config.cluster_to_train_in()
    dataset = dataset or splits.load_dataset(config, progress)
    resuming.check_same_data(config, dataset)
    config = splits.with_train_steps(config, dataset, progress.say)
    readiness.check_classes(config)
    split = splits.training_and_validation(dataset, config)
    drawn_training.check(config, dataset)
    with TrainingLock(config.model_dir) as lock:
        readiness.repair(config.model_dir, progress.say)
        result = _train(config, progress, dataset, *split, lock, members)
    result = dataclasses.replace(result, seconds=time.perf_counter() - began)
    if result.diverged_at is not None:
        what = result.diverged_because or ""
        raise DivergedError(result.diverged_at, what, _what_to_try(config, result), result)
    return result


def _train(
    config: Config,
    progress: Progress,
    dataset: Dataset,
    training: Selected,
    validation: Examples,
    lock: TrainingLock,
    members: Cluster | None,
) -> TrainResult:
    resuming.prepare(config, dataset, validation, progress)
    config_lib.save(config)
    class_names.save_class_names(config.model_dir, dataset.class_names)
    first_step = checkpoints.latest_step(config.model_dir) or 0
    if not first_step:
        best.forget(config.model_dir)
    clock = hooks.TrainingClock()
    progress_hook = hooks.ProgressHook(model.LOSS_TENSOR, config, clock, progress)
    finite = FiniteHook(model.LOSS_TENSOR)
    calibrator = Calibrator(config.model_dir, training, validation)
    validating = validation_hook.for_training(
        config,
        validation,
        dataset.class_names,
        first_step,
        clock,
        progress,
        lambda: _export_best(config, progress, dataset),
        calibrator.calibrate,
        cluster.strategy_of(members).validation if members else ValidationHook,
    )
    by_epoch = EpochHook(
        len(training) + config.drawn_examples,
        config,
        first_step,
        clock,
        progress,
        validating.history if validating else (),
    )
    # In a cluster the chief sees a part of the batches, so it has no means over an epoch.
    listeners = [finite.before_saving(), *([] if members else [by_epoch.before_saving()])]
    saving = hooks.CheckpointHook(config, first_step, listeners)
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(stop_hook.StopRequest(progress))
        strategy = members and stack.enter_context(
            cluster.joined(members, config, len(training), progress, stop)
        )
        all_hooks = [
            FolderHook(lock.check_folder),
            finite,
            # Both run before the checkpoint of the same step, so that a crash in between loses
            # nothing.
            *([validating] if validating else []),
            *([] if strategy else [by_epoch]),
            saving,
            SettingsHook(config, lambda: readiness.is_finished(config)),
            progress_hook,
            hooks.softmax_logging_hook(
                model.SOFTMAX_TENSOR, model.STEP_TENSOR, config.log_every_steps
            ),
            hooks.ExamplesPerSecondHook(config, clock, config.save_summary_steps),
            *hooks.by_name(config.hooks, config, clock),
            *([] if strategy else [stop_hook.StopHook(stop)]),
        ]
        if strategy:
            all_hooks = strategy.hooks_with(all_hooks)
            if validating:
                strategy.validate_by(validating, saving)
        diverged = None
        if not readiness.is_finished(config):
            if config.distribution == devices.MIRRORED:
                progress.say(devices.description(max(1, config.devices)))
            calibrator.training = drawn_training.with_drawn(training, config, progress)
            input_fn = (
                strategy.input_fn(calibrator.training)
                if strategy
                else _batches_of_this_process(config, calibrator.training, first_step)
            )
            build = strategy.build_estimator if strategy else build_estimator
            diverged = _run_estimator(config, build, input_fn, all_hooks)
            diverged = strategy.agreed(diverged) if strategy else diverged
    last_step = checkpoints.latest_step(config.model_dir) or 0
    return TrainResult(
        first_step=first_step,
        last_step=last_step,
        stopped_by=stop.signal,
        train_steps=config.train_steps,
        validations=len(validating.history) if validating else 0,
        best=best.read(config.model_dir),
        diverged_at=diverged.step if diverged else None,
        diverged_because=diverged.what if diverged else None,
        last_losses=tuple(finite.losses),
        # Also if an earlier call stopped and this one had nothing left to do.
        stopped_early=last_step < config.train_steps and readiness.is_finished(config),
        images_per_second=progress_hook.images_per_second,
        precision=precision.resolve(config.precision),
        first_step_time=progress_hook.first_step_time,
        seconds=math.nan,
        validation_seconds=clock.paused_seconds,
        devices=max(1, config.devices),
    )


def _export_best(config: Config, progress: Progress, dataset: Dataset) -> None:
    if config.export_best:
        exported = exporter.export(config, dataset=dataset)
        progress.say(f"The best so far is exported to {exported}")


def _batches_of_this_process(config: Config, training: Any, first_step: int) -> input_fns.InputFn:
    of_one = (training, config.batch_size, config.seed)
    if config.devices < 2:
        batches = input_fns.train_input_fn(*of_one, first_step, config.augmentation)
    else:
        numbered = input_fns.train_input_fn(
            *of_one, first_step * config.devices, config.augmentation, numbered=True
        )
        batches = input_fns.for_devices(numbered, config.devices)
    return input_fns.as_one_box(batches)


def _run_estimator(
    config: Config,
    build: Callable[[Config], Any],
    input_fn: input_fns.InputFn,
    all_hooks: list[Any],
) -> DivergedError | None:
    """Trains; returns the error if training diverged, or None."""
    estimator.set_determinism(config)
    try:
        # A new writer writes the default graph, which would be half built in a hook.
        with tf.Graph().as_default():
            tf.summary.FileWriterCache.get(config.model_dir)
        build(config).train(input_fn, all_hooks, max_steps=config.train_steps)
    except DivergedError as error:
        return error
    except tf.errors.OpError as error:
        if not write_errors.is_about_writing(error):
            raise
        readiness.remove_half_written(config.model_dir)
        raise readiness.cannot_be_written(config, error) from error
    return None


def _what_to_try(config: Config, result: TrainResult) -> str:
    """Returns the message for diverged training: the step, the last losses and what to try."""
    losses = ", ".join(f"{loss:.4g}" for _, loss in result.last_losses)
    before = f"the last losses were {losses}" if losses else "from the first step on"
    return (
        f"{given(learning_rate=f'{config.learning_rate:g}')}: training diverged, "
        f"{result.diverged_because} at step {result.diverged_at:,} ({before}); the newest "
        f"checkpoint is of step {result.last_step:,}; try a smaller rate, more "
        f"{argument('warmup_steps')} or {given(precision='float32')}, in another "
        f"{argument('model_dir')}"
    )


def check(config: Config) -> None:
    """Checks what needs no data, whose preparation may take a minute; `train` does so too.

    Raises:
      UserError: see `train`.
    """
    members = tf_config.cluster_to_train_in()
    strategies.check_distribution(members, config)
    if members and not members.is_chief:
        raise SettingsError(
            f"this process is {members.name} of a cluster by TF_CONFIG, and only the chief can be "
            "called so; cnn_mnist.main.main takes the flags of the command in every task"
        )
    forks.check()
    _check_early_stopping(config)
    if config.export_best:
        exporter.check_installed(config)
    readiness.check_trainable(config)


def _check_early_stopping(config: Config) -> None:
    if config.early_stopping_patience and not config.validation_examples:
        raise SettingsError(
            f"{given(early_stopping_patience=config.early_stopping_patience)} needs validation "
            f"images; give {argument('validation_examples')} above 0, or patience 0"
        )
