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
      training: whether the dropout layers are active, and batch normalization uses the mean and
        variance of the batch. The updates of its moving averages are then in the collection
        `tf.GraphKeys.UPDATE_OPS`, and the training step must run them.
      dropout_seed: int64 `[2]`, decides which values they drop; needed in training.
      initializer: one of `config.choices.INITIALIZERS`.

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
    """Builds the network and returns each layer's output, `[batch, ...]`; the last is logits."""
    outputs = []
    net = images
    for position, (name, layer) in enumerate(arch.named(architecture)):
        if isinstance(layer, arch.Conv):
            net = _conv(net, layer, name, initializer, seed=position)
        elif isinstance(layer, arch.MaxPool):
            net = _max_pool(net, layer, name)
        elif isinstance(layer, arch.AvgPool):
            net = _avg_pool(net, layer, name)
        elif isinstance(layer, arch.BatchNorm):
            net = _batch_norm(net, layer, name, training)
        elif isinstance(layer, arch.Relu):
            net = tf.nn.relu(net, name=name)
        elif isinstance(layer, arch.Flatten):
            net = _flatten(net, name)
        elif isinstance(layer, arch.Dense):
            net = _dense(net, layer, name, initializer, seed=position)
        elif training:
            net = _dropout(net, layer, name, dropout_seed, position)
        outputs.append(net)
    return outputs


def _conv(net: Any, layer: arch.Conv, name: str, initializer: str, seed: int) -> Any:
    # [batch, height, width, channels] -> [batch, height', width', filters]; with padding "same"
    # height' is height / stride, rounded up
    # In the tutorial: [batch, 28, 28, 1] -> [batch, 28, 28, 32]
    #             and: [batch, 14, 14, 32] -> [batch, 14, 14, 64]
    return tf.layers.conv2d(
        net,
        filters=layer.filters,
        kernel_size=layer.kernel_size,
        strides=layer.stride,
        padding=layer.padding,
        activation=tf.nn.relu if layer.relu else None,
        kernel_initializer=initializers.kernel(initializer, layer, seed),
        bias_initializer=initializers.bias(initializer, layer, seed),
        name=name,
    )


def _max_pool(net: Any, layer: arch.MaxPool, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height', width', channels]; unless the layer
    # says otherwise, height' is height // size
    # In the tutorial: [batch, 28, 28, 32] -> [batch, 14, 14, 32]
    #             and: [batch, 14, 14, 64] -> [batch, 7, 7, 64]
    return tf.layers.max_pooling2d(net, layer.size, layer.stride, layer.padding, name=name)


def _avg_pool(net: Any, layer: arch.AvgPool, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height', width', channels], as of max pooling
    return tf.layers.average_pooling2d(net, layer.size, layer.stride, layer.padding, name=name)


def _batch_norm(net: Any, layer: arch.BatchNorm, name: str, training: bool) -> Any:
    # [batch, ..., channels] -> [batch, ..., channels], the same shape
    return tf.layers.batch_normalization(
        net,
        momentum=layer.momentum,
        epsilon=layer.epsilon,
        training=training,
        name=name,
    )


def _flatten(net: Any, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height * width * channels]
    # In the tutorial: [batch, 7, 7, 64] -> [batch, 3136]
    return tf.layers.flatten(net, name=name)


def _dense(net: Any, layer: arch.Dense, name: str, initializer: str, seed: int) -> Any:
    # [batch, inputs] -> [batch, units]
    # In the tutorial: [batch, 3136] -> [batch, 1024]
    #             and: [batch, 1024] -> [batch, 10]
    return tf.layers.dense(
        net,
        units=layer.units,
        activation=tf.nn.relu if layer.relu else None,
        kernel_initializer=initializers.kernel(initializer, layer, seed),
        bias_initializer=initializers.bias(initializer, layer, seed),
        name=name,
    )


def _dropout(net: Any, layer: arch.Dropout, name: str, seed: Any, position: int) -> Any:
    # [batch, ...] -> [batch, ...], the same shape
    # In the tutorial: [batch, 1024] -> [batch, 1024]
    # Not tf.layers.dropout: its random numbers start again in each session, so a resumed run
    # would drop other units than an uninterrupted one.
    with tf.name_scope(name):
        seed = seed + tf.constant([position << 32, 0], tf.int64)
        return tf.nn.experimental.stateless_dropout(net, layer.rate, seed=seed)
