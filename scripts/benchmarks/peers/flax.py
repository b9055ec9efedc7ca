"""The tutorial's network in Flax NNX with Optax, one jitted train step with donated state."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from benchmarks.peers import measurement

EVALUATION_BATCH = 1000


class Network(nnx.Module):
    """The network; images are `[batch, 28, 28, 1]`, weights float32."""

    def __init__(self, dropout_rate: float, dtype: jnp.dtype, rngs: nnx.Rngs) -> None:
        conv = partial(nnx.Conv, kernel_size=(5, 5), padding="SAME", dtype=dtype, rngs=rngs)
        self.conv1 = conv(1, 32)
        self.conv2 = conv(32, 64)
        self.dense1 = nnx.Linear(7 * 7 * 64, 1024, dtype=dtype, rngs=rngs)
        self.dropout = nnx.Dropout(dropout_rate, rngs=rngs)
        self.dense2 = nnx.Linear(1024, 10, dtype=dtype, rngs=rngs)

    def __call__(self, images: jax.Array) -> jax.Array:
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
    schedule = lambda step: task.learning_rate * rate_factor(step, task)
    optimizer = nnx.Optimizer(model, optax.adam(schedule), wrt=nnx.Param)
    clock = train(model, optimizer, data, task)
    measurement.print_result(clock, evaluate(model, data))


def rate_factor(step, task):
    warmup = min(task.warmup_steps, task.steps)
    falling = 1.0 - (step - warmup) / max(1, task.steps - warmup)
    return jnp.clip(jnp.minimum((step + 1) / max(1, warmup), falling), 0.0, 1.0)


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def train_step(definition, state, images, labels, batch):
    model, optimizer = nnx.merge(definition, state)

    def loss_of(model):
        logits = model(images[batch].astype(jnp.float32) / 255)
        losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels[batch])
        return losses.mean()

    loss, gradients = nnx.value_and_grad(loss_of)(model)
    optimizer.update(model, gradients)
    return nnx.state((model, optimizer)), loss


def train(model, optimizer, data, task):
    definition, state = nnx.split((model, optimizer))
    images, labels = jnp.asarray(data.train_images), jnp.asarray(data.train_labels)
    clock = measurement.Clock(task.batch_size)
    batches = measurement.shuffled_batches(len(images), task.batch_size, task.steps, task.seed)
    for step, batch in enumerate(batches, 1):
        state, loss = train_step(definition, state, images, labels, batch)
        if step == 1:
            loss.block_until_ready()
            clock.first_step_done()
        if step in (measurement.STEPS_LEFT_OUT, task.steps):
            jax.block_until_ready(state)
            clock.mark(step)
    nnx.update((model, optimizer), state)
    return clock


def evaluate(model, data):
    model.eval()

    @nnx.jit
    def answers(model, images):
        return model(images.astype(jnp.float32) / 255).argmax(1)

    right = 0
    for start in range(0, len(data.test_images), EVALUATION_BATCH):
        part = slice(start, start + EVALUATION_BATCH)
        right += int((answers(model, data.test_images[part]) == data.test_labels[part]).sum())
    return right / len(data.test_images)


if __name__ == "__main__":
    main()
