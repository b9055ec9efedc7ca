"""`tf.contrib.learn.monitors`: what watches training, called before and after each step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnn_mnist.tf_compat import tf


class BaseMonitor:
    """Does nothing; others override what they need and call the method of this class."""

    run_on_all_workers = False

    def __init__(self) -> None:
        self._begun = False
        self._estimator: Any = None
        self._max_steps: int | None = None

    def set_estimator(self, estimator: Any) -> None:
        """Gets the Estimator that is trained."""
        self._estimator = estimator

    def begin(self, max_steps: int | None = None) -> None:
        """Called before training, with the graph as default graph."""
        self._max_steps = max_steps
        self._begun = True

    def end(self, session: Any = None) -> None:
        """Called after training."""
        self._max_steps = None
        self._begun = False

    def epoch_begin(self, epoch: int) -> None:
        """Never called; kept for classes that override it."""

    def epoch_end(self, epoch: int) -> None:
        """Never called; kept for classes that override it."""

    def step_begin(self, step: int) -> list[Any]:
        """Called before each step; returns tensors or their names, which are run with it."""
        return []

    def step_end(self, step: int, output: dict[Any, Any]) -> bool:
        """Called after each step; `output` has the values; returns whether to stop."""
        return False

    def post_step(self, step: int, session: Any) -> None:
        """Called after `step_end`; may run ops in the session."""


class EveryN(BaseMonitor):
    """Calls its own methods each few steps, and at each of the first.

    Args:
      every_n_steps: how many steps from one call to the next.
      first_n_steps: up to which step it is called each time.
    """

    def __init__(self, every_n_steps: int = 100, first_n_steps: int = 1) -> None:
        super().__init__()
        self._every_n_steps = every_n_steps
        self._first_n_steps = first_n_steps
        self._last_successful_step: int | None = None
        self._last_active_step = 0
        self._called = False

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Returns tensors or their names, which are run with the step."""
        return []

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        """Gets the values; returns whether to stop."""
        return False

    def every_n_post_step(self, step: int, session: Any) -> None:
        """May run ops in the session; called also after the last step."""

    def step_begin(self, step: int) -> list[Any]:
        super().step_begin(step)
        self._called = (
            step <= self._first_n_steps
            or step >= self._every_n_steps + self._last_active_step
            or step == self._max_steps
        )
        return self.every_n_step_begin(step) if self._called else []

    def step_end(self, step: int, output: dict[Any, Any]) -> bool:
        super().step_end(step, output)
        return bool(self.every_n_step_end(step, output)) if self._called else False

    def post_step(self, step: int, session: Any) -> None:
        super().post_step(step, session)
        if self._called:
            self.every_n_post_step(step, session)
            self._last_active_step = step
        self._last_successful_step = step

    def end(self, session: Any = None) -> None:
        super().end(session)
        step = self._last_successful_step
        if step is not None and step != self._last_active_step:
            self.every_n_post_step(step, session)


class _HookOfMonitors(tf.train.SessionRunHook):
    """A session hook that calls monitors."""

    def __init__(self, monitors: list[BaseMonitor]) -> None:
        self._monitors = monitors

    def begin(self) -> None:
        self._last_step: int | None = None
        self._step_tensor = tf.train.get_global_step()
        for monitor in self._monitors:
            monitor.begin(max_steps=None)

    def before_run(self, run_context: Any) -> Any:
        if self._last_step is None:
            self._last_step = int(run_context.session.run(self._step_tensor)) + 1
        wanted: list[Any] = []
        for monitor in self._monitors:
            wanted += monitor.step_begin(self._last_step) or []
        fetches = {fetch: _element(fetch) for fetch in wanted}
        return tf.train.SessionRunArgs({"step": self._step_tensor, "monitors": fetches})

    def after_run(self, run_context: Any, run_values: Any) -> None:
        assert self._last_step is not None
        results = run_values.results["monitors"]
        for monitor in self._monitors:
            if monitor.step_end(self._last_step, results):
                run_context.request_stop()
        for monitor in self._monitors:
            monitor.post_step(self._last_step, run_context.session)
        self._last_step = int(run_values.results["step"]) + 1

    def end(self, session: Any) -> None:
        for monitor in self._monitors:
            monitor.end(session)


RunHookAdapterForMonitors = _HookOfMonitors


def replace_monitors_with_hooks(given: Iterable[Any] | None, estimator: Any) -> list[Any]:
    """Returns hooks: those given, and one for all monitors given.

    Args:
      given: monitors and hooks.
      estimator: the Estimator that is trained.
    """
    given = list(given or ())
    monitors = [one for one in given if isinstance(one, BaseMonitor)]
    if not estimator.config.is_chief:
        monitors = [monitor for monitor in monitors if monitor.run_on_all_workers]
    for monitor in monitors:
        monitor.set_estimator(estimator)
    hooks = [one for one in given if not isinstance(one, BaseMonitor)]
    return [*hooks, _HookOfMonitors(monitors)] if monitors else hooks


def _element(fetch: Any) -> Any:
    """Returns the tensor of a name, which may lack the `:0`, or the tensor itself."""
    if not isinstance(fetch, str):
        return fetch
    return tf.get_default_graph().as_graph_element(fetch if ":" in fetch else f"{fetch}:0")
