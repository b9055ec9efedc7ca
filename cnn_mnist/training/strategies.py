"""The two ways in which the tasks of a cluster train together.

With parameter servers each task computes steps of its own on weights that all share. Without them
every task has all weights, and all compute each step together on the mean of their gradients.
"""

from __future__ import annotations

import abc
import dataclasses
import json
from typing import Any

from cnn_mnist import estimator, input_fns
from cnn_mnist.cluster import devices, shared_values
from cnn_mnist.cluster.link import Link
from cnn_mnist.cluster.shared_values import SharedValues
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.cluster.watchdog import Watchdog
from cnn_mnist.config import Config
from cnn_mnist.errors import DivergedError, SettingsError, given
from cnn_mnist.hooks.checkpoint import CheckpointHook
from cnn_mnist.hooks.checkpoint_validation import CheckpointValidationHook
from cnn_mnist.hooks.cluster import ClusterHook
from cnn_mnist.hooks.step import GlobalSteps, StepHook
from cnn_mnist.hooks.stop import StopRequest
from cnn_mnist.hooks.synchronous import SynchronousHook
from cnn_mnist.hooks.validation import ValidationHook
from cnn_mnist.support.progress import Progress


def check_distribution(cluster: Cluster | None, config: Config) -> None:
    """Checks that this process can train as `Config.distribution` and `devices` say.

    Raises:
      SettingsError: it cannot.
    """
    distribution = config.distribution
    devices.check(distribution, config.devices)
    if distribution == "auto" or (distribution == devices.MIRRORED and cluster is None):
        return
    if cluster is None:
        raise SettingsError(
            f"{given(distribution=distribution)} needs a cluster of several tasks in TF_CONFIG, "
            "and there is none; leave it out, or give auto"
        )
    fitting = "multi_worker_mirrored" if cluster.is_synchronous else "parameter_server"
    if distribution != fitting:
        has = "no ps" if cluster.is_synchronous else "a ps"
        raise SettingsError(
            f"{given(distribution=distribution)} does not fit TF_CONFIG, whose cluster has {has}; "
            f"allowed: {fitting} or auto"
        )


@dataclasses.dataclass(frozen=True)
class Begin:
    """Where a training begins, which the chief decides.

    Attributes:
      step: steps that were done before.
      checkpoint: path of the chief's checkpoint of that step, without an ending, or None.
      settings: what is trained, as JSON has it, and the two values above.
    """

    step: int
    checkpoint: str | None
    settings: dict[str, Any]


class Strategy(abc.ABC):
    """How this task trains with the others.

    Args:
      link: to the other tasks.
      watchdog: ends this process if the cluster is lost.
      stop: the signals to this process.
      progress: receives a line when training ends early.
      config: the run.
      begin: where it begins; None if nothing is left to train.
    """

    validation: type[ValidationHook]
    """The hook with which the chief validates."""

    def __init__(
        self,
        link: Link,
        watchdog: Watchdog,
        stop: StopRequest,
        progress: Progress,
        config: Config,
        begin: Begin | None,
    ) -> None:
        self._link = link
        self._watchdog = watchdog
        self._config = config
        self._begin = begin
        self._prepare(stop, progress)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to train."""
        return self._begin is None

    def build_estimator(self, config: Config) -> Any:
        """Returns the Estimator of this task."""
        return estimator.build_estimator(
            config, cluster=self._link.cluster, master=self._link.server.target
        )

    @abc.abstractmethod
    def hooks_with(self, others: list[Any]) -> list[Any]:
        """Returns all hooks of this task in their order."""

    @abc.abstractmethod
    def validate_by(self, hook: ValidationHook, checkpoints: CheckpointHook) -> None:
        """Prepares the chief's hook that validates, and stops early."""

    @abc.abstractmethod
    def input_fn(self, examples: Any) -> input_fns.InputFn:
        """Returns the input function of batches that no other task takes."""

    @abc.abstractmethod
    def copy_checkpoint(self, folder: str) -> None:
        """Copies into a worker's folder what it resumes from."""

    def agreed(self, diverged: DivergedError | None) -> DivergedError | None:
        """Returns the error if training diverged here or in another task; tells the others."""
        return diverged

    @abc.abstractmethod
    def _prepare(self, stop: StopRequest, progress: Progress) -> None:
        """Makes the hook of this strategy, when it is made."""


class ParameterServers(Strategy):
    """Asynchronous training, on weights that the parameter servers hold."""

    validation = CheckpointValidationHook

    def hooks_with(self, others: list[Any]) -> list[Any]:
        for other in others:
            if isinstance(other, StepHook):
                other.counted_by = self._steps
        return [self._steps, self._hook, *others]

    def validate_by(self, hook: ValidationHook, checkpoints: CheckpointHook) -> None:
        assert isinstance(hook, CheckpointValidationHook)
        hook.validates(checkpoints, self._watchdog.paused)
        hook.stop_all = self._hook.stop_all

    def input_fn(self, examples: Any) -> input_fns.InputFn:
        def take_batch() -> Any:
            return SharedValues(self._link.cluster).take_batch()

        config = self._config
        return input_fns.numbered_input_fn(
            examples, config.batch_size, config.seed, take_batch, config.augmentation
        )

    def copy_checkpoint(self, folder: str) -> None:
        """Copies nothing: the parameter servers have the weights."""

    def agreed(self, diverged: DivergedError | None) -> DivergedError | None:
        if diverged is not None:
            self._link.say_diverged(diverged)
            return diverged
        if self._hook.stopped_by_others == shared_values.DIVERGED:
            what = "the loss of another task is not finite"
            return DivergedError(self._steps.steps_done, what)
        return None

    def _prepare(self, stop: StopRequest, progress: Progress) -> None:
        told = json.dumps(self._begin.settings if self._begin else {})
        self._steps = GlobalSteps(self._config.train_steps)
        self._hook = ClusterHook(self._link.cluster, told, self._watchdog, stop, progress)


class Synchronous(Strategy):
    """Training in common steps: each task has all weights, and applies the mean gradients."""

    validation = ValidationHook

    def hooks_with(self, others: list[Any]) -> list[Any]:
        return [self._hook, *others]

    def validate_by(self, hook: ValidationHook, checkpoints: CheckpointHook) -> None:
        hook.stop_all = self._hook.stop_early

    def input_fn(self, examples: Any) -> input_fns.InputFn:
        assert self._begin is not None
        config, cluster = self._config, self._link.cluster
        return input_fns.as_one_box(
            input_fns.train_input_fn(
                examples,
                config.batch_size,
                config.seed,
                self._begin.step,
                config.augmentation,
                len(cluster.computing),
                cluster.computing.index(cluster.name),
            )
        )

    def copy_checkpoint(self, folder: str) -> None:
        if self._begin and self._begin.checkpoint:
            self._link.copy_checkpoint(self._begin.checkpoint, folder)

    def _prepare(self, stop: StopRequest, progress: Progress) -> None:
        self._hook = SynchronousHook(self._link.cluster.is_chief, self._watchdog, stop, progress)
