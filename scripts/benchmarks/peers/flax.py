"""The tutorial's network in Flax NNX with Optax: one jitted train step with donated state.

The model is split and merged inside `jax.jit`, which Flax's guide to performance recommends over
`nnx.jit` for small steps. Precision is a row of the benchmark. Tried besides: XLA flags for oneDNN,
XNNPACK and 512-bit vectors (the same; convolutions and their gradients take the time).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from benchmarks.peers import measurement

EVALUATION_BATCH = 1000


class Network(nnx.Module):
    """The network; images are `[batch, 28, 28, 1]`, 0 to 1."""

    def __init__(self, dropout_rate: float, dtype: Any, rngs: nnx.Rngs) -> None:
        conv = partial(nnx.Conv, kernel_size=(5, 5), padding="SAME", dtype=dtype, rngs=rngs)
        self.conv1 = conv(1, 32)
        self.conv2 = conv(32, 64)
        self.dense1 = nnx.Linear(7 * 7 * 64, 1024, dtype=dtype, rngs=rngs)
        self.dropout = nnx.Dropout(dropout_rate, rngs=rngs)
        self.dense2 = nnx.Linear(1024, 10, dtype=dtype, rngs=rngs)

    def __call__(self, images: jax.Array) -> jax.Array:
        """Returns logits, float32 `[batch, 10]`."""
        pool = partial(nnx.max_pool, window_shape=(2, 2), strides=(2, 2))
        net = pool(nnx.relu(self.conv1(images)))
        net = pool(nnx.relu(self.conv2(net)))
        net = nnx.relu(self.dense1(net.reshape(net.shape[0], -1)))
        return self.dense2(self.dropout(net)).astype(jnp.float32)


def main() -> None:
    """Trains, measures test accuracy, and prints the figures."""
    task = measurement.task_of(measurement.parser(__doc__).parse_args())
    data = measurement.load(task.data)
    dtype = jnp.bfloat16 if task.is_bfloat16 else jnp.float32
    model = Network(task.dropout_rate, dtype, nnx.Rngs(task.seed))
    optimizer = nnx.Optimizer(model, optax.adam(schedule(task)), wrt=nnx.Param)
    clock = train(model, optimizer, data, task)
    measurement.print_result(clock, evaluate(model, data))


def schedule(task: measurement.Task) -> optax.Schedule:
    """Returns the task's learning rate by step, as Optax's own schedules give it."""
    warmup = min(task.warmup_steps, task.steps)
    peak = task.learning_rate
    # Optax counts from 0, and the first step takes one part of the rise.
    rising = optax.linear_schedule(peak / max(1, warmup), peak, max(1, warmup - 1))
    falling = optax.linear_schedule(peak, 0.0, max(1, task.steps - warmup))
    return optax.join_schedules([rising, falling], [warmup])


def train(
    model: Network, optimizer: nnx.Optimizer, data: measurement.Data, task: measurement.Task
) -> measurement.Clock:
    """Trains `model` in place and returns the clock."""
    definition, state = nnx.split((model, optimizer))
    images, labels = jnp.asarray(data.train_images), jnp.asarray(data.train_labels)
    clock = measurement.Clock(task.batch_size)
    batches = measurement.shuffled_batches(len(images), task.batch_size, task.steps, task.seed)
    for step, batch in enumerate(batches, 1):
        state = train_step(definition, state, images, labels, batch)
        if step == 1:
            jax.block_until_ready(state)
            clock.first_step_done()
        if step in (measurement.STEPS_LEFT_OUT, task.steps):
            jax.block_until_ready(state)
            clock.mark(step)
    nnx.update((model, optimizer), state)
    return clock


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def train_step(
    definition: Any, state: Any, images: jax.Array, labels: jax.Array, batch: jax.Array
) -> Any:
    """Returns the state after one step on the images at `batch`."""
    model, optimizer = nnx.merge(definition, state)

    def loss_of(model: Network) -> jax.Array:
        logits = model(images[batch].astype(jnp.float32) / 255)
        losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels[batch])
        return losses.mean()

    optimizer.update(model, nnx.grad(loss_of)(model))
    return nnx.state((model, optimizer))


def evaluate(model: Network, data: measurement.Data) -> float:
    """Returns the test accuracy."""
    model.eval()
    right = 0
    for start in range(0, len(data.test_images), EVALUATION_BATCH):
        part = slice(start, start + EVALUATION_BATCH)
        right += int((answers(model, data.test_images[part]) == data.test_labels[part]).sum())
    return right / len(data.test_images)


@nnx.jit
def answers(model: Network, images: jax.Array) -> jax.Array:
    """Returns the likeliest class of each image."""
    return model(images.astype(jnp.float32) / 255).argmax(1)


if __name__ == "__main__":
    main()
