"""`tf.contrib.training`: the training loop, and evaluation of checkpoints."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cnn_mnist.tf_compat import tf

_evaluation: Any = importlib.import_module("tensorflow.python.training.evaluation")
_checkpoints: Any = importlib.import_module("tensorflow.python.training.checkpoint_utils")

StopAfterNEvalsHook = _evaluation._StopAfterNEvalsHook
get_or_create_eval_step = _evaluation._get_or_create_eval_step


def train(
    train_op: Any,
    logdir: str | None,
    master: str = "",
    is_chief: bool = True,
    scaffold: Any = None,
    hooks: Iterable[Any] | None = None,
    chief_only_hooks: Iterable[Any] | None = None,
    save_checkpoint_secs: float | None = 600,
    save_summaries_steps: int | None = 100,
    config: Any = None,
    max_wait_secs: int = 7200,
) -> Any:
    """Runs `train_op` until a hook stops it or the input ends.

    Args:
      train_op: what `create_train_op` returns.
      logdir: where checkpoints and summaries are written; None for none.
      master: see `tf.train.MonitoredTrainingSession`, as for the others.
      is_chief: see `master`.
      scaffold: see `master`.
      hooks: see `master`. At least one is needed if there is no `logdir`.
      chief_only_hooks: see `master`.
      save_checkpoint_secs: see `master`.
      save_summaries_steps: see `master`.
      config: see `master`.
      max_wait_secs: how long a worker waits for the chief.

    Returns:
      The last loss, or None without a step.

    Raises:
      ValueError: neither `logdir` nor hooks are given for a chief that saves.
    """
    if logdir is None and is_chief and (save_summaries_steps or save_checkpoint_secs):
        raise ValueError(
            "logdir is None: save_summaries_steps and save_checkpoint_secs must be None or 0 too"
        )
    with tf.train.MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=list(hooks or ()),
        chief_only_hooks=list(chief_only_hooks or ()),
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        loss = None
        while not session.should_stop():
            loss = session.run(train_op)
    return loss


def evaluate_once(
    checkpoint_path: str,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: dict[Any, Any] | None = None,
    final_ops: Any = None,
    final_ops_feed_dict: dict[Any, Any] | None = None,
    hooks: Iterable[Any] | None = None,
    config: Any = None,
) -> Any:
    """Evaluates a checkpoint.

    Args:
      checkpoint_path: the checkpoint.
      master: of the session.
      scaffold: a `tf.train.Scaffold`.
      eval_ops: run until a hook stops it or the input ends.
      feed_dict: for `eval_ops`.
      final_ops: run at the end.
      final_ops_feed_dict: for `final_ops`.
      hooks: session hooks, such as `StopAfterNEvalsHook`.
      config: of the session.

    Returns:
      The values of `final_ops`.
    """
    return _evaluation._evaluate_once(
        checkpoint_path=checkpoint_path,
        master=master,
        scaffold=scaffold,
        eval_ops=eval_ops,
        feed_dict=feed_dict,
        final_ops=final_ops,
        final_ops_feed_dict=final_ops_feed_dict,
        hooks=list(hooks or ()),
        config=config,
    )


def evaluate_repeatedly(
    checkpoint_dir: str,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: dict[Any, Any] | None = None,
    final_ops: Any = None,
    final_ops_feed_dict: dict[Any, Any] | None = None,
    eval_interval_secs: float = 60,
    hooks: Iterable[Any] | None = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Any:
    """Evaluates each new checkpoint of a folder; see `evaluate_once` for other arguments.

    Args:
      checkpoint_dir: the folder.
      eval_interval_secs: the least time from one start to the next.
      max_number_of_evaluations: how many are evaluated; None for all.
      timeout: how long it waits for a new checkpoint; None for ever.
      timeout_fn: whether to stop after a timeout, which it does by default.

    Returns:
      The values of `final_ops` of the last evaluation, or None without one.
    """
    values = None
    paths = checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    for done, path in enumerate(paths, start=1):
        values = evaluate_once(
            path,
            master,
            scaffold,
            eval_ops,
            feed_dict,
            final_ops,
            final_ops_feed_dict,
            hooks,
            config,
        )
        if max_number_of_evaluations is not None and done >= max_number_of_evaluations:
            break
    return values


def checkpoints_iterator(
    checkpoint_dir: str,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Yields each new checkpoint of a folder; see `evaluate_repeatedly`."""
    return _checkpoints.checkpoints_iterator(checkpoint_dir, min_interval_secs, timeout, timeout_fn)


def wait_for_new_checkpoint(
    checkpoint_dir: str,
    last_checkpoint: str | None = None,
    seconds_to_sleep: float = 1,
    timeout: float | None = None,
) -> str | None:
    """Waits for another checkpoint than `last_checkpoint`; returns None after the timeout."""
    ends = None if timeout is None else time.time() + timeout
    while True:
        path = tf.train.latest_checkpoint(checkpoint_dir)
        if path is not None and path != last_checkpoint:
            return path
        if ends is not None and time.time() + seconds_to_sleep > ends:
            return None
        time.sleep(seconds_to_sleep)


class SummaryAtEndHook(tf.train.SessionRunHook):
    """Writes summaries at the end of an evaluation.

    Args:
      log_dir: where; or give `summary_writer`.
      summary_writer: a `tf.summary.FileWriter`.
      summary_op: the summaries, by default all.
      feed_dict: for `summary_op`.

    Raises:
      ValueError: neither or both of `log_dir` and `summary_writer` are given.
    """

    def __init__(
        self,
        log_dir: str | None = None,
        summary_writer: Any = None,
        summary_op: Any = None,
        feed_dict: dict[Any, Any] | None = None,
    ) -> None:
        if (log_dir is None) == (summary_writer is None):
            raise ValueError("give either log_dir or summary_writer")
        self._folder, self._writer = log_dir, summary_writer
        self._op, self._feed = summary_op, feed_dict

    def begin(self) -> None:
        if self._op is None:
            self._op = tf.summary.merge_all()
        if self._writer is None:
            self._writer = tf.summary.FileWriterCache.get(self._folder)
        self._step = tf.train.get_or_create_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        del coord
        self._writer.add_graph(session.graph)

    def end(self, session: Any) -> None:
        step = tf.train.global_step(session, self._step)
        if self._op is not None:
            self._writer.add_summary(session.run(self._op, self._feed), step)
        self._writer.flush()
