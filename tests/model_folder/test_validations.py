"""Which validation is best, when to stop, and a record in which a crash damages one line only."""

import json
import math

import pytest

from cnn_mnist.config import checks
from cnn_mnist.config.choices import METRICS, MONITOR_MODES
from cnn_mnist.errors import UserError
from cnn_mnist.hooks.monitor import Monitor
from cnn_mnist.model_folder import validations
from cnn_mnist.model_folder.validations import Validation

NAN, INF = math.nan, math.inf


def of(*values, metric="accuracy") -> list[Validation]:
    """Returns validations at steps 10, 20, … with these values of one metric."""
    others = {"accuracy": 0.5, "loss": 1.0}
    return [Validation(10 * (n + 1), {**others, metric: value}) for n, value in enumerate(values)]


def best_step(monitor, *values):
    best = monitor.best(of(*values, metric=monitor.metric))
    return None if best is None else best.step


# Which is best.


def test_every_metric_but_the_loss_is_better_when_higher():
    assert {name for name, mode in METRICS.items() if mode == "min"} == {"loss"}
    assert set(METRICS.values()) == {"min", "max"}
    assert list(METRICS) == [
        "accuracy",
        "loss",
        "lowest_class_accuracy",
        *(f"class_accuracy/{label}" for label in range(100)),
    ]


@pytest.mark.parametrize("metric", list(METRICS)[:13])
@pytest.mark.parametrize("mode", MONITOR_MODES)
def test_each_metric_is_judged_in_each_mode(metric, mode):
    highest = {"max": True, "min": False, "auto": metric != "loss"}[mode]
    monitor = Monitor(metric, mode)
    assert monitor.higher_is_better is highest
    assert best_step(monitor, 0.5, 0.75, 0.25) == (20 if highest else 30)


def test_a_metric_is_judged_by_its_own_values_only():
    history = [
        Validation(10, {"accuracy": 0.9, "loss": 3.0}),
        Validation(20, {"accuracy": 0.8, "loss": 2.0}),
    ]
    assert Monitor("accuracy").best(history).step == 10
    assert Monitor("loss").best(history).step == 20


def test_the_earliest_of_equal_validations_is_best():
    assert best_step(Monitor("accuracy"), 0.5, 0.75, 0.75, 0.5, 0.75) == 20
    assert best_step(Monitor("loss"), 2.0, 1.0, 1.0) == 20


def test_the_best_does_not_depend_on_min_delta():
    assert best_step(Monitor("accuracy", min_delta=0.5), 0.5, 0.51, 0.52) == 30


def test_without_validations_there_is_no_best():
    assert Monitor("accuracy").best([]) is None


@pytest.mark.parametrize("nothing", [NAN, INF, -INF])
@pytest.mark.parametrize("mode", ["max", "min"])
def test_nan_and_infinity_are_worse_than_anything(nothing, mode):
    """The record holds null for both, and a restart must not decide differently."""
    monitor = Monitor("loss", mode)
    assert best_step(monitor, nothing) is None
    assert best_step(monitor, nothing, 1.0, nothing) == 20
    assert best_step(monitor, nothing, nothing, 1.0, 1.0) == 30
    assert not monitor.improves(*of(nothing, nothing, metric="loss"))


def test_a_metric_that_was_not_measured_counts_as_nan():
    old, new = Validation(10, {"loss": 1.0}), Validation(20, {"accuracy": 0.1})
    assert not Monitor("accuracy").improves(old, new)
    assert Monitor("accuracy").improves(new, old)


@pytest.mark.parametrize(
    ("mode", "old", "new", "by", "better"),
    [
        ("max", 0.5, 0.75, 0.0, True),
        ("max", 0.5, 0.5, 0.0, False),
        ("max", 0.5, 0.75, 0.25, False),
        ("max", 0.5, 0.75, 0.2, True),
        ("max", 0.75, 0.5, 0.2, False),
        ("min", 0.75, 0.5, 0.0, True),
        ("min", 0.75, 0.5, 0.25, False),
        ("min", 0.75, 0.5, 0.2, True),
        ("min", 0.5, 0.75, 0.2, False),
    ],
)
def test_an_improvement_must_exceed_min_delta(mode, old, new, by, better):
    before, after = of(old, new)
    assert Monitor("accuracy", mode).improves(after, before, by) is better
    assert Monitor("accuracy", mode).improves(after, None, by)


# When to stop.


