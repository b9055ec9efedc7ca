"""The networks of the ready-made models: linear, deep, or both."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any

from cnn_mnist.tf1.contrib.columns import base, inputs
from cnn_mnist.tf1.contrib.learn import model_fns
from cnn_mnist.tf_compat import tf

OPTIMIZERS = {
    "Adagrad": tf.train.AdagradOptimizer,
    "Adam": tf.train.AdamOptimizer,
    "Ftrl": tf.train.FtrlOptimizer,
    "Momentum": functools.partial(tf.train.MomentumOptimizer, momentum=0.9),
    "RMSProp": tf.train.RMSPropOptimizer,
    "SGD": tf.train.GradientDescentOptimizer,
}
_DEEP_RATE = 0.05
_LINEAR_RATE = 0.2


def linear(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> Any:
    """The `model_fn` of a linear model.

    Weights are the variables of `weighted_sum_from_feature_columns` in the scope `linear`.

    Args:
      features: a tensor, for a column called "", or a dict.
      labels: of the head.
      mode: one of `ModeKeys`.
      params: `head`, `feature_columns`, and `optimizer` (Ftrl by default), `gradient_clip_norm`,
        `joint_weights`.
    """
    head, columns = params["head"], params["feature_columns"]
    features = _named(features)
    with tf.variable_scope("linear"):
        logits = _linear_logits(features, columns, head, params.get("joint_weights", False))

        def train_op(loss: Any) -> Any:
            optimizer = params.get("optimizer") or tf.train.FtrlOptimizer(linear_rate(columns))
            optimizer = optimizer() if callable(optimizer) else optimizer
            variables = tf.get_collection("linear")
            return _minimize(loss, optimizer, variables, params.get("gradient_clip_norm"), True)

        return head.create_model_fn_ops(
            features, mode, labels=labels, train_op_fn=train_op, logits=logits
        )


def deep(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> Any:
    """The `model_fn` of a network of fully connected layers.

    Variables are `dnn/hiddenlayer_<number>/weights` and `biases`, `dnn/logits/weights` and
    `biases`, and embeddings below `dnn/input_from_feature_columns`.

    Args:
      features: a tensor, for a column called "", or a dict.
      labels: of the head.
      mode: one of `ModeKeys`.
      params: `head`, `feature_columns`, `hidden_units`, and `optimizer` (Adagrad with the rate 0.05
        by default), `activation_fn`, `dropout`, `gradient_clip_norm`,
        `embedding_lr_multipliers`.
    """
    head = params["head"]
    features = _named(features)
    with tf.variable_scope("dnn"):
        logits = _deep_logits(
            features,
            params["feature_columns"],
            params["hidden_units"],
            params.get("activation_fn") or tf.nn.relu,
            params.get("dropout"),
            head.logits_dimension,
            mode,
        )

        def train_op(loss: Any) -> Any:
            return _minimize(
                loss,
                optimizer_of(params.get("optimizer") or "Adagrad", _DEEP_RATE),
                tf.trainable_variables(),
                params.get("gradient_clip_norm"),
                True,
                params.get("embedding_lr_multipliers"),
            )

        return head.create_model_fn_ops(
            features, mode, labels=labels, train_op_fn=train_op, logits=logits
        )


def combined(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> Any:
    """The `model_fn` of a linear model and a deep one, whose outputs are added.

    Each part has its own optimizer. As in TensorFlow 1, each adds one to the global step unless
    `fix_global_step_increment_bug` is true, so that the step rises by two.

    Args:
      features: a dict.
      labels: of the head.
      mode: one of `ModeKeys`.
      params: those of `linear` and `deep` with the prefixes `linear_` and `dnn_`, `head`,
        `gradient_clip_norm`, `embedding_lr_multipliers` and `fix_global_step_increment_bug`.
    """
    head = params["head"]
    wide, narrow = params["linear_feature_columns"], params["dnn_feature_columns"]
    features = _named(features)
    logits = []
    if narrow:
        with tf.variable_scope("dnn"):
            activation = params.get("dnn_activation_fn") or tf.nn.relu
            logits.append(
                _deep_logits(
                    features,
                    narrow,
                    params["dnn_hidden_units"],
                    activation,
                    params.get("dnn_dropout"),
                    head.logits_dimension,
                    mode,
                )
            )
    if wide:
        with tf.variable_scope("linear"):
            joint = params.get("joint_linear_weights", False)
            logits.append(_linear_logits(features, wide, head, joint))

    def train_op(loss: Any) -> Any:
        fixed = params.get("fix_global_step_increment_bug", False)
        clip = params.get("gradient_clip_norm")
        multipliers = params.get("embedding_lr_multipliers")
        steps = []
        if narrow:
            optimizer = optimizer_of(params.get("dnn_optimizer") or "Adagrad", _DEEP_RATE)
            variables = tf.get_collection("dnn")
            steps.append(_minimize(loss, optimizer, variables, clip, not fixed, multipliers))
        if wide:
            optimizer = optimizer_of(params.get("linear_optimizer") or "Ftrl", linear_rate(wide))
            variables = tf.get_collection("linear")
            steps.append(_minimize(loss, optimizer, variables, clip, not fixed))
        if not fixed:
            return tf.group(*steps)
        with tf.control_dependencies(steps):
            return tf.assign_add(tf.train.get_global_step(), 1).op

    return head.create_model_fn_ops(
        features, mode, labels=labels, train_op_fn=train_op, logits=sum(logits[1:], logits[0])
    )


def linear_rate(columns: Any) -> float:
    """Returns the default learning rate of a linear model with these columns."""
    return min(_LINEAR_RATE, 1 / math.sqrt(len(columns)))


def optimizer_of(given: Any, rate: float) -> Any:
    """Returns an optimizer for a name of `OPTIMIZERS`, a class, a function, or an optimizer.

    Raises:
      ValueError: it is none of these.
    """
    if isinstance(given, str) and given in OPTIMIZERS:
        return OPTIMIZERS[given](learning_rate=rate)
    if isinstance(given, type) and issubclass(given, tf.train.Optimizer):
        return given(learning_rate=rate)
    if isinstance(given, tf.train.Optimizer):
        return given
    if callable(given):
        # One kind of function takes the rate, the other makes the whole optimizer.
        return given(rate) if model_fns.arguments(given) else given()
    raise ValueError(f"optimizer={given}: an optimizer, or one of {sorted(OPTIMIZERS)} is needed")


def _linear_logits(features: Any, columns: Any, head: Any, joint: bool) -> Any:
    width = head.logits_dimension
    if not _are_of_contrib(columns):
        return tf.feature_column.linear_model(
            features, columns, units=width, weight_collections=["linear"]
        )
    weighted_sum = (
        inputs.joint_weighted_sum_from_feature_columns
        if joint
        else inputs.weighted_sum_from_feature_columns
    )
    scope = tf.get_variable_scope()
    return weighted_sum(features, columns, width, ["linear"], scope=scope)[0]


def _deep_logits(
    features: Any,
    columns: Any,
    hidden_units: Iterable[int],
    activation: Any,
    dropout: float | None,
    width: int,
    mode: str,
) -> Any:
    with tf.variable_scope("input_from_feature_columns") as scope:
        if _are_of_contrib(columns):
            net = inputs.input_from_feature_columns(features, columns, ["dnn"], scope=scope)
        else:
            net = tf.feature_column.input_layer(features, columns, weight_collections=["dnn"])
    for number, units in enumerate(hidden_units):
        name = f"hiddenlayer_{number}"
        net = activation(_fully_connected(net, units, name))
        if dropout is not None and mode == model_fns.ModeKeys.TRAIN:
            net = tf.nn.dropout(net, rate=dropout)
        _summarize(net, f"dnn/{name}")
    logits = _fully_connected(net, width, "logits")
    _summarize(logits, "dnn/logits")
    return logits


def _fully_connected(net: Any, units: int, name: str) -> Any:
    """Returns `[batch, units]`; the variables are in the collection `dnn`."""
    with tf.variable_scope(name):
        weights = base.model_variable(
            "weights", [net.shape[-1], units], tf.glorot_uniform_initializer(), True, ["dnn"]
        )
        biases = base.model_variable("biases", [units], tf.zeros_initializer(), True, ["dnn"])
        return tf.nn.bias_add(tf.matmul(net, weights), biases)


def _summarize(value: Any, name: str) -> None:
    with tf.name_scope(""):
        tf.summary.scalar(f"{name}/fraction_of_zero_values", tf.nn.zero_fraction(value))
        tf.summary.histogram(f"{name}/activation", value)


def _minimize(
    loss: Any,
    optimizer: Any,
    variables: Any,
    clip_norm: float | None,
    counts: bool,
    multipliers: dict[Any, float] | None = None,
) -> Any:
    """Returns the op of one step, which may add one to the global step.

    Args:
      multipliers: factors of gradients, by embedding column.
    """
    gradients = [gradient for gradient, _ in optimizer.compute_gradients(loss, variables)]
    for column, factor in (multipliers or {}).items():
        scope = f"dnn/input_from_feature_columns/{column.name}/"
        gradients = [
            _scaled(gradient, factor) if variable.op.name.startswith(scope) else gradient
            for gradient, variable in zip(gradients, variables, strict=True)
        ]
    if clip_norm is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
    step = tf.train.get_global_step() if counts else None
    return optimizer.apply_gradients(zip(gradients, variables, strict=True), global_step=step)


def _scaled(gradient: Any, factor: float) -> Any:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return gradient * factor


def _are_of_contrib(columns: Any) -> bool:
    return all(isinstance(column, base.FeatureColumn) for column in columns)


def _named(features: Any) -> dict[Any, Any]:
    return dict(features) if isinstance(features, dict) else {"": features}
