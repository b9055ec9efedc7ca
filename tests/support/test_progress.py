"""Progress is a bar on a terminal, about ten lines elsewhere, and nothing without a stream."""

import io

import pytest

from cnn_mnist.support import progress
from cnn_mnist.support.progress import BarProgress, LogLine, PlainProgress, Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def train(reporter, steps=1000, first=0, every=10):
    reporter.begin(first, steps)
    for step in range(first + every, steps + 1, every):
        reporter.step(step, 1.5, 12345.6, (steps - step) * 0.1)
    reporter.end()


@pytest.mark.parametrize(
    "seconds, text",
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (42, "42 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (185, "3 min 5 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (7805, "2 h 10 min"),
        (360000, "100 h 0 min"),
    ],
)
def test_a_duration_is_given_in_its_two_largest_units(seconds, text):
    assert progress.duration(seconds) == text


def test_a_log_line_is_a_string():
    assert LogLine("x %s") == "x %s"
    assert isinstance(LogLine("x"), str)


def test_progress_itself_prints_nothing(capfd):
    reporter = Progress()
    reporter.say("x")
    train(reporter)
    reporter.validated(5, 0.5, 0.5)
    assert capfd.readouterr() == ("", "")


def test_a_file_gets_ten_lines_for_a_training_run():
    stream = io.StringIO()
    train(PlainProgress(stream))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0] == "step 100 of 1,000  loss 1.5000  12,346 images/s  1 min 30 s left"
    assert lines[-1] == "step 1,000 of 1,000  loss 1.5000  12,346 images/s  0 s left"


def test_a_resumed_run_gets_ten_lines_for_its_remaining_steps():
    stream = io.StringIO()
    train(PlainProgress(stream), first=900)
    lines = stream.getvalue().splitlines()
    assert [line.split(" of")[0] for line in lines] == [
        f"step {n}" for n in range(910, 1000, 10)
    ] + ["step 1,000"]


@pytest.mark.parametrize("steps, most", [(1, 1), (5, 5), (10, 10), (20000, 10)])
def test_a_run_of_any_length_gets_no_more_than_ten_lines(steps, most):
    stream = io.StringIO()
    train(PlainProgress(stream), steps=steps, every=1)
    assert len(stream.getvalue().splitlines()) == most


def test_lines_about_validation_and_other_things():
    stream = io.StringIO()
    reporter = PlainProgress(stream)
    reporter.begin(0, 1000)
    reporter.validated(200, 0.98765, 0.05)
    reporter.say("Decoding mnist")
    assert stream.getvalue() == (
        "step 200 of 1,000  validation 98.77%, loss 0.0500\nDecoding mnist\n"
    )


def test_lines_go_to_standard_error(capfd):
    PlainProgress().say("x")
    assert capfd.readouterr() == ("", "x\n")


def test_a_bar_ends_full_with_loss_validation_and_rate():
    stream = Terminal()
    reporter = BarProgress(stream)
    reporter.begin(0, 1000)
    reporter.validated(200, 0.98765, 0.05)
    reporter.step(1000, 0.25, 12345.6, 0)
    reporter.end()
    last = stream.getvalue().strip("\r\n").split("\r")[-1].strip()
    assert last.startswith("1000/1000 ")
    assert last.endswith("loss 0.2500, validation 98.77%, 12,346 images/s, 0 s left")


def test_a_bar_goes_on_from_the_first_step():
    stream = Terminal()
    reporter = BarProgress(stream)
    reporter.begin(400, 1000)
    reporter.end()
    assert "400/1000" in stream.getvalue()
    assert "\r0/1000" not in stream.getvalue()


def test_a_line_beside_a_bar_is_whole():
    stream = Terminal()
    reporter = BarProgress(stream)
    reporter.begin(0, 10)
    reporter.say("a line")
    reporter.end()
    assert "a line\n" in stream.getvalue()


def test_a_bar_accepts_steps_and_its_end_without_a_beginning():
    reporter = BarProgress(Terminal())
    reporter.step(1, 1.0, 1.0, 1.0)
    reporter.end()
    reporter.end()


def test_a_terminal_gets_a_bar_and_a_file_lines():
    assert isinstance(progress.for_stream(Terminal()), BarProgress)
    assert isinstance(progress.for_stream(io.StringIO()), PlainProgress)


def test_without_a_standard_error_nothing_is_printed_on_standard_output(monkeypatch, capfd):
    """Python sets sys.stderr to None under `2>&-`, and print uses standard output for None."""
    monkeypatch.setattr(progress.sys, "stderr", None)
    reporter = progress.for_stream()
    reporter.say("x")
    train(reporter)
    assert capfd.readouterr().out == ""
