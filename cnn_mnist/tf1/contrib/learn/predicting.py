"""What classifiers and regressors add to an Estimator: `predict_classes` and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cnn_mnist.tf1.contrib.learn.estimator import Estimator
from cnn_mnist.tf1.contrib.learn.model_fns import PredictionKey


class _Predictor(Estimator):
    """An Estimator that has one prediction by default."""

    _default_output: str

    def predict(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Iterable[str] | None = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        """Predicts; without `outputs` the classes, or the scores of a regressor.

        See `Estimator.predict`.
        """
        if outputs:
            return super().predict(x, input_fn, batch_size, outputs, as_iterable, iterate_batches)
        return self._one(self._default_output, x, input_fn, batch_size, as_iterable)

    def _one(
        self, key: str, x: Any, input_fn: Any, batch_size: int | None, as_iterable: bool
    ) -> Any:
        """Returns one prediction of each example, without its name."""
        found = super().predict(x, input_fn, batch_size, [key], as_iterable)
        return (prediction[key] for prediction in found) if as_iterable else found[key]


class Classifier(_Predictor):
    """An Estimator of classes."""

    _default_output = PredictionKey.CLASSES

    def predict_classes(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """Returns the class of each example; see `Estimator.predict`."""
        return self._one(PredictionKey.CLASSES, x, input_fn, batch_size, as_iterable)

    def predict_proba(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """Returns the probabilities `[classes]` of each example; see `Estimator.predict`."""
        return self._one(PredictionKey.PROBABILITIES, x, input_fn, batch_size, as_iterable)


class Regressor(_Predictor):
    """An Estimator of numbers."""

    _default_output = PredictionKey.SCORES

    def predict_scores(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """Returns the number, or the numbers, of each example; see `Estimator.predict`."""
        return self._one(PredictionKey.SCORES, x, input_fn, batch_size, as_iterable)
