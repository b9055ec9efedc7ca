"""`MetricSpec` and the other ways to give metrics to `evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_mnist.tf1.contrib.learn import model_fns

_LABELS = ("labels", "label", "targets", "target")
_PREDICTIONS = ("predictions", "prediction", "logits", "logit")
_WEIGHTS = ("weights", "weight")


class MetricSpec:
    """A metric, and which predictions, labels and weights it takes.

    Args:
      metric_fn: the function. It gets labels, predictions and weights by the names that its
        arguments have (`labels`, `label`, `targets` or `target`, and so on). Predictions are the
        first argument if none has such a name, or the second if labels are the first.
      prediction_key: of the predictions, if they are a dict of several.
      label_key: of the labels, if they are a dict of several.
      weight_key: of a feature that has the weights.

    Raises:
      ValueError: the function takes no labels or weights, and a key for them is given.
    """

    def __init__(
        self,
        metric_fn: Callable[..., Any],
        prediction_key: str | None = None,
        label_key: str | None = None,
        weight_key: str | None = None,
    ) -> None:
        self.prediction_key = prediction_key
        self.label_key = label_key
        self.weight_key = weight_key
        self._function = metric_fn
        self._arguments = model_fns.arguments(metric_fn)
        self._labels = self._argument(_LABELS, needed=label_key is not None)
        self._predictions = self._argument(_PREDICTIONS, needed=False)
        self._weights = self._argument(_WEIGHTS, needed=weight_key is not None)

    def _argument(self, names: tuple[str, ...], needed: bool) -> str | None:
        found = [name for name in self._arguments if name in names]
        if len(found) > 1 or (needed and not found):
            raise ValueError(f"one of {names} is needed among the arguments {self._arguments}")
        return found[0] if found else None

    def metric_fn(self, labels: Any = None, predictions: Any = None, weights: Any = None) -> Any:
        """Returns what the function returns: a value, or `(value, update)`."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        if self._labels is not None:
            named[self._labels] = labels
        if self._predictions is not None:
            named[self._predictions] = predictions
        elif self._labels is not None and self._labels == self._arguments[0]:
            positional = [named.pop(self._labels), predictions]
        else:
            positional = [predictions]
        if weights is not None and self._weights is not None:
            named[self._weights] = weights
        return self._function(*positional, **named)

    def create_metric_ops(self, inputs: Any, labels: Any, predictions: Any) -> Any:
        """Returns the metric of a model.

        Args:
          inputs: the features, a dict if there is a `weight_key`.
          labels: a tensor or a dict.
          predictions: a tensor or a dict.

        Raises:
          ValueError: there are several predictions or labels and no key, or one and a key.
          KeyError: the key is not among them.
        """
        return self.metric_fn(
            labels=_chosen("label", labels, self.label_key),
            predictions=_chosen("prediction", predictions, self.prediction_key),
            weights=inputs[self.weight_key] if self.weight_key else None,
        )

    def __str__(self) -> str:
        name = getattr(self._function, "__name__", self._function)
        keys = f"{self.prediction_key}, label_key={self.label_key}, weight_key={self.weight_key}"
        return f"MetricSpec(metric_fn={name}, prediction_key={keys})"


def _chosen(what: str, values: Any, key: str | None) -> Any:
    if not isinstance(values, dict):
        if key:
            raise ValueError(f"{what}_key={key}, and the {what}s are one tensor: {values}")
        return values
    if key:
        if key not in values:
            raise KeyError(f"{what}_key={key} is not among {sorted(map(str, values))}")
        return values[key]
    if len(values) != 1:
        raise ValueError(f"a {what}_key is needed for {sorted(map(str, values))}")
    return next(iter(values.values()))


def of_model(
    metrics: dict[Any, Any] | None, features: Any, labels: Any, predictions: Any
) -> dict[str, Any]:
    """Returns the metrics that `evaluate` was given, as `(value, update)` by name.

    Args:
      metrics: by name, a `MetricSpec` or a function of predictions and labels. The name of a
        function can be `(name, name of the predictions)`.
      features: of the model.
      labels: of the model.
      predictions: of the model.

    Raises:
      ValueError: predictions are a dict, and it is not said which a function takes.
    """
    one_label = labels
    if isinstance(labels, dict) and len(labels) == 1:
        one_label = next(iter(labels.values()))
    found = {}
    for name, metric in sorted((metrics or {}).items(), key=lambda item: str(item[0])):
        if isinstance(metric, MetricSpec):
            found[name] = metric.create_metric_ops(features, labels, predictions)
        elif isinstance(name, tuple):
            if len(name) != 2 or not isinstance(predictions, dict):
                raise ValueError(f"metric {name}: (name, name of the predictions) is needed")
            of_head = labels if isinstance(labels, dict) and name[1] in labels else None
            of_labels = one_label if of_head is None else of_head[name[1]]
            found[name[0]] = metric(predictions[name[1]], of_labels)
        elif isinstance(predictions, dict):
            raise ValueError(
                f"metric {name}: predictions are {sorted(map(str, predictions))}; use a MetricSpec "
                "with a prediction_key"
            )
        else:
            found[name] = metric(predictions, one_label)
    return found
