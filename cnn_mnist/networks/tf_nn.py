"""The network with raw `tf.nn` ops: what `tf.layers` did, written out.

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
    channels = net.shape[-1]
    kernel = tf.get_variable(
        f"{name}/kernel",
        [layer.kernel_size, layer.kernel_size, channels, layer.filters],
        initializer=initializers.kernel(initializer, layer, seed),
    )
    bias = tf.get_variable(
        f"{name}/bias",
        [layer.filters],
        initializer=initializers.bias(initializer, layer, seed),
    )
    with tf.name_scope(name):
        net = tf.nn.conv2d(net, kernel, layer.stride, layer.padding.upper())
        net = tf.nn.bias_add(net, bias)
        return tf.nn.relu(net) if layer.relu else net


def _max_pool(net: Any, layer: arch.MaxPool, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height', width', channels]; unless the layer
    # says otherwise, height' is height // size
    # In the tutorial: [batch, 28, 28, 32] -> [batch, 14, 14, 32]
    #             and: [batch, 14, 14, 64] -> [batch, 7, 7, 64]
    return tf.nn.max_pool2d(net, layer.size, layer.stride, layer.padding.upper(), name=name)


def _avg_pool(net: Any, layer: arch.AvgPool, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height', width', channels], as of max pooling
    return tf.nn.avg_pool2d(net, layer.size, layer.stride, layer.padding.upper(), name=name)


def _batch_norm(net: Any, layer: arch.BatchNorm, name: str, training: bool) -> Any:
    # [batch, ..., channels] -> [batch, ..., channels], the same shape
    channels = net.shape[-1]
    ones, zeros = tf.ones_initializer(), tf.zeros_initializer()
    gamma = tf.get_variable(f"{name}/gamma", [channels], initializer=ones)
    beta = tf.get_variable(f"{name}/beta", [channels], initializer=zeros)
    moving_mean = tf.get_variable(
        f"{name}/moving_mean", [channels], initializer=zeros, trainable=False
    )
    moving_variance = tf.get_variable(
        f"{name}/moving_variance", [channels], initializer=ones, trainable=False
    )
    with tf.name_scope(name):
        if not training:
            averages = moving_mean, moving_variance
            return tf.nn.batch_normalization(net, *averages, beta, gamma, layer.epsilon)
        if len(net.shape) == 4:
            # One op for maps. The variance that it returns is that of the sample: it divides by
            # count - 1, where normalization divides by count.
            net, mean, variance = tf.nn.fused_batch_norm(net, gamma, beta, epsilon=layer.epsilon)
        else:
            mean, variance = tf.nn.moments(net, axes=[0])
            net = tf.nn.batch_normalization(net, mean, variance, beta, gamma, layer.epsilon)
        for average, value in ((moving_mean, mean), (moving_variance, variance)):
            step = (average - value) * (1 - layer.momentum)
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_sub(average, step).op)
        return net


def _flatten(net: Any, name: str) -> Any:
    # [batch, height, width, channels] -> [batch, height * width * channels]
    # In the tutorial: [batch, 7, 7, 64] -> [batch, 3136]
    height, width, channels = net.shape[1:]
    return tf.reshape(net, [-1, height * width * channels], name=name)


def _dense(net: Any, layer: arch.Dense, name: str, initializer: str, seed: int) -> Any:
    # [batch, inputs] -> [batch, units]
    # In the tutorial: [batch, 3136] -> [batch, 1024]
    #             and: [batch, 1024] -> [batch, 10]
    inputs = net.shape[-1]
    kernel = tf.get_variable(
        f"{name}/kernel",
        [inputs, layer.units],
        initializer=initializers.kernel(initializer, layer, seed),
    )
    bias = tf.get_variable(
        f"{name}/bias",
        [layer.units],
        initializer=initializers.bias(initializer, layer, seed),
    )
    with tf.name_scope(name):
        net = tf.matmul(net, kernel)
        net = tf.nn.bias_add(net, bias)
        return tf.nn.relu(net) if layer.relu else net


def _dropout(net: Any, layer: arch.Dropout, name: str, seed: Any, position: int) -> Any:
    # [batch, ...] -> [batch, ...], the same shape
    # In the tutorial: [batch, 1024] -> [batch, 1024]
    # Not tf.nn.dropout: its random numbers start again in each session, so a resumed run
    # would drop other units than an uninterrupted one.
    with tf.name_scope(name):
        seed = seed + tf.constant([position << 32, 0], tf.int64)
        return tf.nn.experimental.stateless_dropout(net, layer.rate, seed=seed)
