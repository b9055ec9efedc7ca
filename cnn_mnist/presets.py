"""The recipes as one table: a network, the data it is for, and how to train it."""

from __future__ import annotations

import dataclasses

from cnn_mnist import architecture
from cnn_mnist.errors import UserError

TUTORIAL_NETWORK = (
    "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.4, dense 10"
)


@dataclasses.dataclass(frozen=True)
class Preset:
    """One recipe.

    Attributes:
      architecture: the network in one line, see `architecture.parse`.
      dataset: a TFDS name.
      optimizer: one of `config.OPTIMIZERS`.
      learning_rate: the rate, or the peak of the schedule.
      schedule: one of `config.SCHEDULES`.
      warmup_steps: steps over which the rate rises linearly from 0.
      batch_size: images in a training step.
      train_steps: training steps in all.
      validation_examples: images held back from the training images.
      precision: one of `config.PRECISIONS`.
      expected_accuracy: what a run must reach on the test set, as a rate.
    """

    summary: str
    architecture: str
    dataset: str
    optimizer: str
    learning_rate: float
    schedule: str
    warmup_steps: int
    batch_size: int
    train_steps: int
    validation_examples: int
    precision: str
    expected_accuracy: float


PRESETS: dict[str, Preset] = {
    "modern": Preset(
        summary="the tutorial's network, trained as one would today",
        architecture=TUTORIAL_NETWORK,
        dataset="mnist",
        optimizer="adam",
        learning_rate=0.003,
        schedule="linear",
        warmup_steps=100,
        batch_size=100,
        train_steps=700,
        validation_examples=5000,
        precision="auto",
        expected_accuracy=0.990,
    ),
    # https://github.com/tensorflow/tensorflow/blob/r1.15/tensorflow/examples/tutorials/layers
    # The tutorial trained on what its loader left of the 60,000 images after 5,000 for validation.
    "layers_tutorial": Preset(
        summary="the TensorFlow 1.x layers tutorial as it was published",
        architecture=TUTORIAL_NETWORK,
        dataset="mnist",
        optimizer="sgd",
        learning_rate=0.001,
        schedule="constant",
        warmup_steps=0,
        batch_size=100,
        train_steps=20000,
        validation_examples=5000,
        precision="float32",
        expected_accuracy=0.968,
    ),
}
DEFAULT = "modern"


def get(name: str) -> Preset:
    """Returns the preset called `name`.

    Raises:
      UserError: there is no such preset.
    """
    if name not in PRESETS:
        raise UserError(f"--preset={name} is unknown; allowed: {', '.join(PRESETS)}, list")
    return PRESETS[name]


def table() -> str:
    """Returns the presets as text, a few lines for each."""
    return "\n\n".join(_describe(name, preset) for name, preset in PRESETS.items())


def _describe(name: str, preset: Preset) -> str:
    parameters = architecture.parameter_count(architecture.parse(preset.architecture))
    default = " (default)" if name == DEFAULT else ""
    warmup = f" after {preset.warmup_steps} steps of warm-up" if preset.warmup_steps else ""
    return "\n".join(
        (
            f"{name}{default}: {preset.summary}",
            f"  network   {preset.architecture}",
            f"            {parameters:,} parameters",
            f"  data      {preset.dataset}, {preset.validation_examples:,} images for validation",
            f"  training  {preset.optimizer} {preset.learning_rate:g}, {preset.schedule}{warmup}, "
            f"batch {preset.batch_size}, {preset.train_steps:,} steps, "
            f"precision {preset.precision}",
            f"  reaches   {preset.expected_accuracy:.1%} on the test images",
        )
    )
