"""The recipes as one table: a network, the data it is for, and how to train it."""

from __future__ import annotations

import dataclasses
import re
import textwrap

from cnn_mnist.config.preset_results import RESULTS
from cnn_mnist.errors import SettingsError
from cnn_mnist.networks import architecture
from cnn_mnist.support.suggestions import guess, nearest

TUTORIAL_NETWORK = (
    "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.4, dense 10"
)


@dataclasses.dataclass(frozen=True)
class Preset:
    """One recipe; of `train_steps` and `epochs` one is given.

    Attributes:
      summary: what it is, in a few words.
      architecture: the network in one line, see `networks.architecture.parse`.
      dataset: a TFDS name.
      optimizer: one of `config.choices.OPTIMIZERS`.
      learning_rate: the rate, or the peak of the schedule.
      batch_size: images in a training step.
      validation_examples: images held back from the training images.
      expected_accuracy: what a run must reach on the test set, as a rate.
      train_steps: training steps in all.
      epochs: passes over the training images.
      schedule: one of `config.choices.SCHEDULES`.
      warmup_steps: steps over which the rate rises linearly from 0.
      initializer: one of `config.choices.INITIALIZERS`.
      augmentation: one of `config.choices.AUGMENTATIONS`.
      train_examples: images to train on; None for all that validation leaves.
      drawn_examples: drawn digits to train on beside them.
      monitor: the metric that says which checkpoint is best.
      early_stopping_patience: validations without improvement before the end; 0 for none.
      precision: one of `config.choices.PRECISIONS`.
      validate_every_steps: steps between two validations; None for four in all, or one an epoch.
    """

    summary: str
    architecture: str
    dataset: str
    optimizer: str
    learning_rate: float
    batch_size: int
    validation_examples: int
    expected_accuracy: float
    train_steps: int | None = None
    epochs: int | None = None
    schedule: str = "constant"
    warmup_steps: int = 0
    initializer: str = "glorot_uniform"
    augmentation: str = "none"
    train_examples: int | None = None
    drawn_examples: int = 0
    monitor: str = "accuracy"
    early_stopping_patience: int = 0
    precision: str = "auto"
    validate_every_steps: int | None = None


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
        expected_accuracy=0.990,
    ),
    # https://github.com/tensorflow/tensorflow/blob/r1.15/tensorflow/examples/tutorials/layers
    # The tutorial trained on what its loader left of the 60,000 images after 5,000 for validation.
    "layers_tutorial": Preset(
        summary="the TensorFlow 1.x layers tutorial, with He's initial weights",
        architecture=TUTORIAL_NETWORK,
        dataset="mnist",
        optimizer="sgd",
        learning_rate=0.001,
        batch_size=100,
        train_steps=20000,
        validation_examples=5000,
        initializer="he_uniform",
        expected_accuracy=0.973,
    ),
    # The well-known listing of this network feeds the first pooling onwards twice, leaves the
    # second out, and reuses a name; this is what its text describes.
    "low_level": Preset(
        summary="the raw-graph tutorial, with its wide initial weights",
        architecture="conv 3x3x32, pool 2, conv 3x3x64, pool 2, flatten, dense 256, dropout 0.25, "
        "dense 256, dropout 0.25, dense 10",
        dataset="mnist",
        optimizer="adam",
        learning_rate=0.01,
        # At the full rate from the first step every ReLU dies, and accuracy stays at 11 %.
        schedule="linear",
        warmup_steps=500,
        batch_size=100,
        epochs=50,
        validation_examples=5000,
        initializer="normal_conv",
        expected_accuracy=0.985,
    ),
    "fashion": Preset(
        summary="clothes instead of digits, stopped when validation no longer improves",
        architecture="conv 3x3x32, pool 2, conv 3x3x64, pool 2, flatten, dense 100, dropout 0.4, "
        "dense 10",
        dataset="fashion_mnist",
        optimizer="adam",
        learning_rate=0.001,
        batch_size=32,
        epochs=20,
        validation_examples=12000,
        monitor="loss",
        early_stopping_patience=2,
        expected_accuracy=0.910,
    ),
    # https://codelabs.developers.google.com/codelabs/tfjs-training-classfication
    "browser": Preset(
        summary="TensorFlow.js's small network, on a tenth of the images",
        architecture="conv 5x5x8 valid, pool 2, conv 5x5x16 valid, pool 2, flatten, dense 10",
        dataset="mnist",
        optimizer="adam",
        learning_rate=0.01,
        schedule="linear",
        batch_size=512,
        epochs=10,
        train_examples=5500,
        validation_examples=1000,
        initializer="variance_scaling",
        expected_accuracy=0.950,
    ),
    "dense": Preset(
        summary="no convolution: the beginner's network",
        architecture="flatten, dense 128, dense 10",
        dataset="mnist",
        optimizer="adam",
        learning_rate=0.001,
        batch_size=32,
        epochs=10,
        validation_examples=5000,
        expected_accuracy=0.975,
    ),
    "fastest": Preset(
        summary="99 % in the least time, model on disk and exported",
        architecture="conv 5x5x16 valid, pool 2, conv 5x5x32 valid, pool 2, flatten, dense 128, "
        "dense 10",
        dataset="mnist",
        optimizer="adam",
        learning_rate=0.008,
        schedule="linear",
        warmup_steps=100,
        batch_size=200,
        train_steps=600,
        validate_every_steps=600,
        validation_examples=5000,
        expected_accuracy=0.990,
    ),
    "accurate": Preset(
        summary="the highest accuracy of a network of this size in a quarter of an hour",
        # As many multiplications as the tutorial's network, 14 million an image.
        architecture="conv 3x3x32 valid, conv 3x3x32 valid, conv 3x3x32 valid, pool 2, "
        "conv 3x3x64 valid, conv 3x3x64 valid, conv 3x3x64 valid, flatten, dropout 0.5, dense 10",
        dataset="mnist",
        optimizer="adam",
        learning_rate=0.002,
        schedule="linear",
        warmup_steps=300,
        batch_size=100,
        epochs=30,
        augmentation="affine",
        validation_examples=5000,
        expected_accuracy=0.996,
    ),
    "drawn": Preset(
        summary="digits as people draw them on a screen, in many styles of writing",
        architecture="conv 5x5x32 valid, pool 2, conv 3x3x64, conv 3x3x64, pool 2, conv 3x3x64, "
        "flatten, dropout 0.4, dense 10",
        dataset="mnist",
        optimizer="adam",
        learning_rate=0.002,
        schedule="linear",
        warmup_steps=300,
        batch_size=100,
        train_steps=7000,
        validate_every_steps=1000,
        augmentation="drawn",
        drawn_examples=30000,
        validation_examples=5000,
        expected_accuracy=0.993,
    ),
}
DEFAULT = "modern"

