"""The tutorial's network in Keras 3, with `model.fit`, on the backend that is asked for."""

from __future__ import annotations

import os

from benchmarks.peers import measurement

BACKENDS = ("tensorflow", "torch", "jax")
INPUTS = ("arrays", "tf_data")
EVALUATION_BATCH = 1000


def main() -> None:
    """Trains, measures test accuracy, and prints the figures."""
    parser = measurement.parser(__doc__)
    parser.add_argument("--backend", choices=BACKENDS, required=True)
    parser.add_argument("--jit_compile", action="store_true")
    parser.add_argument("--input", choices=INPUTS, default="arrays")
    parser.add_argument("--steps_per_execution", type=int, default=1)
    options = parser.parse_args()
    # Keras reads it when it is imported.
    os.environ["KERAS_BACKEND"] = options.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    run(options)


def run(options) -> None:
    import keras

    task = measurement.task_of(options)
    data = measurement.load(task.data)
    keras.utils.set_random_seed(task.seed)
    if task.is_bfloat16:
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = network(keras, task.dropout_rate)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate_schedule(keras, task)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=options.jit_compile,
        steps_per_execution=options.steps_per_execution,
    )
    clock = measurement.Clock(task.batch_size)
    images = data.train_images.astype("float32") / 255
    fit(keras, model, images, data.train_labels, task, clock, options.input)
    right = answers(keras, model, data.test_images.astype("float32") / 255) == data.test_labels
    measurement.print_result(clock, float(right.mean()))


def network(keras, dropout_rate: float):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
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


def learning_rate_schedule(keras, task: measurement.Task):
    class RiseAndFall(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            ops = keras.ops
            step = ops.cast(step, "float32")
            warmup = min(task.warmup_steps, task.steps)
            falling = 1.0 - (step - warmup) / max(1, task.steps - warmup)
            rising = (step + 1.0) / max(1, warmup)
            return task.learning_rate * ops.clip(ops.minimum(rising, falling), 0.0, 1.0)

    return RiseAndFall()


def fit(keras, model, images, labels, task, clock, kind) -> None:
    done = 0

    class Timer(keras.callbacks.Callback):
        # Lets the backend run ahead of Python: nothing is read back from most steps.
        async_safe = True

        def on_train_batch_end(self, batch, logs=None):
            steps_done = done + batch + 1
            if not clock.first_step_time:
                float(logs["loss"])
                clock.first_step_done()
            if not clock.is_marked and steps_done >= measurement.STEPS_LEFT_OUT:
                float(logs["loss"])
                clock.mark(steps_done)

    if kind == "tf_data":
        batches = tf_data(images, labels, task)
        model.fit(batches, steps_per_epoch=task.steps, verbose=0, callbacks=[Timer()])
        clock.mark(task.steps)
        return
    per_epoch = len(images) // task.batch_size
    while done < task.steps:
        steps = min(per_epoch, task.steps - done)
        model.fit(images, labels, batch_size=task.batch_size, steps_per_epoch=steps, verbose=0, callbacks=[Timer()])
        done += steps
    clock.mark(task.steps)


def tf_data(images, labels, task):
    import tensorflow as tf

    return (
        tf.data.Dataset.from_tensor_slices((images, labels))
        .cache()
        .shuffle(len(images), seed=task.seed)
        .repeat()
        .batch(task.batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )


def answers(keras, model, images):
    return model.predict(images, batch_size=EVALUATION_BATCH, verbose=0).argmax(1)


if __name__ == "__main__":
    main()
