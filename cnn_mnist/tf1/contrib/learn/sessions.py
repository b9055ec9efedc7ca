"""Trains, evaluates and predicts with a `model_fn` in monitored sessions."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

import numpy as np

from cnn_mnist.tf1.contrib.learn import metrics, model_fns
from cnn_mnist.tf_compat import tf

_evaluation: Any = importlib.import_module("tensorflow.python.training.evaluation")
_training_util: Any = importlib.import_module("tensorflow.python.training.training_util")

Model = Callable[[Any, Any, str], model_fns.ModelFnOps]
"""`(features, labels, mode)`, in the current graph."""


def train(
    model: Model, input_fn: Callable[[], Any], hooks: Iterable[Any], config: Any
) -> tuple[Any, Any]:
    """Trains until a hook stops it or the input ends.

    Args:
      model: the model.
      input_fn: returns `(features, labels)`.
      hooks: session hooks.
      config: a `RunConfig` with a `model_dir`.

    Returns:
      `(loss of the last step, signature of the labels)`.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.tf_random_seed)
        step = tf.train.create_global_step(graph)
        features, labels = input_fn()
        signature = _signature(labels)
        # Hooks read the step from here, before the update of the same run.
        _training_util._get_or_create_global_step_read()
        ops = model(features, labels, model_fns.ModeKeys.TRAIN)
        tf.add_to_collection(tf.GraphKeys.LOSSES, ops.loss)
        scaffold = ops.scaffold or tf.train.Scaffold()
        _set_saver(scaffold, config)
        shown = {"loss": ops.loss, "step": step}
        all_hooks = [
            *hooks,
            tf.train.NanTensorHook(ops.loss),
            tf.train.LoggingTensorHook(shown, every_n_iter=100),
            *ops.training_hooks,
        ]
        loss = None
        with tf.train.MonitoredTrainingSession(
            master=config.master,
            is_chief=config.is_chief,
            checkpoint_dir=config.model_dir,
            scaffold=scaffold,
            hooks=all_hooks,
            chief_only_hooks=[
                *_savers(config, scaffold, all_hooks, ops),
                *ops.training_chief_hooks,
            ],
            save_checkpoint_secs=0,
            save_summaries_steps=config.save_summary_steps,
            config=_session_config(config),
        ) as session:
            while not session.should_stop():
                _, loss = session.run([ops.train_op, ops.loss])
        return loss, signature


def evaluate(
    model: Model,
    input_fn: Callable[[], Any],
    feed: Callable[[], dict[Any, Any]] | None,
    steps: int | None,
    given: dict[Any, Any] | None,
    name: str | None,
    checkpoint_path: str,
    hooks: Iterable[Any] | None,
    log_progress: bool,
    config: Any,
) -> tuple[dict[str, Any], Any]:
    """Evaluates a checkpoint; see `Estimator.evaluate`.

    Returns:
      `(value of each metric by its name, signature of the labels)`.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.tf_random_seed)
        step = tf.train.create_global_step(graph)
        features, labels = input_fn()
        signature = _signature(labels)
        ops = model(features, labels, model_fns.ModeKeys.EVAL)
        found = dict(ops.eval_metric_ops)
        # Those that are given replace those of the model.
        found.update(metrics.of_model(given, features, labels, ops.predictions))
        found.setdefault(model_fns.MetricKey.LOSS, tf.metrics.mean(ops.loss))
        updates = [value[1] for value in found.values() if _is_streaming(value)]
        values = {key: value[0] if _is_streaming(value) else value for key, value in found.items()}
        values[tf.GraphKeys.GLOBAL_STEP] = step
        all_hooks = list(hooks or ())
        if feed:
            all_hooks.append(tf.train.FeedFnHook(feed))
        if steps:
            all_hooks.append(_evaluation._StopAfterNEvalsHook(steps, log_progress=log_progress))
        results = _evaluation._evaluate_once(
            checkpoint_path=checkpoint_path,
            master=config.evaluation_master,
            scaffold=ops.scaffold,
            eval_ops=tf.group(*updates) if updates else None,
            final_ops=values,
            hooks=all_hooks,
            config=_session_config(config),
        )
        folder = os.path.join(config.model_dir, f"eval_{name}" if name else "eval")
        _write_summary(folder, results)
    return results, signature


def predict(
    model: Model,
    input_fn: Callable[[], Any],
    feed: Callable[[], dict[Any, Any]] | None,
    outputs: Iterable[str] | None,
    checkpoint_path: str,
    signature: Any,
    config: Any,
) -> Generator[Any, None, None]:
    """Returns an iterator over batches of predictions; see `Estimator.predict`.

    Args:
      signature: of the labels of an earlier training or evaluation. The model gets placeholders
        for them, which nothing feeds, because a `model_fn` without `mode` needs labels.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(config.tf_random_seed)
        tf.train.create_global_step(graph)
        returned = input_fn()
        features = returned[0] if isinstance(returned, (list, tuple)) else returned
        ops = model(features, _placeholders(signature), model_fns.ModeKeys.INFER)
        predictions = _chosen(ops.predictions, outputs)
        session = tf.train.MonitoredSession(
            tf.train.ChiefSessionCreator(
                checkpoint_filename_with_path=checkpoint_path,
                scaffold=ops.scaffold,
                config=_session_config(config),
            )
        )
    queues = bool(graph.get_collection(tf.GraphKeys.QUEUE_RUNNERS))
    return _batches(session, predictions, feed, once=not queues and feed is None)


