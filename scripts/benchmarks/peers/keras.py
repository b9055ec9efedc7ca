"""The tutorial's network in Keras 3 with `model.fit`, on the backend of KERAS_BACKEND.

Precision and XLA are rows of the benchmark. Tried besides: arrays, shuffled by Keras, and tf.data,
with 1 and 10 steps an execution, and channels first. On TensorFlow tf.data with 10 is the fastest,
by a tenth; on PyTorch channels first, by a sixth; on JAX no difference exceeds noise.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from benchmarks.peers import measurement

INPUTS = ("arrays", "tf_data")
EVALUATION_BATCH = 1000


def main() -> None:
    """Trains, measures test accuracy, and prints the figures."""
    parser = measurement.parser(__doc__)
    parser.add_argument("--jit_compile", action="store_true")
    parser.add_argument("--input", choices=INPUTS, default="arrays")
    parser.add_argument("--steps_per_execution", type=int, default=1)
    parser.add_argument("--channels_first", action="store_true")
    options = parser.parse_args()
    task = measurement.task_of(options)
    data = measurement.load(task.data)
    keras.utils.set_random_seed(task.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if task.is_bfloat16 else "float32")
    layout = "channels_first" if options.channels_first else "channels_last"
    keras.config.set_image_data_format(layout)
    model = network(task.dropout_rate)
    model.compile(
        optimizer=keras.optimizers.Adam(RiseAndFall(task)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=options.jit_compile,
        steps_per_execution=options.steps_per_execution,
    )
    images = as_images(data.train_images)
    fit = fit_tf_data if options.input == "tf_data" else fit_arrays
    clock = fit(model, images, data.train_labels, task)
    measurement.print_result(clock, evaluate(model, data))


def network(dropout_rate: float) -> keras.Model:
    """Returns the network; logits are float32, as the guide to mixed precision asks for."""
    is_first = keras.config.image_data_format() == "channels_first"
    return keras.Sequential(
        [
            keras.Input((1, 28, 28) if is_first else (28, 28, 1)),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(dropout_rate),
            layers.Dense(10, dtype="float32"),
        ]
    )


def as_images(pixels: np.ndarray) -> np.ndarray:
    """Returns uint8 pixels as float32, 0 to 1, in Keras' image data format."""
    images = pixels.astype("float32") / 255
    # With one channel both layouts are the same numbers in the same order.
    is_first = keras.config.image_data_format() == "channels_first"
    return images.reshape(-1, 1, 28, 28) if is_first else images


class RiseAndFall(keras.optimizers.schedules.LearningRateSchedule):
    """The task's learning rate by step, `Task.rate_factor` on tensors."""

    def __init__(self, task: measurement.Task) -> None:
        self.task = task

    def __call__(self, step: Any) -> Any:
        """Returns the rate of step `step`, from 0."""
        step = ops.cast(step, "float32")
        warmup = min(self.task.warmup_steps, self.task.steps)
        rising = (step + 1.0) / max(1, warmup)
        falling = 1.0 - (step - warmup) / max(1, self.task.steps - warmup)
        return self.task.learning_rate * ops.clip(ops.minimum(rising, falling), 0.0, 1.0)


class Timer(keras.callbacks.Callback):
    """Tells the clock of the steps, counted over several calls of `fit`."""

    # Lets the backend run ahead of Python: results are waited for only where they are read.
    async_safe = True

    def __init__(self, clock: measurement.Clock) -> None:
        super().__init__()
        self.clock = clock
        self.steps_before = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called by Keras after each execution; `batch` is the last step of it, from 0."""
        steps = self.steps_before + batch + 1
        if not self.clock.first_step_time:
            float(logs["loss"])
            self.clock.first_step_done()
        if not self.clock.is_marked and steps >= measurement.STEPS_LEFT_OUT:
            float(logs["loss"])
            self.clock.mark(steps)


def fit_arrays(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, task: measurement.Task
) -> measurement.Clock:
    """Trains on arrays that Keras shuffles and cuts into batches itself, epoch by epoch."""
    clock = measurement.Clock(task.batch_size)
    timer = Timer(clock)
    while timer.steps_before < task.steps:
        steps = min(len(images) // task.batch_size, task.steps - timer.steps_before)
        model.fit(
            images,
            labels,
            batch_size=task.batch_size,
            steps_per_epoch=steps,
            callbacks=[timer],
            verbose=0,
        )
        timer.steps_before += steps
    clock.mark(task.steps)
    return clock


def fit_tf_data(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, task: measurement.Task
) -> measurement.Clock:
    """Trains on batches of tf.data, which run through the epochs without an end."""
    import tensorflow as tf

    batches = (
        tf.data.Dataset.from_tensor_slices((images, labels))
        .cache()
        .shuffle(len(images), seed=task.seed)
        .repeat()
        .batch(task.batch_size, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )
    clock = measurement.Clock(task.batch_size)
    model.fit(batches, steps_per_epoch=task.steps, callbacks=[Timer(clock)], verbose=0)
    clock.mark(task.steps)
    return clock


def evaluate(model: keras.Model, data: measurement.Data) -> float:
    """Returns the test accuracy."""
    images = as_images(data.test_images)
    logits = model.predict(images, batch_size=EVALUATION_BATCH, verbose=0)
    return float((logits.argmax(1) == data.test_labels).mean())


if __name__ == "__main__":
    main()
