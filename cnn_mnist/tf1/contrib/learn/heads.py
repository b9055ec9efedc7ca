"""Heads: what a ready-made model predicts from its outputs, its loss and its metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.columns import base
from cnn_mnist.tf1.contrib.learn import model_fns
from cnn_mnist.tf_compat import tf

_Keys = model_fns.MetricKey


class Head:
    """A head of one output.

    The loss that is trained is the mean over examples of weight times loss. The one that is
    reported is the sum of those divided by the sum of the weights.

    Args:
      problem: what it predicts.
      logits_dimension: how many outputs of the model it takes.
      scope: its variable scope, if it has no name.
      label_name: of its labels, if they are a dict.
      weight_column_name: the feature that has the weights of examples.
      enable_centered_bias: whether it learns a bias of its own, by Adagrad with 0.1.
      head_name: ends the names of its metrics.
    """

    def __init__(
        self,
        problem: model_fns.ProblemType,
        logits_dimension: int,
        scope: str,
        label_name: str | None,
        weight_column_name: str | None,
        enable_centered_bias: bool,
        head_name: str | None,
    ) -> None:
        self.logits_dimension = logits_dimension
        self.head_name = head_name
        self._problem, self._scope = problem, scope
        self._label_name, self._weight_name = label_name, weight_column_name
        self._centered = enable_centered_bias

    def create_model_fn_ops(
        self,
        features: Any,
        mode: str,
        labels: Any = None,
        train_op_fn: Callable[[Any], Any] | None = None,
        logits: Any = None,
        logits_input: Any = None,
        scope: Any = None,
    ) -> model_fns.ModelFnOps:
        """Returns what a `model_fn` does.

        Args:
          features: a dict.
          mode: one of `ModeKeys`.
          labels: a tensor or a dict.
          train_op_fn: returns the op that makes one step, for the loss.
          logits: the model's outputs `[batch, logits_dimension]`.
          logits_input: instead of `logits`, the last layer, for a linear one.
          scope: the variable scope.

        Raises:
          ValueError: there are neither `logits` nor `logits_input`, or both; or `train_op_fn` is
            missing in training.
        """
        model_fns.ModeKeys.validate(mode)
        if (logits is None) == (logits_input is None):
            raise ValueError("give either logits or logits_input")
        with tf.variable_scope(scope, default_name=self.head_name or self._scope):
            if logits is None:
                logits = linear(logits_input, self.logits_dimension, "logits")
            bias = None
            if self._centered:
                bias = tf.Variable(tf.zeros([self.logits_dimension]), name="centered_bias_weight")
                logits = tf.nn.bias_add(logits, bias)
            with tf.name_scope("predictions"):
                predictions = self._predicted(logits)
            loss = train_op = metrics = None
            if mode != model_fns.ModeKeys.INFER and labels is not None:
                labels = labels[self._label_name] if isinstance(labels, dict) else labels
                weights = self._weights(features)
                loss, reported = self._loss(labels, logits, weights)
                with tf.name_scope(""):
                    tf.summary.scalar(self._name(_Keys.LOSS), tf.identity(reported))
                if mode == model_fns.ModeKeys.TRAIN:
                    train_op = self._train_op(loss, labels, weights, bias, logits, train_op_fn)
                with tf.name_scope("metrics"):
                    metrics = {_Keys.LOSS: tf.metrics.mean(reported)}
                    metrics.update(self._metrics(labels, predictions, weights))
                    metrics = {self._name(key): metric for key, metric in metrics.items()}
            return model_fns.ModelFnOps(
                mode,
                predictions,
                loss,
                train_op,
                metrics,
                {self.head_name: (self._problem, self._exported(predictions))},
            )

    def _name(self, key: str) -> str:
        return f"{key}/{self.head_name}" if self.head_name else key

    def _weights(self, features: Any) -> Any:
        """Returns the weights as `[batch, 1]`, or None."""
        if not self._weight_name:
            return None
        if self._weight_name not in features:
            raise ValueError(f"there is no feature {self._weight_name!r}, which has the weights")
        weights = tf.cast(features[self._weight_name], tf.float32)
        return tf.reshape(weights, [-1, 1]) if weights.shape.rank == 1 else weights

    def _loss(self, labels: Any, logits: Any, weights: Any) -> tuple[Any, Any]:
        """Returns the loss that is trained and the one that is reported."""
        losses = self._losses(labels, logits)
        if weights is None:
            loss = tf.reduce_mean(losses)
            return loss, loss
        weighted = losses * weights
        total = tf.reduce_sum(tf.broadcast_to(weights, tf.shape(losses)))
        return tf.reduce_mean(weighted), tf.reduce_sum(weighted) / total

    def _train_op(
        self, loss: Any, labels: Any, weights: Any, bias: Any, logits: Any, train_op_fn: Any
    ) -> Any:
        if train_op_fn is None:
            raise ValueError("train_op_fn is missing, and the mode is train")
        if bias is None:
            return train_op_fn(loss)
        of_bias = tf.tile(tf.expand_dims(bias, 0), [tf.shape(logits)[0], 1])
        bias_loss = tf.reduce_mean(tf.stack(self._loss(labels, of_bias, weights)))
        bias_op = tf.train.AdagradOptimizer(0.1).minimize(bias_loss, var_list=[bias])
        return tf.group(train_op_fn(loss), bias_op)

    def _losses(self, labels: Any, logits: Any) -> Any:
        """Returns the loss of each example, or of each of its outputs."""
        raise NotImplementedError

    def _predicted(self, logits: Any) -> dict[str, Any]:
        raise NotImplementedError

    def _metrics(self, labels: Any, predictions: dict[str, Any], weights: Any) -> dict[str, Any]:
        return {}

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return predictions


def linear(inputs: Any, units: int, name: str) -> Any:
    """Returns a linear layer `[batch, units]` with the variables `weights` and `biases`."""
    with tf.variable_scope(name):
        xavier, zeros = tf.glorot_uniform_initializer(), tf.zeros_initializer()
        weights = base.model_variable("weights", [inputs.shape[-1], units], xavier, True, None)
        biases = base.model_variable("biases", [units], zeros, True, None)
        return tf.nn.bias_add(tf.matmul(inputs, weights), biases)


def two_dimensions(labels: Any) -> Any:
    """Returns labels `[batch]` as `[batch, 1]`, and others as they are."""
    return tf.expand_dims(labels, 1) if labels.shape.rank == 1 else labels