_HOW_MEASURED = """\
reached: mean over seeds of the percentage of the 10,000 test images, in brackets the sample
standard deviation; the time is that of the whole command. Each was measured with TensorFlow
2.21.0. Another machine gives other times, and another number format other last digits."""


def get(name: str) -> Preset:
    """Returns the preset called `name`.

    Raises:
      SettingsError: the preset is unknown.
    """
    if name not in PRESETS:
        near = guess(nearest(name, PRESETS))
        raise SettingsError(f"preset is {name!r}; {near}allowed: {', '.join(PRESETS)}")
    return PRESETS[name]


def table() -> str:
    """Returns the presets as text, a few lines for each, and how to read the results."""
    parts = [_describe(name, preset) for name, preset in PRESETS.items()]
    return "\n\n".join((*parts, _HOW_MEASURED))


def _describe(name: str, preset: Preset) -> str:
    parameters = architecture.parameter_count(architecture.parse(preset.architecture))
    result = RESULTS[name]
    default = " (default)" if name == DEFAULT else ""
    images = f"{preset.train_examples:,} images, " if preset.train_examples else ""
    varied = "" if preset.augmentation == "none" else f", {preset.augmentation} augmentation"
    drawn = f"{preset.drawn_examples:,} drawn digits beside them, " if preset.drawn_examples else ""
    # A line ends after a layer, not within one.
    layers = textwrap.wrap(re.sub("(?<!,) ", "\N{NO-BREAK SPACE}", preset.architecture), 88)
    network = "\n            ".join(layers).replace("\N{NO-BREAK SPACE}", " ")
    return "\n".join(
        (
            f"{name}{default}: {preset.summary}",
            f"  network   {network}",
            f"            {parameters:,} parameters, initial weights {preset.initializer}",
            f"  data      {preset.dataset}, {images}{drawn}"
            f"{preset.validation_examples:,} for validation",
            f"  training  {preset.optimizer} {preset.learning_rate:g}, {preset.schedule}, "
            f"batch {preset.batch_size}, {_length(preset)}{varied}",
            f"  reached   {result.shown} % of the test images with {result.seeds}, "
            f"in {result.time}",
            f"            on {result.machine}",
        )
    )


def _length(preset: Preset) -> str:
    if preset.epochs is None:
        return f"{preset.train_steps:,} steps"
    if not preset.early_stopping_patience:
        return f"{preset.epochs} epochs"
    return (
        f"up to {preset.epochs} epochs,\n            "
        f"until {preset.early_stopping_patience} in a row do not improve {preset.monitor}"
    )
