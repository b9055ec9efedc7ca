"""`optimize_loss`: a training step with decay, noise, clipping and summaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnn_mnist.tf1.contrib.layers.clipping import clipped_by_norm
from cnn_mnist.tf_compat import tf


def _momentum(learning_rate: Any) -> Any:
    return tf.train.MomentumOptimizer(learning_rate, momentum=0.9)


OPTIMIZER_CLS_NAMES = {
    "Adagrad": tf.train.AdagradOptimizer,
    "Adam": tf.train.AdamOptimizer,
    "Ftrl": tf.train.FtrlOptimizer,
    "Momentum": _momentum,
    "RMSProp": tf.train.RMSPropOptimizer,
    "SGD": tf.train.GradientDescentOptimizer,
}

OPTIMIZER_SUMMARIES = [
    "learning_rate",
    "loss",
    "gradients",
    "gradient_norm",
    "global_gradient_norm",
]


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: Mapping[Any, Any] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Callable[[Any, Any], Any] | None = None,
    update_ops: Any = None,
    variables: Any = None,
    name: Any = None,
    summaries: Sequence[str] | None = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Any:
    """Returns the loss as a tensor that also makes a training step.

    Args:
      loss: a scalar.
      global_step: the global step; None for the graph's, which may be missing too.
      learning_rate: a float, which becomes the variable `OptimizeLoss/learning_rate`, a scalar
        tensor, or None.
      optimizer: a name of OPTIMIZER_CLS_NAMES, a class, an optimizer, or a function that returns
        one, of the learning rate if there is one.
      gradient_noise_scale: adds truncated normal noise of this size to the gradients.
      gradient_multipliers: factors for the gradients of variables, or of their names.
      clip_gradients: the largest global norm as a float, or a function from
        (gradient, variable) pairs to such pairs.
      learning_rate_decay_fn: a function of the learning rate and the global step.
      update_ops: ops that run before the loss; those of UPDATE_OPS without it.
      variables: what is trained; all trainable variables without it.
      name: of the variable scope; `OptimizeLoss` without it.
      summaries: names of OPTIMIZER_SUMMARIES; loss, learning_rate and global_gradient_norm
        without it.
      colocate_gradients_with_ops: see `tf.train.Optimizer.compute_gradients`.
      increment_global_step: whether the step is counted.

    Raises:
      ValueError: an argument is wrong, as the message says.
    """
    loss = tf.convert_to_tensor(loss)
    tf.debugging.assert_scalar(loss)
    if global_step is None:
        global_step = tf.train.get_global_step()
    else:
        tf.train.assert_global_step(global_step)
    with tf.variable_scope(name, "OptimizeLoss", [loss, global_step]):
        if update_ops is None:
            update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        if update_ops:
            with tf.control_dependencies(list(update_ops)):
                loss = tf.identity(loss)
        rate = _rate(learning_rate)
        summaries = _checked(summaries)
        if rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in summaries:
                tf.summary.scalar("learning_rate", rate)
        opt = _optimizer(optimizer, rate)
        gradients = opt.compute_gradients(
            loss,
            tf.trainable_variables() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_noise_scale is not None:
            gradients = _with_noise(gradients, gradient_noise_scale)
        if gradient_multipliers is not None:
            gradients = _multiplied(gradients, gradient_multipliers)
        norms = bool({"global_gradient_norm", "gradient_norm"} & set(summaries))
        if norms:
            _summarize_norm("global_norm/gradient_norm", gradients)
        gradients = _clipped(gradients, clip_gradients)
        if "loss" in summaries:
            tf.summary.scalar("loss", loss)
        _summarize_each(gradients, summaries)
        if clip_gradients is not None and norms:
            _summarize_norm("global_norm/clipped_gradient_norm", gradients)
        step = opt.apply_gradients(
            gradients, global_step=global_step if increment_global_step else None, name="train"
        )
        with tf.control_dependencies([step]):
            return tf.identity(loss)


def _rate(learning_rate: Any) -> Any:
    if learning_rate is None:
        return None
    if tf.is_tensor(learning_rate) and learning_rate.get_shape().ndims == 0:
        return learning_rate
    if not isinstance(learning_rate, float):
        kind = type(learning_rate)
        raise ValueError(
            f"Learning rate should be 0d Tensor or float. Got {learning_rate} of type {kind}"
        )
    if learning_rate < 0.0:
        raise ValueError(f"Invalid learning_rate {learning_rate}.")
    initializer = tf.constant_initializer(learning_rate)
    return tf.get_variable("learning_rate", [], trainable=False, initializer=initializer)


def _checked(summaries: Sequence[str] | None) -> Sequence[str]:
    if summaries is None:
        return ("loss", "learning_rate", "global_gradient_norm")
    for summary in summaries:
        if summary not in OPTIMIZER_SUMMARIES:
            known = ", ".join(OPTIMIZER_SUMMARIES)
            raise ValueError(f"Summaries should be one of [{known}], you provided {summary}.")
    return summaries


def _optimizer(optimizer: Any, rate: Any) -> Any:
    by_rate = isinstance(optimizer, str) or (
        isinstance(optimizer, type) and issubclass(optimizer, tf.train.Optimizer)
    )
    if by_rate and rate is None:
        raise ValueError(
            f"Learning rate is None, but should be specified if optimizer is {optimizer}."
        )
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZER_CLS_NAMES:
            known = ", ".join(OPTIMIZER_CLS_NAMES)
            raise ValueError(
                f"Optimizer name should be one of [{known}], you provided {optimizer}."
            )
        return OPTIMIZER_CLS_NAMES[optimizer](learning_rate=rate)
    if by_rate:
        return optimizer(learning_rate=rate)
    found = optimizer
    if callable(optimizer) and not isinstance(optimizer, tf.train.Optimizer):
        found = optimizer() if rate is None else optimizer(rate)
    if not isinstance(found, tf.train.Optimizer):
        raise ValueError(
            "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass "
            f"of Optimizer or function with one argument that returns one. Got {optimizer}."
        )
    return found


def _with_noise(gradients: Any, scale: float) -> Any:
    noisy = []
    for gradient, variable in gradients:
        if gradient is not None:
            sparse = isinstance(gradient, tf.IndexedSlices)
            shape = gradient.dense_shape if sparse else gradient.get_shape()
            gradient = gradient + tf.truncated_normal(shape) * scale
        noisy.append((gradient, variable))
    return noisy


def _multiplied(gradients: Any, multipliers: Mapping[Any, Any]) -> Any:
    if not gradients:
        raise ValueError("there are no gradients to multiply")
    # Variables of TensorFlow 2's kind cannot be looked up in a dictionary.
    factors = {getattr(key, "name", key): factor for key, factor in multipliers.items()}
    multiplied = []
    for gradient, variable in gradients:
        if gradient is not None and variable.name in factors:
            factor = factors[variable.name]
            if isinstance(gradient, tf.IndexedSlices):
                gradient = tf.IndexedSlices(
                    gradient.values * factor, gradient.indices, gradient.dense_shape
                )
            else:
                gradient = gradient * tf.cast(factor, gradient.dtype)
        multiplied.append((gradient, variable))
    return multiplied


def _clipped(gradients: Any, clip_gradients: Any) -> Any:
    if clip_gradients is None:
        return gradients
    if isinstance(clip_gradients, float):
        return clipped_by_norm(gradients, clip_gradients)
    if callable(clip_gradients):
        return clip_gradients(gradients)
    raise ValueError(f"Unknown type {type(clip_gradients)} for clip_gradients")


def _summarize_norm(tag: str, gradients: Any) -> None:
    tf.summary.scalar(tag, tf.global_norm([gradient for gradient, _ in gradients]))


def _summarize_each(gradients: Any, summaries: Sequence[str]) -> None:
    for gradient, variable in gradients:
        if gradient is None:
            continue
        values = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
        name = variable.name.replace(":", "_")
        if "gradients" in summaries:
            tf.summary.histogram(f"gradients/{name}", values)
        if "gradient_norm" in summaries:
            tf.summary.scalar(f"gradient_norm/{name}", tf.global_norm([values]))
