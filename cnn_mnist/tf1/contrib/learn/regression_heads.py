"""Heads that predict numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.learn import heads, model_fns
from cnn_mnist.tf_compat import tf

_Predictions = model_fns.PredictionKey
_PROBLEM = model_fns.ProblemType.LINEAR_REGRESSION


class _RegressionHead(heads.Head):
    def __init__(self, link_fn: Any, losses: Any, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._link, self._of_example = link_fn, losses

    def _losses(self, labels: Any, logits: Any) -> Any:
        return self._of_example(heads.two_dimensions(tf.cast(labels, tf.float32)), logits)

    def _predicted(self, logits: Any) -> dict[str, Any]:
        scores = tf.squeeze(logits, axis=[1]) if self.logits_dimension == 1 else logits
        return {_Predictions.SCORES: self._link(scores)}


def regression_head(
    label_name: str | None = None,
    weight_column_name: str | None = None,
    label_dimension: int = 1,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    link_fn: Callable[[Any], Any] | None = None,
) -> heads.Head:
    """Returns a head whose loss is the squared error.

    Args:
      label_name: of its labels, if they are a dict.
      weight_column_name: the feature that has the weights of examples.
      label_dimension: how many numbers an example has.
      enable_centered_bias: whether it learns a bias of its own.
      head_name: ends the names of its metrics.
      link_fn: applied to the model's outputs for the predictions.
    """
    return _RegressionHead(
        link_fn or tf.identity,
        lambda labels, logits: tf.square(logits - labels),
        _PROBLEM,
        label_dimension,
        "regression_head",
        label_name,
        weight_column_name,
        enable_centered_bias,
        head_name,
    )


def poisson_regression_head(
    label_name: str | None = None,
    weight_column_name: str | None = None,
    label_dimension: int = 1,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
) -> heads.Head:
    """Returns a head for counts, whose loss is `tf.nn.log_poisson_loss`; see `regression_head`."""
    return _RegressionHead(
        tf.exp,
        lambda labels, logits: tf.nn.log_poisson_loss(labels, logits, compute_full_loss=True),
        _PROBLEM,
        label_dimension,
        "regression_head",
        label_name,
        weight_column_name,
        enable_centered_bias,
        head_name,
    )