def keras_stops_at(values, higher, patience, min_delta):
    """Returns the position at which Keras's EarlyStopping ends training, or None."""
    best, wait = (-INF if higher else INF), 0
    for place, value in enumerate(values):
        wait += 1
        if (value - min_delta > best) if higher else (value + min_delta < best):
            best, wait = value, 0
        elif wait >= patience:
            return place
    return None


def stops_at(monitor, values):
    """Returns the position at which the monitor stops, checked after each validation, or None."""
    history = of(*values, metric=monitor.metric)
    for place in range(len(history)):
        if monitor.stops(history[: place + 1]):
            return place
    return None


CURVES = [
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
    [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
    [0.5] * 8,
    [0.5, 0.4, 0.5, 0.51, 0.5, 0.5, 0.52, 0.5, 0.5, 0.5],
    [0.5, 0.6, NAN, 0.55, 0.61, NAN, NAN, NAN],
    [0.9, 0.91, 0.92, 0.93, 0.94, 0.95],
    [0.5, 0.505, 0.51, 0.515, 0.52, 0.525, 0.53],
    [0.3, 0.1, 0.2, 0.35, 0.3, 0.3, 0.36, 0.1, 0.1, 0.1],
]


@pytest.mark.parametrize("values", CURVES, ids=str)
@pytest.mark.parametrize("metric", ["accuracy", "loss"])
@pytest.mark.parametrize("patience", [1, 2, 3, 20])
@pytest.mark.parametrize("min_delta", [0.0, 0.01, 0.15])
def test_training_stops_where_keras_would(values, metric, patience, min_delta):
    monitor = Monitor(metric, patience=patience, min_delta=min_delta)
    expected = keras_stops_at(values, metric == "accuracy", patience, min_delta)
    assert stops_at(monitor, values) == expected


def test_the_curves_above_stop_early_late_and_never():
    ends = {keras_stops_at(values, True, 2, 0.0) for values in CURVES}
    assert {None, 2, 3} <= ends


def test_without_patience_training_never_stops():
    assert stops_at(Monitor("loss", patience=0), [1.0] + [2.0] * 50) is None


@pytest.mark.parametrize(
    ("values", "waited"),
    [
        ([], 0),
        ([0.5], 0),
        ([0.5, 0.5], 1),
        ([0.5, 0.6], 0),
        ([0.5, 0.4, 0.3, 0.2], 3),
        ([0.5, 0.4, 0.6, 0.6], 1),
        # Before the first number there is no value to improve on.
        ([NAN, NAN], 2),
        ([NAN, 0.5], 0),
        ([0.5, NAN, 0.4], 2),
    ],
)
def test_validations_since_the_last_improvement_are_counted(values, waited):
    assert Monitor("accuracy").waited(of(*values)) == waited


def test_small_improvements_add_up_against_the_last_that_counted():
    """A step of 0.004 does not count, but the third value is 0.012 above the first, and does."""
    monitor = Monitor("accuracy", min_delta=0.01)
    assert [monitor.waited(of(*[0.5, 0.504, 0.508, 0.512][:n])) for n in (1, 2, 3, 4)] == [
        0,
        1,
        2,
        0,
    ]


# Metrics that --monitor may name.


@pytest.mark.parametrize("name", [*list(METRICS)[:13], "class_accuracy/99"])
def test_every_metric_may_be_named(name):
    checks.check_field("--monitor", "monitor", name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("f1", ""),
        ("", ""),
        ([], ""),
        ("Accuracy", "did you mean accuracy? "),
        ("class_accuracy/100", "did you mean class_accuracy/LABEL? "),
        ("Class_Accuracy/3", "did you mean class_accuracy/3? "),
        ("class_accuracy", "did you mean class_accuracy/LABEL? "),
    ],
)
def test_another_name_is_refused_with_a_list_of_the_metrics(name, meant):
    with pytest.raises(UserError) as caught:
        checks.check_field("--monitor", "monitor", name)
    assert str(caught.value) == (
        f"--monitor is {name!r}; {meant}allowed: accuracy, loss, lowest_class_accuracy, "
        "class_accuracy/0 to class_accuracy/99"
    )


# The record.


@pytest.fixture
def record(tmp_path):
    return tmp_path / validations.VALIDATIONS_FILE


def steps(folder, last_step=None):
    return [validation.step for validation in validations.read(str(folder), last_step)]


