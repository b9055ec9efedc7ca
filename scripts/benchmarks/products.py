"""Measures the convolutions and matrix products of a training step, each alone.

A step does for every layer the product forward, its gradient by the weights and, except in
the first layer, its gradient by the input. Their sum is the least that a step takes with these
kernels: it leaves out pooling, dropout, the loss, the optimizer and what joins them.

Takes the command's flags. Prints one JSON object: milliseconds of each, of all, and the images
per second that a step of nothing else would reach.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from cnn_mnist import estimator
from cnn_mnist.cli import command_line
from cnn_mnist.config import precision
from cnn_mnist.networks import architecture
from cnn_mnist.networks.architecture import Conv, Dense
from cnn_mnist.tf_compat import tf

ROUNDS = 15
CALLS = 3

config = command_line.parse(sys.argv[1:]).config
dtype = tf.as_dtype(precision.resolve(config.precision))


def stored(*shape: int) -> Any:
    """Returns random values that are there before a step, as those of another op would be."""
    values = tf.random.truncated_normal(shape, stddev=0.1, dtype=tf.float32)
    return tf.Variable(tf.cast(values, dtype), use_resource=True).read_value()


def of_convolution(layer: Conv, before: Any, after: Any) -> Iterator[tuple[str, Any]]:
    padding = layer.padding.upper()
    kernel_shape = [layer.kernel_size, layer.kernel_size, before[-1], layer.filters]
    images, kernel = stored(config.batch_size, *before), stored(*kernel_shape)
    gradient, strides = stored(config.batch_size, *after), [1, layer.stride, layer.stride, 1]
    yield "forward", tf.nn.conv2d(images, kernel, strides, padding)
    yield (
        "gradient by the weights",
        tf.nn.conv2d_backprop_filter(images, kernel_shape, gradient, strides, padding),
    )
    yield (
        "gradient by the input",
        tf.nn.conv2d_backprop_input(
            [config.batch_size, *before], kernel, gradient, strides, padding
        ),
    )


def of_dense(layer: Dense, before: Any) -> Iterator[tuple[str, Any]]:
    inputs, weights = stored(config.batch_size, *before), stored(*before, layer.units)
    gradient = stored(config.batch_size, layer.units)
    yield "forward", tf.matmul(inputs, weights)
    yield "gradient by the weights", tf.matmul(inputs, gradient, transpose_a=True)
    yield "gradient by the input", tf.matmul(gradient, weights, transpose_b=True)


def products() -> Iterator[tuple[str, Any]]:
    layers = architecture.parse(config.architecture)
    shapes = [architecture.IMAGE_SHAPE, *architecture.output_shapes(layers)]
    is_first = True
    for (name, layer), before, after in zip(
        architecture.named(layers), shapes[:-1], shapes[1:], strict=True
    ):
        if isinstance(layer, Conv):
            found = of_convolution(layer, before, after)
        elif isinstance(layer, Dense):
            found = of_dense(layer, before)
        else:
            continue
        for kind, product in found:
            if not (is_first and kind == "gradient by the input"):
                yield f"{name}, {kind}", product.op
        is_first = False


with tf.Graph().as_default():
    tf.set_random_seed(1)
    ops = dict(products())
    with tf.Session(config=estimator.session_config(config)) as session:
        session.run(tf.global_variables_initializer())
        calls = {name: session.make_callable(op) for name, op in ops.items()}
        times: dict[str, list[float]] = {name: [] for name in ops}
        for _ in range(ROUNDS):
            for name, call in calls.items():
                # The caches of the processor hold what the product before left.
                call()
                for _ in range(CALLS):
                    began = time.perf_counter()
                    call()
                    times[name].append(1000 * (time.perf_counter() - began))

medians = {name: statistics.median(each) for name, each in times.items()}
total = sum(medians.values())
print(
    json.dumps(
        {
            "images_per_second": 1000 * config.batch_size / total,
            "products_milliseconds": total,
            **medians,
        }
    )
)