def examples(batches: Iterable[Any]) -> Iterator[Any]:
    """Yields the predictions of each example of batches."""
    for batch in batches:
        if not isinstance(batch, dict):
            yield from batch
            continue
        first = next(iter(batch.values()))
        count = first.dense_shape[0] if hasattr(first, "dense_shape") else len(first)
        for index in range(count):
            yield {key: value[index] for key, value in batch.items()}


def _session_config(config: Any) -> Any:
    return config.session_config or tf.ConfigProto(allow_soft_placement=True)


def _set_saver(scaffold: Any, config: Any) -> None:
    if scaffold.saver or tf.get_collection(tf.GraphKeys.SAVERS):
        return
    saver = tf.train.Saver(
        sharded=True,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        defer_build=True,
        save_relative_paths=True,
    )
    tf.add_to_collection(tf.GraphKeys.SAVERS, saver)


def _savers(config: Any, scaffold: Any, hooks: list[Any], ops: model_fns.ModelFnOps) -> list[Any]:
    """Returns the hook that saves checkpoints, unless the model or the caller has one."""
    there = [*hooks, *ops.training_chief_hooks]
    every = config.save_checkpoints_secs or config.save_checkpoints_steps
    if not every or any(isinstance(hook, tf.train.CheckpointSaverHook) for hook in there):
        return []
    return [
        tf.train.CheckpointSaverHook(
            config.model_dir,
            save_secs=config.save_checkpoints_secs,
            save_steps=config.save_checkpoints_steps,
            scaffold=scaffold,
        )
    ]


def _batches(session: Any, predictions: Any, feed: Any, once: bool) -> Generator[Any, None, None]:
    """Runs the predictions until the input ends, which leaves the block of the session."""
    with session:
        while not session.should_stop():
            if feed is None:
                fed = None
            else:
                try:
                    fed = feed()
                except StopIteration:
                    return
            yield session.run(predictions, fed)
            if once:
                return


def _chosen(predictions: Any, outputs: Iterable[str] | None) -> Any:
    if not outputs:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError(f"outputs={outputs}, and the predictions are one tensor")
    chosen = {key: value for key, value in predictions.items() if key in outputs}
    if not chosen:
        raise ValueError(f"outputs={outputs}: there are {sorted(predictions)}")
    return chosen


def _is_streaming(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2


def _signature(labels: Any) -> Any:
    """Returns type and shape of each label, for placeholders of a later prediction."""
    if labels is None:
        return None
    if isinstance(labels, dict):
        return {key: _signature(value) for key, value in labels.items()}
    if isinstance(labels, tf.SparseTensor):
        return labels.dtype, None
    labels = tf.convert_to_tensor(labels)
    return labels.dtype, labels.shape


def _placeholders(signature: Any) -> Any:
    """Returns labels for a `model_fn` that needs some also to predict; nothing feeds them."""
    if signature is None:
        return None
    if isinstance(signature, dict):
        return {key: _placeholders(value) for key, value in signature.items()}
    dtype, shape = signature
    if shape is None:
        return tf.sparse_placeholder(dtype)
    return tf.placeholder(dtype, [None, *shape[1:]] if shape.rank else shape)


def _write_summary(folder: str, results: dict[str, Any]) -> None:
    step = int(results[tf.GraphKeys.GLOBAL_STEP])
    shown = ", ".join(f"{key} = {value}" for key, value in sorted(results.items(), key=str))
    tf.logging.info("Saving dict for global step %d: %s", step, shown)
    summary = tf.Summary()
    for key, value in results.items():
        if key != tf.GraphKeys.GLOBAL_STEP and np.ndim(value) == 0 and np.isreal(value):
            summary.value.add(tag=str(key), simple_value=float(value))
    writer = tf.summary.FileWriterCache.get(folder)
    writer.add_summary(summary, step)
    writer.flush()