def test_validations_are_read_back_in_order_of_steps(tmp_path, record):
    history = of(0.1, 1 / 3, 1e-9)
    for validation in (history[1], history[0], history[2]):
        validations.append(str(tmp_path), validation)
    assert validations.read(str(tmp_path)) == history
    assert record.read_text().count("\n") == 3


def test_without_a_record_there_are_no_validations(tmp_path):
    assert validations.read(str(tmp_path)) == []
    assert validations.read(str(tmp_path / "missing")) == []


def test_only_validations_up_to_a_step_are_read(tmp_path):
    for validation in of(0.1, 0.2, 0.3):
        validations.append(str(tmp_path), validation)
    assert steps(tmp_path, 30) == [10, 20, 30]
    assert steps(tmp_path, 29) == [10, 20]
    assert steps(tmp_path, 0) == []


def test_the_later_of_two_validations_at_one_step_counts(tmp_path):
    for value in (0.1, 0.2, 0.15):
        validations.append(str(tmp_path), Validation(10, {"accuracy": value, "loss": 1.0}))
    assert validations.read(str(tmp_path)) == [Validation(10, {"accuracy": 0.15, "loss": 1.0})]


def test_nan_and_infinity_are_written_as_null_and_read_as_nan(tmp_path, record):
    metrics = {"accuracy": 0.5, "loss": INF, "class_accuracy/9": NAN}
    validations.append(str(tmp_path), Validation(10, metrics))

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    written = json.loads(record.read_text(), parse_constant=refuse)
    assert written == {"step": 10, "accuracy": 0.5, "loss": None, "class_accuracy/9": None}
    (found,) = validations.read(str(tmp_path))
    assert found.metrics["accuracy"] == 0.5
    assert math.isnan(found.metrics["loss"]) and math.isnan(found.metrics["class_accuracy/9"])


@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("values", [[INF, INF, 1.0, NAN, INF, INF], [2.0, INF, 1.0, 1.0, 1.0]])
def test_validations_read_back_are_judged_like_the_measured_ones(tmp_path, values, patience):
    monitor = Monitor("loss", patience=patience)
    history = of(*values, metric="loss")
    for number, validation in enumerate(history):
        validations.append(str(tmp_path), validation)
        read = validations.read(str(tmp_path))
        assert monitor.waited(read) == monitor.waited(history[: number + 1])
        assert monitor.best(read) == monitor.best(history[: number + 1])


@pytest.mark.parametrize("kept", [1, 10, 30])
def test_a_last_line_that_was_cut_off_is_left_out_and_swallows_no_other(tmp_path, record, kept):
    first, lost, later = of(0.1, 0.2, 0.3)
    validations.append(str(tmp_path), first)
    whole = record.read_bytes()
    record.write_bytes(whole + validations.as_json(lost).encode()[:kept][:-1] + b"{")
    assert steps(tmp_path) == [10]
    validations.append(str(tmp_path), later)
    assert steps(tmp_path) == [10, 30]


def test_a_last_line_that_lacks_only_its_end_still_counts(tmp_path, record):
    first, second = of(0.1, 0.2)
    validations.append(str(tmp_path), first)
    record.write_bytes(record.read_bytes().rstrip(b"\n"))
    validations.append(str(tmp_path), second)
    assert validations.read(str(tmp_path)) == [first, second]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"   ",
        b"\0\0\0\0",
        b"\xff\xfe{",
        b"null",
        b"7",
        b"[10]",
        b'"step"',
        b"{}",
        b'{"accuracy": 0.5}',
        b'{"step": null}',
        b'{"step": "ten"}',
        b'{"step": Infinity}',
        b'{"step": 20, "accuracy": "much"}',
        b'{"step": 20, "accuracy": [0.5]}',
        b'{"step": 20, "accuracy": {}}',
    ],
    ids=repr,
)
def test_a_line_that_is_not_a_validation_is_left_out(tmp_path, record, garbage):
    validations.append(str(tmp_path), of(0.1)[0])
    record.write_bytes(record.read_bytes() + garbage + b"\n")
    validations.append(str(tmp_path), Validation(30, {"accuracy": 0.5, "loss": 1.0}))
    assert steps(tmp_path) == [10, 30]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_model_that_diverged_is_never_the_best_whatever_its_accuracy(loss):
    diverged = Validation(2, {"accuracy": 0.9, "loss": loss})
    assert not Monitor("accuracy").improves(diverged, None)
    sound = Validation(1, {"accuracy": 0.1, "loss": 2.3})
    assert Monitor("accuracy").best([sound, diverged]) is sound
