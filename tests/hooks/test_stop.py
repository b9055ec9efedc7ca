from __future__ import annotations

import dataclasses
import os
import signal
import time

import pytest
from recorded_lines import RecordedLines

from cnn_mnist import experiment
from cnn_mnist.hooks import stop as stop_hook
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import tf


@pytest.mark.usefixtures("sighup_is_heard")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_training_after_the_step_and_saves_it(small_config, small, number, with_hook):
    class Kill(tf.train.SessionRunHook):
        steps = 0

        def after_run(self, run_context, run_values):
            self.steps += 1
            if self.steps == 7:
                os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    recorder = RecordedLines()
    config = dataclasses.replace(small_config, architecture="flatten, dense 10")
    result = experiment.train(with_hook(config, Kill()), recorder, small)
    assert result.stopped_by == number
    assert result.last_step == 7 == checkpoints.latest_step(config.model_dir)
    assert recorder.lines == ["Stopping after this step and saving; once more to stop at once"]
    assert signal.getsignal(number) is before


def test_a_signal_that_comes_while_a_line_is_written_breaks_nothing():
    """Like Python's streams, this one raises if it is written to while it is writing."""

    class Busy(Progress):
        is_writing = False

        def say(self, text):
            if self.is_writing:
                raise RuntimeError("reentrant call")
            self.is_writing = True
            os.kill(os.getpid(), signal.SIGINT)
            self.is_writing = False

    busy = Busy()
    with stop_hook.StopRequest(busy) as stop:
        busy.say("step 40 of 100,000")
        assert stop.signal == signal.SIGINT


def test_a_signal_that_is_ignored_stays_so():
    """`nohup` ignores SIGHUP; a shell without job control ignores Ctrl-C in what it starts."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_hook.StopRequest(Progress()) as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop.signal is None
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_signal_ends_the_process_within_the_step(monkeypatch):
    """A double of os._exit, so that this process goes on; a slow test ends a real one."""
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with stop_hook.StopRequest(Progress()) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert (stop.signal, ended) == (signal.SIGTERM, [])
        time.sleep(stop_hook._SECOND_AFTER + 0.1)
        os.kill(os.getpid(), signal.SIGINT)
    assert ended == [128 + signal.SIGINT]


@pytest.mark.usefixtures("sighup_is_heard")
def test_a_signal_that_comes_twice_at_once_counts_once():
    """A terminal that closes sends SIGHUP to its session and to the processes that run in it."""
    with stop_hook.StopRequest(Progress()) as stop:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.02)
        assert stop.signal == signal.SIGHUP
