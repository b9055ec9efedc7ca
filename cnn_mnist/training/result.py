"""What `train` gives back."""

from __future__ import annotations

import dataclasses

from cnn_mnist.model_folder.best import Best


@dataclasses.dataclass(frozen=True)
class TrainResult:
    """What `train` did.

    Attributes:
      first_step: training steps that were done before.
      last_step: training steps that are done now.
      stopped_by: the signal that ended training early, or None.
      train_steps: training steps that were asked for, epochs turned into steps.
      validations: how often the validation images were measured, restarts included.
      best: the checkpoint that did best on them, or None.
      diverged_at: the step at which the loss or a weight was no finite number any more,
        or None.
      diverged_because: what it was, in a few words, or None.
      last_losses: the last steps whose loss was finite and that loss, oldest first.
      stopped_early: whether training ended because validation no longer improved.
      images_per_second: the rate of training, without its first step and validation.
      precision: `float32` or `bfloat16`.
      first_step_time: when the first step was done, seconds since the epoch, or None.
      seconds: wall time of the whole call.
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
