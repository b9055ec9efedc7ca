"""Learning curves show noise faintly, label a cut axis and handle NaN and infinite values."""

import numpy as np
import pytest
from matplotlib import colors

from cnn_mnist.plots import curves, style


def falling(count, every=1):
    """Returns points whose loss falls with the step and whose accuracy rises to 99 %."""
    steps = range(0, count * every, every)
    return [(s, 2.3 / (1 + s / 20), 0.99 - 0.89 / (1 + s / 5)) for s in steps]


def draw(training=(), validation=(), best_step=None):
    """Returns the axes of the loss and of the accuracy."""
    return curves.learning_curves_figure(training, validation, best_step).axes


def line(axes, label):
    (found,) = [line for line in axes.lines if line.get_label().startswith(label)]
    return found


def test_batches_are_fainter_than_their_mean_and_none_is_left_out():
    loss, accuracy = draw(falling(5000))
    for axes, column in ((loss, 1), (accuracy, 2)):
        dots, mean = line(axes, "training batches"), line(axes, "mean of")
        assert np.array_equal(dots.get_ydata(), [point[column] for point in falling(5000)])
        assert lightness(dots) > lightness(mean)
        assert len(mean.get_ydata()) == 5000


def lightness(drawn):
    return sum(colors.to_rgb(drawn.get_color()))


def test_the_mean_is_of_the_neighbours_on_both_sides():
    values = np.array([0.0, 3.0, 6.0, 30.0])
    assert curves.smoothed(values, 3).tolist() == [1.5, 3, 13, 18]
    assert curves.smoothed(values, 1).tolist() == values.tolist()


def test_the_mean_does_not_lag_behind():
    values = np.linspace(5, 1, 1000)
    assert np.allclose(curves.smoothed(values, 101)[50:-50], values[50:-50])


def test_few_points_are_joined_and_not_smoothed():
    loss, _ = draw(falling(14, 50))
    drawn = line(loss, "training batches")
    assert drawn.get_marker() == "s" and drawn.get_linestyle() == "-"
    assert drawn.get_ydata().tolist() == [point[1] for point in falling(14, 50)]
    assert not [line for line in loss.lines if line.get_label().startswith("mean")]


def test_points_are_drawn_in_the_order_of_their_steps():
    loss, _ = draw(validation=[(20, 1.0, 0.8), (10, 2.0, 0.5)])
    assert line(loss, "validation").get_xdata().tolist() == [10, 20]


@pytest.mark.parametrize(("last", "scale"), [(0.2, "linear"), (0.01, "log")])
def test_the_loss_is_logarithmic_if_it_spans_more_than_one_and_a_half_decades(last, scale):
    loss, accuracy = draw(validation=[(0, 2.3, 0.1), (9, last, 0.9)])
    assert loss.get_yscale() == scale
    assert ("logarithmic" in loss.get_ylabel()) == (scale == "log")
    assert accuracy.get_yscale() == "linear"


def test_a_logarithmic_axis_copes_with_a_loss_of_zero(look):
    figure = curves.learning_curves_figure([], [(0, 2.0, 0.1), (1, 0.001, 1), (2, 0, 1)], None)
    look(figure)
    low, high = figure.axes[0].get_ylim()
    assert 0 < low < 0.001 and high > 2


def test_98_and_99_percent_are_far_apart_and_points_below_are_counted():
    early = [(step, 2.0, 0.1) for step in range(3)]
    late = [(step, 0.1, 0.98 + 0.01 * (step % 2)) for step in range(100, 1000, 100)]
    _, accuracy = draw(validation=[*early, *late])
    low, high = accuracy.get_ylim()
    assert low < 0.98 and high > 1 and 0.01 / (high - low) > 0.3
    assert accuracy.get_ylabel() == "accuracy, axis from 98%"
    assert accuracy.get_xlabel() == "step; 3 points below 98% not shown"


def test_a_network_that_learns_nothing_has_the_whole_axis():
    _, accuracy = draw([(step, 2.3, 0.1) for step in range(200)])
    low, high = accuracy.get_ylim()
    assert low < 0 and high > 1
    assert (accuracy.get_ylabel(), accuracy.get_xlabel()) == ("accuracy", "step")


