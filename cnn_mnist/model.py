"""`model_fn`: builds the graph of an Estimator in its three modes, TRAIN, EVAL and PREDICT."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cnn_mnist import metrics
from cnn_mnist.config import Config
from cnn_mnist.networks import architecture
from cnn_mnist.networks.variants import LAYER_OUTPUTS, NETWORKS
from cnn_mnist.plots import graph_groups
from cnn_mnist.plots.graph_groups import beside_the_network
from cnn_mnist.tf_compat import estimator, tf

SOFTMAX_NAME = "softmax_tensor"
SOFTMAX_TENSOR = f"{SOFTMAX_NAME}:0"
"""The probabilities, by the name that the tutorial gave them: float32 `[batch, classes]`."""
SCALED_NAME = "scale_pixels/truediv"
"""The op of the scaled pixels, float32 `[batch, 28, 28, 1]`, in a graph that takes uint8."""
STEP_TENSOR = f"{graph_groups.TRAINING}/step:0"
"""The number of steps before this one, in the training graph: int64 `[]`."""
LOSS_TENSOR = "loss/mean:0"
"""The mean loss of the batch, in the training graph: float32 `[]`."""
LOSSES_NAME = "example_losses"
LOSSES_TENSOR = f"{LOSSES_NAME}:0"
"""The loss of each example, in the evaluation graph: float32 `[batch]`."""
CLASSES_NAME = "predicted_classes"
CLASSES_TENSOR = f"{CLASSES_NAME}:0"
"""The predicted classes, in the evaluation graph: int64 `[batch]`."""
EPOCH_TENSORS = tuple(
    f"{graph_groups.TRAINING}/epoch/{name}:0" for name in ("losses", "right", "learning_rate")
)
"""Of each training step: the losses, float32 `[batch]`; whether each example was classified
correctly, bool `[batch]`; and the learning rate, float32 `[]`."""

_HISTOGRAM_VALUES = 50_000


def model_fn(features: dict[str, Any], labels: Any, mode: str, params: dict[str, Any]) -> Any:
    """Builds the graph of one mode.

    Args:
      features: `{"image": uint8 [batch, 28, 28, 1]}`, 0 is background; or float32, 0 to 1. In a
        cluster also `batch`, int64 `[]`, the number by which dropout is drawn; on several devices
        int64 `[devices]`, and `image` and `labels` hold a batch for each, one after the other.
      labels: int32 `[batch]`; None in PREDICT mode.
      mode: one of `tf.estimator.ModeKeys`.
      params: `{"config": Config}`; in a cluster also `tasks`, how many compute, and in a
        synchronous one `all_reduce`, a `cluster.all_reduce.AllReduce`. `devices` are the names of
        those that compute each training step together, empty for one alone.

    Returns:
      An `EstimatorSpec`.
    """
    config: Config = params["config"]
    training = mode == estimator.ModeKeys.TRAIN
    step = _step() if training else None
    if training and params.get("devices"):
        logits = _logits_of_devices(features["image"], features["batch"], config, params["devices"])
    else:
        # In a cluster two tasks may begin at the same step, but no two take the same batch.
        logits = _logits(features["image"], config, features.get("batch", step))
    if mode == estimator.ModeKeys.PREDICT:
        return _predict(_predictions(logits))
    predictions = _predictions(logits, CLASSES_NAME)
    with tf.name_scope("loss/"):
        losses = _losses(labels, logits)
        all_reduce = params.get("all_reduce") if training else None
        loss = tf.reduce_mean(losses, name="of_this_task" if all_reduce else "mean")
    if training:
        return _train(features["image"], labels, predictions, losses, loss, step, params)
    tf.identity(losses, LOSSES_NAME)
    with tf.name_scope("metrics"):
        measured = metrics.evaluation_metrics(labels, predictions["classes"], config.classes)
    return estimator.EstimatorSpec(
        mode, loss=loss, eval_metric_ops=measured, scaffold=graph_groups.Scaffold()
    )


def validation_tensors(features: dict[str, Any], labels: Any, config: Config) -> dict[str, Any]:
    """Adds the evaluation of one batch to the training graph of `model_fn`.

    It uses the variables of that graph, so validation does not need a second session.

    Returns:
      `classes` (int64 `[batch]`), `labels` (int32 `[batch]`), `losses` (float32 `[batch]`) and
      `probabilities` (float32 `[batch, classes]`).
    """
    group = beside_the_network(graph_groups.VALIDATION)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True), group:
        logits = _logits(features["image"], config)
        return {
            **_predictions(logits),
            "labels": labels,
            "losses": _losses(labels, logits),
        }


def layer_outputs(image: Any, config: Config) -> dict[str, Any]:
    """Builds the network for prediction and returns the output of each layer.

    Args:
      image: uint8 `[batch, 28, 28, 1]`.
      config: the settings of the run.

    Returns:
      float32 `[batch, ...]` by the layer's name; convolutions after the ReLU that they have.
      Dropout layers are left out, because they act in training only.
    """
    layers = architecture.parse(config.architecture)
    build = LAYER_OUTPUTS[config.variant]
    outputs = build(scaled(image), layers, training=False, initializer=config.initializer)
    return {
        name: output
        for (name, layer), output in zip(architecture.named(layers), outputs, strict=True)
        if not isinstance(layer, architecture.Dropout)
    }


def scaled(image: Any) -> Any:
    """Scales uint8 pixels to the network's input, float32 from 0 to 1.

    This happens in the graph, so that training, evaluation and serving cannot differ.
    Float32 images, which one signature of an export takes, are returned unchanged.
    """
    if image.dtype == tf.float32:
        return image
    with tf.name_scope("scale_pixels"):
        return tf.cast(image, tf.float32) / 255.0


def learning_rate_at(step: Any, config: Config) -> Any:
    """Returns the learning rate of a step, float32 `[]`.

    It rises linearly over `warmup_steps`. Then it stays constant (`constant`), or falls
    to zero at `train_steps`: linearly (`linear`) or along half a cosine (`cosine`,
    https://arxiv.org/abs/1608.03983).
    """
    with tf.name_scope("schedule"):
        step = tf.cast(step, tf.float32)
        warmup = float(min(config.warmup_steps, config.train_steps))
        rising = (step + 1.0) / warmup if warmup else tf.constant(1.0)
        passed = (step - warmup) / max(1.0, config.train_steps - warmup)
        passed = tf.clip_by_value(passed, 0.0, 1.0)
        shapes = {
            "constant": tf.constant(1.0),
            "linear": 1.0 - passed,
            "cosine": 0.5 * (1.0 + tf.cos(3.14159265 * passed)),
        }
        return config.learning_rate * tf.minimum(tf.minimum(rising, 1.0), shapes[config.schedule])


def _step() -> Any:
    with beside_the_network(graph_groups.TRAINING):
        return tf.identity(tf.train.get_or_create_global_step(), "step")


def _logits(image: Any, config: Config, step: Any = None) -> Any:
    pixels = scaled(image)
    layers = architecture.parse(config.architecture)
    network = NETWORKS[config.variant]
    if step is None:
        return network(pixels, layers, training=False, initializer=config.initializer)
    with beside_the_network(graph_groups.TRAINING):
        seed = tf.stack([tf.constant(config.seed, tf.int64), step], name="dropout_seed")
    return network(pixels, layers, True, seed, config.initializer)


def _logits_of_devices(image: Any, batches: Any, config: Config, devices: Sequence[str]) -> Any:
    """Builds the network once on each device, for its part of the images.

    The first device holds the variables, and the others read them in each step. Each normalizes
    its own batch, and the first one's means move the averages of batch normalization.

    Returns:
      The logits of all images, float32 `[devices * batch, classes]`.
    """
    with tf.name_scope(f"{graph_groups.INPUT}/"):
        parts = tf.split(image, len(devices))
        batches = tf.unstack(batches, len(devices))
    # On no device by name, for a saver writes a file for each name; it is the first all the same.
    logits = [_logits(parts[0], config, batches[0])]
    updates_of_first = len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    for number, device in enumerate(devices[1:], start=1):
        shared = tf.variable_scope(tf.get_variable_scope(), reuse=True)
        group = beside_the_network(graph_groups.REPLICAS)
        with tf.device(device), shared, group, tf.name_scope(f"replica_{number}"):
            logits.append(_logits(parts[number], config, batches[number]))
    del tf.get_collection_ref(tf.GraphKeys.UPDATE_OPS)[updates_of_first:]
    return tf.concat(logits, 0, name="logits_of_all")


def _predictions(logits: Any, classes_name: str | None = None) -> dict[str, Any]:
    return {
        "classes": tf.argmax(logits, axis=1, name=classes_name),
        "probabilities": tf.nn.softmax(logits, name=SOFTMAX_NAME),
    }


def _losses(labels: Any, logits: Any) -> Any:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def _predict(predictions: dict[str, Any]) -> Any:
    outputs = estimator.export.PredictOutput(predictions)
    return estimator.EstimatorSpec(
        estimator.ModeKeys.PREDICT,
        predictions=predictions,
        export_outputs={tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY: outputs},
    )


def _train(
    image: Any,
    labels: Any,
    predictions: dict[str, Any],
    losses: Any,
    loss: Any,
    step: Any,
    params: dict[str, Any],
) -> Any:
    config: Config = params["config"]
    devices = params.get("devices", ())
    with tf.name_scope("batch_accuracy"):
        right = tf.equal(predictions["classes"], tf.cast(labels, tf.int64))
        accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    with beside_the_network(graph_groups.TRAINING):
        rate = learning_rate_at(step, config)
        if config.scale_learning_rate:
            rate = rate * params.get("tasks", len(devices) or 1)
        _name_for_epochs(losses, right, rate)
        optimizer = _optimizer(rate, config)
    gradients = None
    if params.get("all_reduce"):
        with beside_the_network(graph_groups.TRAINING):
            of_this_task = optimizer.compute_gradients(loss)
        gradients, loss = params["all_reduce"].mean(of_this_task, loss)
        with tf.name_scope("loss/"):
            loss = tf.identity(loss, "mean")
    _add_summaries(image, loss, accuracy, rate)
    group = beside_the_network(graph_groups.TRAINING)
    # A network with batch normalization updates its moving averages in each step; one without
    # has no updates here. The step must be read before the update increments it.
    first = tf.control_dependencies([step, *tf.get_collection(tf.GraphKeys.UPDATE_OPS)])
    with tf.variable_creator_scope(_outside_of_name_scopes), group, first:
        global_step = tf.train.get_global_step()
        train_op = (
            optimizer.apply_gradients(gradients, global_step)
            if gradients
            # Colocated, each device computes the gradients of its own images.
            else optimizer.minimize(loss, global_step, colocate_gradients_with_ops=bool(devices))
        )
    return estimator.EstimatorSpec(
        estimator.ModeKeys.TRAIN, loss=loss, train_op=train_op, scaffold=graph_groups.Scaffold()
    )


def _outside_of_name_scopes(create: Any, **arguments: Any) -> Any:
    """Creates a variable under its own name, by which checkpoints know it.

    Adam's `beta1_power` would otherwise take the name scope into its name.
    """
    with tf.name_scope(None):
        return create(**arguments)


def _optimizer(rate: Any, config: Config) -> Any:
    if config.optimizer == "adam":
        return tf.train.AdamOptimizer(rate)
    if config.optimizer == "momentum":
        return tf.train.MomentumOptimizer(rate, momentum=0.9)
    return tf.train.GradientDescentOptimizer(rate)


def _name_for_epochs(losses: Any, right: Any, rate: Any) -> None:
    """Gives the values that are added up by epoch the names in `EPOCH_TENSORS`."""
    with tf.name_scope("epoch"):
        tf.identity(losses, "losses")
        tf.identity(right, "right")
        tf.identity(rate, "learning_rate")


def _evenly_spaced(variable: Any) -> Any:
    """Returns at most `_HISTOGRAM_VALUES` of a variable's values, evenly spaced.

    The histogram of all 3 million weights of a dense layer takes as long as five steps.
    """
    count = math.prod(variable.shape.as_list())
    # With an even stride all values would come from the same few columns.
    stride = math.ceil(count / _HISTOGRAM_VALUES) | 1
    return tf.reshape(variable, [-1])[::stride]


def _add_summaries(image: Any, loss: Any, accuracy: Any, rate: Any) -> None:
    # Estimator adds a second summary of the loss unless an op of this name is one.
    loss_summary = tf.raw_ops.ScalarSummary(tags="loss", values=loss, name="loss/")
    # The functions of tf.summary would put the name scope into each tag.
    with beside_the_network(graph_groups.SUMMARIES):
        summaries = [
            loss_summary,
            tf.raw_ops.ScalarSummary(tags="accuracy", values=accuracy, name="accuracy"),
            tf.raw_ops.ScalarSummary(tags="learning_rate", values=rate, name="learning_rate"),
            tf.raw_ops.ImageSummary(
                tag="training_images", tensor=image, max_images=6, name="training_images"
            ),
            *map(_histogram, tf.trainable_variables()),
        ]
    for summary in summaries:
        tf.add_to_collection(tf.GraphKeys.SUMMARIES, summary)


def _histogram(variable: Any) -> Any:
    name = variable.op.name
    with tf.name_scope(name) as scope:
        return tf.raw_ops.HistogramSummary(tag=name, values=_evenly_spaced(variable), name=scope)
