"""`tf.contrib.learn.Estimator`."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Generator, Iterable
from typing import Any

import numpy as np

from cnn_mnist.tf1 import resuming
from cnn_mnist.tf1.contrib.learn import exports, feeding, model_fns, monitors, sessions
from cnn_mnist.tf1.contrib.learn import run_config as run_configs
from cnn_mnist.tf_compat import tf


class NotFittedError(ValueError, AttributeError):
    """The Estimator's folder has no checkpoint."""


class Estimator:
    """Trains, evaluates and uses a model.

    Args:
      model_fn: `(features, labels)`, and any of `mode`, `params`, `config` and `model_dir` by name;
        returns `ModelFnOps`, or `(predictions, loss, train_op)`.
      model_dir: where checkpoints are; by default that of `config`, else a new folder.
      config: a `RunConfig`.
      params: passed to `model_fn`.
      feature_engineering_fn: `(features, labels)`, applied to those of an `input_fn`.

    Raises:
      ValueError: `model_dir` is not that of `config`, or `model_fn` takes no `params` and there are
        some.
    """

    def __init__(
        self,
        model_fn: Callable[..., Any] | None = None,
        model_dir: str | None = None,
        config: Any = None,
        params: Any = None,
        feature_engineering_fn: Callable[[Any, Any], tuple[Any, Any]] | None = None,
    ) -> None:
        if params is not None and model_fn and "params" not in model_fns.arguments(model_fn):
            raise ValueError(f"params are given, and the model_fn {model_fn} does not take them")
        config = run_configs.RunConfig() if config is None else config
        if model_dir is not None and config.model_dir not in (None, model_dir):
            raise ValueError(f"model_dir={model_dir}, and that of config is {config.model_dir}")
        self._model_dir = model_dir or config.model_dir or tempfile.mkdtemp()
        if not (model_dir or config.model_dir):
            tf.logging.warning("Using temporary folder as model directory: %s", self._model_dir)
        self._config = config if config.model_dir else config.replace(model_dir=self._model_dir)
        self._model_fn: Any = model_fn
        self.params = params
        self._engineered = feature_engineering_fn or (lambda features, labels: (features, labels))
        self._labels: Any = None

    @property
    def config(self) -> Any:
        return copy.deepcopy(self._config)

    @property
    def model_dir(self) -> str:
        return self._model_dir

    @property
    def model_fn(self) -> Callable[..., model_fns.ModelFnOps]:
        """The `model_fn` with its `params`: `(features, labels, mode, config)`."""
        return self._call_model_fn

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        steps: int | None = None,
        batch_size: int | None = None,
        monitors: Iterable[Any] | None = None,
        max_steps: int | None = None,
    ) -> Estimator:
        """Trains.

        Args:
          x: features, instead of `input_fn`: an array, a dict of arrays, or an iterator.
          y: labels for `x`.
          input_fn: returns `(features, labels)` as tensors.
          steps: how many to train; by default until the input ends.
          batch_size: for `x`; by default all of it.
          monitors: monitors or hooks.
          max_steps: the step to train to, instead of `steps`.

        Returns:
          The Estimator itself.

        Raises:
          ValueError: arguments exclude each other, or are missing.
        """
        if steps is not None and max_steps is not None:
            raise ValueError("give either steps or max_steps")
        input_fn, feed = feeding.input_and_feed(
            x, y, input_fn, batch_size, shuffle=True, epochs=None
        )
        self._fit(input_fn, feed, steps, max_steps, monitors)
        return self

    def partial_fit(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        steps: int | None = 1,
        batch_size: int | None = None,
        monitors: Iterable[Any] | None = None,
    ) -> Estimator:
        """Trains one step, or more; see `fit`."""
        return self.fit(x, y, input_fn, steps, batch_size, monitors)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        feed_fn: Callable[[], dict[Any, Any]] | None = None,
        batch_size: int | None = None,
        steps: int | None = None,
        metrics: dict[Any, Any] | None = None,
        name: str | None = None,
        checkpoint_path: str | None = None,
        hooks: Iterable[Any] | None = None,
        log_progress: bool = True,
    ) -> dict[str, Any]:
        """Evaluates a checkpoint.

        Args:
          x: features, instead of `input_fn`; see `fit`.
          y: labels for `x`.
          input_fn: returns `(features, labels)` as tensors.
          feed_fn: returns the feed of each step for the placeholders of `input_fn`.
          batch_size: for `x`; by default all of it.
          steps: how many batches; by default until the input ends.
          metrics: further metrics, see `metrics.of_model`.
          name: summaries are written to the folder `eval_<name>`, by default `eval`.
          checkpoint_path: by default the latest.
          hooks: session hooks.
          log_progress: whether each step is logged.

        Returns:
          The value of each metric by its name, with `loss` and `global_step`.

        Raises:
          ValueError: arguments exclude each other, are missing, or `metrics` are not a dict.
          NotFittedError: there is no checkpoint.
        """
        feeding.check_arguments(x, y, input_fn, feed_fn, batch_size)
        if x is not None:
            input_fn, feed_fn = feeding.input_and_feed(x, y, None, batch_size)
        if metrics is not None and not isinstance(metrics, dict):
            raise ValueError(f"metrics={metrics}: a dict is needed")
        assert input_fn is not None
        results, self._labels = sessions.evaluate(
            self._call_model_fn,
            input_fn,
            feed_fn,
            steps,
            metrics,
            name,
            checkpoint_path or self._latest_checkpoint(),
            hooks,
            log_progress,
            self._config,
        )
        return results

    def predict(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Iterable[str] | None = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        """Predicts.

        An `input_fn` that is not of queues gives one batch, as in TensorFlow 1.

        Args:
          x: features, instead of `input_fn`; see `fit`.
          input_fn: returns features, or `(features, labels)`.
          batch_size: for `x`; by default all of it.
          outputs: which predictions, if they are a dict.
          as_iterable: whether to return an iterator over examples; else arrays.
          iterate_batches: whether the iterator gives whole batches.

        Raises:
          ValueError: arguments exclude each other, or no prediction has such a name.
          NotFittedError: there is no checkpoint.
        """
        batches = self._batches(x, input_fn, batch_size, outputs)
        if as_iterable:
            return batches if iterate_batches else sessions.examples(batches)
        batch = next(batches)
        batches.close()
        return batch

    def get_variable_value(self, name: str) -> np.ndarray:
        """Returns the value of a variable in the latest checkpoint."""
        return tf.train.load_variable(self._model_dir, name)

    def get_variable_names(self) -> list[str]:
        """Returns the names of the variables in the latest checkpoint."""
        return [name for name, _ in tf.train.list_variables(self._model_dir)]

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_fn: Callable[[], Any],
        default_output_alternative_key: str | None = None,
        assets_extra: dict[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        graph_rewrite_specs: Any = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """Writes a SavedModel into a new folder, whose name is the time in seconds.

        Args:
          export_dir_base: the folder of the new one.
          serving_input_fn: returns `InputFnOps`.
          default_output_alternative_key: the head that is served by default, if there are several.
          assets_extra: files to copy to `assets.extra`: their paths there, and here.
          as_text: whether it is written as text.
          checkpoint_path: by default the latest.
          graph_rewrite_specs: must be left out; the graph is written as it is.
          strip_default_attrs: whether attributes with default values are left out.

        Returns:
          The new folder.

        Raises:
          ValueError: the graph should be rewritten, which is gone, or the head is unknown.
          NotFittedError: there is no checkpoint.
        """
        if graph_rewrite_specs is not None:
            raise ValueError("graph_rewrite_specs: TensorFlow 2 has no such rewriting of graphs")
        checkpoint_path = checkpoint_path or self._latest_checkpoint()
        return exports.write(
            lambda features: self._call_model_fn(features, None, model_fns.ModeKeys.INFER),
            serving_input_fn,
            checkpoint_path,
            export_dir_base,
            default_output_alternative_key,
            assets_extra,
            as_text,
            strip_default_attrs,
        )

    def _call_model_fn(
        self, features: Any, labels: Any, mode: str, config: Any = None
    ) -> model_fns.ModelFnOps:
        features, labels = self._engineered(features, labels)
        config = config or self.config
        return model_fns.call(
            self._model_fn, features, labels, mode, self.params, config, self._model_dir
        )

    def _latest_checkpoint(self) -> str:
        checkpoint = tf.train.latest_checkpoint(self._model_dir)
        if not checkpoint:
            raise NotFittedError(f"there is no checkpoint in {self._model_dir}; call fit first")
        return checkpoint

    def _trained_steps(self) -> int:
        if not tf.train.latest_checkpoint(self._model_dir):
            return 0
        return int(tf.train.load_variable(self._model_dir, tf.GraphKeys.GLOBAL_STEP))

    def _fit(
        self,
        input_fn: Callable[[], Any],
        feed: Any,
        steps: int | None,
        max_steps: int | None,
        given: Iterable[Any] | None,
    ) -> None:
        resuming.say(self._model_dir)
        if max_steps is not None and self._trained_steps() >= max_steps:
            tf.logging.info("Skipping training since max_steps has already saved.")
            return
        hooks = monitors.replace_monitors_with_hooks(given, self)
        if feed:
            hooks.insert(0, tf.train.FeedFnHook(feed))
        if steps is not None or max_steps is not None:
            hooks.append(tf.train.StopAtStepHook(steps, max_steps))
        loss, self._labels = sessions.train(self._call_model_fn, input_fn, hooks, self._config)
        tf.logging.info("Loss for final step: %s.", loss)

    def _batches(
        self,
        x: Any,
        input_fn: Callable[[], Any] | None,
        batch_size: int | None,
        outputs: Iterable[str] | None,
    ) -> Generator[Any, None, None]:
        input_fn, feed = feeding.input_and_feed(x, None, input_fn, batch_size)
        checkpoint = self._latest_checkpoint()
        return sessions.predict(
            self._call_model_fn, input_fn, feed, outputs, checkpoint, self._labels, self._config
        )