def test_every_validation_of_the_later_part_is_within_the_axis():
    _, accuracy = draw(validation=[(s, 0.1, 0.97 if s == 900 else 0.995) for s in range(1000)])
    assert accuracy.get_ylim()[0] < 0.97


def test_ticks_of_accuracy_lie_at_their_values(look):
    figure = curves.learning_curves_figure(falling(900), [], None)
    look(figure)
    accuracy = figure.axes[1]
    for value, label in zip(accuracy.get_yticks(), accuracy.get_yticklabels(), strict=True):
        assert float(label.get_text().rstrip("%")) == pytest.approx(100 * value)


def test_the_best_step_is_marked_in_both_panels_with_its_validation(look):
    validation = [(0, 2.3, 0.1), (1500, 0.0321, 0.9906), (2000, 0.04, 0.98)]
    figure = curves.learning_curves_figure([], validation, 1500)
    for axes in figure.axes:
        assert [1500, 1500] in [list(line.get_xdata()) for line in axes.lines]
    strings = look(figure).strings()
    assert "best: step 1,500, 0.0321" in strings
    assert "best: step 1,500, 99.06%" in strings


def test_a_best_step_without_validation_has_only_its_number(look):
    strings = look(curves.learning_curves_figure(falling(3), [], 2)).strings()
    assert strings.count("best: step 2") == 2


def test_no_mark_without_a_best_step(look):
    assert not [
        t
        for t in look(curves.learning_curves_figure(falling(3), [], None)).strings()
        if "best" in t
    ]


def test_values_not_finite_are_marked_at_the_top_and_left_out_of_the_scale():
    loss, _ = draw([(0, 2.0, 0.5), (1, np.nan, 0.5), (2, np.inf, 0.5), (3, 1.0, 0.5)])
    assert line(loss, "not finite").get_xdata().tolist() == [1, 2]
    assert set(line(loss, "not finite").get_ydata()) == {1}
    assert line(loss, "training").get_ydata().tolist() == [2, 1]
    assert loss.get_ylim()[1] < 3


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nothing_but_infinite_losses_says_so(value, look):
    strings = look(curves.learning_curves_figure([(5, value, 0.1)], [], 5)).strings()
    assert "no loss to draw" in strings and "no accuracy to draw" not in strings
    assert "not finite" in strings and "training batches" in strings


def test_no_points_at_all_say_so(look):
    strings = look(curves.learning_curves_figure([], [], None)).strings()
    assert {"Learning curves", "no loss to draw", "no accuracy to draw"} <= set(strings)


@pytest.mark.parametrize("points", [[(0, 2.3, 0.1)], [(7, 2.3, 0.1)]])
def test_one_point_lies_in_the_middle(points):
    for axes in draw(points, (), points[0][0]):
        assert np.mean(axes.get_xlim()) == points[0][0]


def test_training_and_validation_stay_apart_in_grey():
    loss, _ = draw(falling(300), falling(30, 10))
    assert lightness(line(loss, "mean of")) - lightness(line(loss, "validation")) > 0.5
    assert line(loss, "validation").get_color() == style.BLUE


def test_the_mean_of_each_epoch_takes_the_place_of_the_moving_mean():
    epochs = [(300, 0.5, 0.8), (600, 0.3, 0.9), (900, 0.2, 0.95)]
    loss_axes, _ = curves.learning_curves_figure(falling(900), [], None, epochs=epochs).axes
    labels = {line.get_label(): line for line in loss_axes.get_lines()}
    assert list(labels["mean of an epoch"].get_ydata()) == [0.5, 0.3, 0.2]
    assert not [label for label in labels if label.endswith("batches") and "mean" in label]


def test_two_epochs_have_no_curve():
    one = curves.learning_curves_figure(
        falling(900), [], None, epochs=[(450, 0.4, 0.8), (900, 0.2, 0.95)]
    )
    labels = [line.get_label() for line in one.axes[0].get_lines()]
    assert "mean of an epoch" not in labels
