"""Keras' published example, "Simple MNIST convnet", up to 99.0 % of the test images.

On Keras' default backend, TensorFlow. A tenth of the training images validate after each epoch,
as published; test accuracy is measured by the same call as at the original's end.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from benchmarks.published import example

BATCH = 128
EPOCHS = 15
VALIDATION_SHARE = 0.1


class StopAtTarget(keras.callbacks.Callback):
    """Measures test accuracy after every epoch, and ends training when it is enough."""

    def __init__(self, images: Any, labels: Any) -> None:
        super().__init__()
        self.images = images
        self.labels = labels
        self.accuracy = 0.0
        self.epochs = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called by Keras, after validation."""
        self.accuracy = self.model.evaluate(self.images, self.labels, verbose=0)[1]
        self.epochs = epoch + 1
        self.model.stop_training = self.accuracy >= example.TARGET


def main() -> None:
    """Trains until the target or the published end, and prints the result."""
    options = example.parse(__doc__)
    keras.utils.set_random_seed(options.seed)
    train_images, train_labels, test_images, test_labels = example.load(options.data)
    model = network()
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    stop = StopAtTarget(scaled(test_images), one_hot(test_labels))
    model.fit(
        scaled(train_images),
        one_hot(train_labels),
        batch_size=BATCH,
        epochs=1 if options.steps else EPOCHS,
        steps_per_epoch=options.steps,
        validation_split=VALIDATION_SHARE,
        callbacks=[stop],
        verbose=0,
    )
    example.print_result(stop.accuracy, stop.epochs)


def network() -> Any:
    """Returns the network; it gives probabilities."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def scaled(images: Any) -> Any:
    """Returns pixels as float32, 0 to 1."""
    return images.astype("float32") / 255


def one_hot(labels: Any) -> Any:
    """Returns labels as the published loss takes them."""
    return keras.utils.to_categorical(labels, 10)


if __name__ == "__main__":
    main()
