"""Flax's published example, `examples/mnist`, up to 99.0 % of the test images.

In Linen, as the original. Gradients and update are one jitted step with donated state, where the
original has two, and testing goes forward only, where the original computes gradients too.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

from benchmarks.published import example

BATCH = 128
TEST_BATCH = 1000
EPOCHS = 10
LEARNING_RATE = 0.1
MOMENTUM = 0.9


class Network(nn.Module):
    """Two convolutions with average pooling, and two dense layers; gives logits."""

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """Returns `[batch, 10]` for images `[batch, 28, 28, 1]`."""
        net = images
        for features in (32, 64):
            net = nn.relu(nn.Conv(features, (3, 3))(net))
            net = nn.avg_pool(net, (2, 2), strides=(2, 2))
        net = nn.relu(nn.Dense(256)(net.reshape(net.shape[0], -1)))
        return nn.Dense(10)(net)


def main() -> None:
    """Trains until the target or the published end, and prints the result."""
    options = example.parse(__doc__)
    images, labels, test_images, test_labels = example.load(options.data)
    train = jnp.asarray(images, jnp.float32) / 255, jnp.asarray(labels)
    test = test_images.astype(np.float32) / 255, test_labels
    state = initial_state(jax.random.key(options.seed))
    random = np.random.default_rng(options.seed)
    accuracy, epochs = 0.0, 0
    while accuracy < example.TARGET and epochs < (1 if options.steps else EPOCHS):
        state = train_epoch(state, *train, random, options.steps)
        accuracy = measure(state, *test)
        epochs += 1
    example.print_result(accuracy, epochs)


def initial_state(key: jax.Array) -> TrainState:
    """Returns fresh weights with their optimizer."""
    network = Network()
    weights = network.init(key, jnp.ones((1, 28, 28, 1)))["params"]
    optimizer = optax.sgd(LEARNING_RATE, MOMENTUM)
    return TrainState.create(apply_fn=network.apply, params=weights, tx=optimizer)


def train_epoch(
    state: TrainState,
    images: jax.Array,
    labels: jax.Array,
    random: np.random.Generator,
    most_steps: int | None,
) -> TrainState:
    """Takes every image once, shuffled, but for an incomplete batch."""
    order = random.permutation(len(images))[: len(images) // BATCH * BATCH]
    for batch in order.reshape(-1, BATCH)[:most_steps]:
        state = train_step(state, images, labels, batch)
    return state


@partial(jax.jit, donate_argnums=0)
def train_step(
    state: TrainState, images: jax.Array, labels: jax.Array, batch: jax.Array
) -> TrainState:
    """Returns the state after one step on the images at `batch`."""

    def loss_of(weights: dict) -> jax.Array:
        logits = state.apply_fn({"params": weights}, images[batch])
        truth = jax.nn.one_hot(labels[batch], 10)
        return optax.softmax_cross_entropy(logits, truth).mean()

    return state.apply_gradients(grads=jax.grad(loss_of)(state.params))


def measure(state: TrainState, images: np.ndarray, labels: np.ndarray) -> float:
    """Returns the test accuracy."""
    parts = range(0, len(images), TEST_BATCH)
    answered = [answers(state, images[start : start + TEST_BATCH]) for start in parts]
    return float((np.concatenate(answered) == labels).mean())


@jax.jit
def answers(state: TrainState, images: jax.Array) -> jax.Array:
    """Returns the likeliest class of each image."""
    return state.apply_fn({"params": state.params}, images).argmax(1)


if __name__ == "__main__":
    main()
