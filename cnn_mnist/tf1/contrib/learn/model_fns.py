"""What a `model_fn` of `tf.contrib.learn` gets and returns."""

from __future__ import annotations

import collections
import enum
import functools
import inspect
from collections.abc import Callable
from typing import Any

from cnn_mnist.tf_compat import tf


class ModeKeys:
    """The mode that a `model_fn` is called in. `tf.estimator.ModeKeys.PREDICT` was INFER here."""

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"

    @classmethod
    def validate(cls, key: str) -> None:
        """Checks a mode.

        Raises:
          ValueError: it is none of the three.
        """
        if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
            raise ValueError(f"mode={key}: one of train, eval, infer is needed")


class PredictionKey:
    """The names of a ready-made model's predictions."""

    CLASSES = "classes"
    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    LOGISTIC = "logistic"
    SCORES = "scores"
    TOP_K = "top_k"
    GENERIC = "output"


class MetricKey:
    """The names of a ready-made model's metrics."""

    LOSS = "loss"
    AUC = "auc"
    AUC_PR = "auc_precision_recall"
    CLASS_AUC = "auc/class%d"
    CLASS_AUC_PR = "auc_precision_recall/class%d"
    PREDICTION_MEAN = "labels/prediction_mean"
    CLASS_PREDICTION_MEAN = "labels/prediction_mean/class%d"
    CLASS_LOGITS_MEAN = "labels/logits_mean/class%d"
    CLASS_PROBABILITY_MEAN = "labels/probability_mean/class%d"
    LABEL_MEAN = "labels/actual_label_mean"
    CLASS_LABEL_MEAN = "labels/actual_label_mean/class%d"
    ACCURACY = "accuracy"
    ACCURACY_BASELINE = "accuracy/baseline_label_mean"
    ACCURACY_MEAN = "accuracy/threshold_%f_mean"
    PRECISION_MEAN = "precision/positive_threshold_%f_mean"
    RECALL_MEAN = "recall/positive_threshold_%f_mean"


class ProblemType(enum.Enum):
    """What a head predicts, for the signatures of an export."""

    UNSPECIFIED = 0
    CLASSIFICATION = 1
    LINEAR_REGRESSION = 2
    LOGISTIC_REGRESSION = 3


class ModelFnOps(
    collections.namedtuple(
        "ModelFnOps",
        [
            "predictions",
            "loss",
            "train_op",
            "eval_metric_ops",
            "output_alternatives",
            "training_chief_hooks",
            "training_hooks",
            "scaffold",
            "mode",
        ],
    )
):
    """What a `model_fn` returns.

    Args:
      mode: one of `ModeKeys`.
      predictions: a tensor `[batch, ...]`, or a dict of such tensors.
      loss: the loss, with one element.
      train_op: the op that makes one step.
      eval_metric_ops: by name, `(value, update)` of each metric.
      output_alternatives: by the name of a head, `(ProblemType, dict of tensors)`, for an export.
      training_chief_hooks: hooks of training, in the chief of a cluster.
      training_hooks: hooks of training, in all workers.
      scaffold: a `tf.train.Scaffold`.

    Raises:
      ValueError: what the mode needs is missing, or the loss has several elements.
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: dict[str, Any] | None = None,
        output_alternatives: dict[Any, Any] | None = None,
        training_chief_hooks: list[Any] | None = None,
        training_hooks: list[Any] | None = None,
        scaffold: Any = None,
    ) -> ModelFnOps:
        ModeKeys.validate(mode)
        if train_op is None and mode == ModeKeys.TRAIN:
            raise ValueError("the model_fn returns no train_op for training")
        if loss is None and mode != ModeKeys.INFER:
            raise ValueError(f"the model_fn returns no loss for mode={mode}")
        if predictions is None and mode == ModeKeys.INFER:
            raise ValueError("the model_fn returns no predictions for mode=infer")
        if loss is not None:
            loss = tf.convert_to_tensor(loss)
            if loss.shape.num_elements() not in (None, 1):
                raise ValueError(f"the loss has several elements: {loss}")
            loss = tf.reshape(loss, []) if loss.shape.rank != 0 else loss
        if isinstance(predictions, dict):
            predictions = {name: _tensor(value) for name, value in predictions.items()}
        elif predictions is not None:
            predictions = _tensor(predictions)
        return super().__new__(
            cls,
            predictions,
            loss,
            train_op,
            dict(eval_metric_ops or {}),
            output_alternatives,
            list(training_chief_hooks or ()),
            list(training_hooks or ()),
            scaffold,
            mode,
        )


def _tensor(value: Any) -> Any:
    return value if isinstance(value, tf.SparseTensor) else tf.convert_to_tensor(value)


def arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """Returns the names of a function's arguments, but those that a partial one has given."""
    if isinstance(function, functools.partial):
        rest = arguments(function.func)[len(function.args) :]
        return tuple(name for name in rest if name not in function.keywords)
    return tuple(inspect.signature(function).parameters)


def call(
    function: Callable[..., Any],
    features: Any,
    labels: Any,
    mode: str,
    params: Any,
    config: Any,
    model_dir: str,
) -> ModelFnOps:
    """Calls a `model_fn` with those of `mode`, `params`, `config` and `model_dir` that it takes.

    Returns:
      Its `ModelFnOps`, also if it returns `(predictions, loss, train_op)`.

    Raises:
      ValueError: it returns something else.
    """
    offered = {"mode": mode, "params": params, "config": config, "model_dir": model_dir}
    taken = arguments(function)
    returned = function(
        features, labels, **{name: value for name, value in offered.items() if name in taken}
    )
    if isinstance(returned, ModelFnOps):
        return returned
    if not isinstance(returned, (tuple, list)) or len(returned) != 3:
        raise ValueError(
            "a model_fn of tf.contrib.learn returns ModelFnOps, or (predictions, loss, train_op), "
            f"but not {type(returned).__name__}"
        )
    predictions, loss, train_op = returned
    return ModelFnOps(mode, predictions, loss, train_op)
