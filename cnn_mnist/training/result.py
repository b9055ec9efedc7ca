"""The result of `train`."""

from __future__ import annotations

import dataclasses

from cnn_mnist.model_folder.best import Best


@dataclasses.dataclass(frozen=True)
class TrainResult:
    """The result of `train`.

    Attributes:
      first_step: training steps that were done before.
      last_step: training steps that are done now.
      stopped_by: the signal that ended training early, or None.
      train_steps: the configured training steps, with epochs converted to steps.
      validations: the number of validations, restarts included.
      best: the checkpoint that did best on the validation images, or None.
      diverged_at: the step at which the loss or a weight became NaN or infinite, or None.
      diverged_because: which value and what it was, in a few words, or None.
      last_losses: step and loss of the last steps with a finite loss, oldest first.
      stopped_early: whether training ended because validation no longer improved.
      images_per_second: the rate of training, without the first step and validation.
      precision: `float32` or `bfloat16`.
      devices: how many devices of this machine computed each step, each a batch of its own.
      first_step_time: when the first step was done, in seconds since the epoch, or None.
      seconds: wall time of the whole call.
      validation_seconds: the part of it that validation took, with keeping the best checkpoint.
    """

    first_step: int
    last_step: int
    stopped_by: int | None
    train_steps: int
    validations: int
    best: Best | None
    diverged_at: int | None
    diverged_because: str | None
    last_losses: tuple[tuple[int, float], ...]
    stopped_early: bool
    images_per_second: float
    precision: str
    first_step_time: float | None
    seconds: float
    validation_seconds: float = 0.0
    devices: int = 1
