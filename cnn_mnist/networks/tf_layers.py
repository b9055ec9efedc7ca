"""The network with `tf.layers`, as in the TensorFlow 1.x layers tutorial.

For the tutorial's architecture:

    images           [batch, 28, 28, 1]
    conv2d           [batch, 28, 28, 32]   kernel [5, 5, 1, 32]    bias [32]
    max_pooling2d    [batch, 14, 14, 32]
    conv2d_1         [batch, 14, 14, 64]   kernel [5, 5, 32, 64]   bias [64]
    max_pooling2d_1  [batch, 7, 7, 64]
    flatten          [batch, 3136]
    dense            [batch, 1024]         kernel [3136, 1024]     bias [1024]
    dropout          [batch, 1024]
    dense_1          [batch, 10]           kernel [1024, 10]       bias [10]
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.networks import architecture as arch
from cnn_mnist.networks import initializers
from cnn_mnist.tf_compat import tf


def network(
    images: Any,
    architecture: arch.Architecture,
    training: bool,
    dropout_seed: Any = None,
    initializer: str = "glorot_uniform",
) -> Any:
    """Builds the network on the current graph.

    Args:
      images: float32 `[batch, 28, 28, 1]`, 0 to 1.
      architecture: the layers.
      training: whether dropout layers drop.
      dropout_seed: int64 `[2]`, decides what they drop; needed while training.
      initializer: one of `config.fields.INITIALIZERS`.

    Returns:
      Logits, float32 `[batch, classes]`.
    """
    return layer_outputs(images, architecture, training, dropout_seed, initializer)[-1]


def layer_outputs(
    images: Any,
    architecture: arch.Architecture,
    training: bool,
    dropout_seed: Any = None,
    initializer: str = "glorot_uniform",
) -> list[Any]:
    """Builds the same, and returns what each layer gives, `[batch, ...]`; the last: logits."""
    outputs = []
    net = images
    for position, layer in enumerate(architecture):
        name = arch.layer_names(architecture)[position]
        if isinstance(layer, arch.Conv):
            net = _conv(net, layer, name, initializer, seed=position)
        elif isinstance(layer, arch.MaxPool):
            net = _max_pool(net, layer, name)
        elif isinstance(layer, arch.Flatten):
            net = _flatten(net, name)
        elif isinstance(layer, arch.Dense):
            net = _dense(net, layer, name, initializer, seed=position)
        elif training:
            net = _dropout(net, layer, name, dropout_seed, position)
        outputs.append(net)
    return outputs


def _conv(net: Any, layer: arch.Conv, name: str, initializer: str, seed: int) -> Any:
    # [batch, height, width, channels] -> [batch, height', width', filters]
    return tf.layers.conv2d(
        net,
        filters=layer.filters,
        kernel_size=layer.kernel_size,
        padding=layer.padding,
        activation=tf.nn.relu,
        kernel_initializer=initializers.kernel(initializer, layer, seed),
        bias_initializer=initializers.bias(initializer, layer, seed),
        name=name,
    )


def _max_pool(net: Any, layer: arch.MaxPool, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height / size, width / size, channels]
    return tf.layers.max_pooling2d(net, pool_size=layer.size, strides=layer.size, name=name)


def _flatten(net: Any, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height * width * channels]
    return tf.layers.flatten(net, name=name)


def _dense(net: Any, layer: arch.Dense, name: str, initializer: str, seed: int) -> Any:
    # [batch, inputs] -> [batch, units]
    return tf.layers.dense(
        net,
        units=layer.units,
        activation=tf.nn.relu if layer.relu else None,
        kernel_initializer=initializers.kernel(initializer, layer, seed),
        bias_initializer=initializers.bias(initializer, layer, seed),
        name=name,
    )


def _dropout(net: Any, layer: arch.Dropout, name: str, seed: Any, position: int) -> Any:
    # Not tf.layers.dropout: its generator starts afresh in each session, so a run that
    # was resumed would drop other units than one that was not.
    with tf.name_scope(name):
        seed = seed + tf.constant([position << 32, 0], tf.int64)
        return tf.nn.experimental.stateless_dropout(net, layer.rate, seed=seed)
