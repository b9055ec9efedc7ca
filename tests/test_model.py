from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnn_mnist import model
from cnn_mnist.cluster import all_reduce
from cnn_mnist.config.choices import INITIALIZERS
from cnn_mnist.tf_compat import estimator, tf

MODES = estimator.ModeKeys


def build(config, mode, batch=4):
    """Calls `model_fn` on placeholders in the current graph."""
    images = tf.placeholder(tf.uint8, [None, 28, 28, 1])
    labels = None if mode == MODES.PREDICT else tf.placeholder(tf.int32, [None])
    return images, labels, model.model_fn({"image": images}, labels, mode, {"config": config})


def shape_and_type(tensor):
    return tensor.shape.as_list(), tensor.dtype.base_dtype


@pytest.mark.parametrize("variant", ["layers", "nn"])
def test_predict_gives_classes_and_probabilities_and_nothing_to_train(small_config, variant):
    with tf.Graph().as_default() as graph:
        _, _, spec = build(dataclasses.replace(small_config, variant=variant), MODES.PREDICT)
        assert shape_and_type(spec.predictions["classes"]) == ([None], tf.int64)
        assert shape_and_type(spec.predictions["probabilities"]) == ([None, 10], tf.float32)
        assert spec.predictions["probabilities"].name == "softmax_tensor:0"
        assert spec.loss is None and spec.train_op is None
        assert list(spec.export_outputs) == ["serving_default"]
        assert not [op.name for op in graph.get_operations() if "gradient" in op.name.lower()]


@pytest.mark.parametrize("variant", ["layers", "nn"])
def test_eval_gives_a_loss_and_the_metrics_of_every_class(small_config, variant):
    with tf.Graph().as_default() as graph:
        _, _, spec = build(dataclasses.replace(small_config, variant=variant), MODES.EVAL)
        assert shape_and_type(spec.loss) == ([], tf.float32)
        losses, classes = map(graph.get_tensor_by_name, (model.LOSSES_TENSOR, model.CLASSES_TENSOR))
        assert shape_and_type(losses) == ([None], tf.float32)
        assert shape_and_type(classes) == ([None], tf.int64)
        assert set(spec.eval_metric_ops) == {
            "accuracy",
            "confusion_matrix",
            *(f"class_accuracy/{label}" for label in range(10)),
        }
        assert spec.train_op is None


@pytest.mark.parametrize("variant", ["layers", "nn"])
@pytest.mark.parametrize("optimizer", ["adam", "momentum", "sgd"])
def test_train_gives_a_loss_and_an_update_that_counts_the_step(small_config, variant, optimizer):
    config = dataclasses.replace(small_config, variant=variant, optimizer=optimizer)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        images, labels, spec = build(config, MODES.TRAIN)
        assert shape_and_type(spec.loss) == ([], tf.float32)
        assert spec.loss.name == model.LOSS_TENSOR
        assert shape_and_type(graph.get_tensor_by_name(model.SOFTMAX_TENSOR)) == (
            [None, 10],
            tf.float32,
        )
        session.run(tf.global_variables_initializer())
        feed = {images: np.zeros([4, 28, 28, 1]), labels: [0, 1, 2, 3]}
        steps = [session.run((spec.train_op, model.STEP_TENSOR), feed)[1] for _ in range(3)]
        assert steps == [0, 1, 2]
        assert session.run(tf.train.get_global_step()) == 3


def test_the_update_moves_every_variable(small_config, small):
    config = dataclasses.replace(small_config, warmup_steps=0)
    with tf.Graph().as_default(), tf.Session() as session:
        images, labels, spec = build(config, MODES.TRAIN)
        session.run(tf.global_variables_initializer())
        before = session.run(tf.trainable_variables())
        session.run(
            spec.train_op, {images: small.train.images[:50], labels: small.train.labels[:50]}
        )
        after = session.run(tf.trainable_variables())
    for old, new in zip(before, after, strict=True):
        assert (old != new).any()


def test_pixels_are_cast_and_scaled_in_the_graph(small_config):
    """A uint8 255 must reach the first layer as 1.0, in every mode."""
    config = dataclasses.replace(small_config, architecture="flatten, dense 10")
    for mode in (MODES.TRAIN, MODES.EVAL, MODES.PREDICT):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            images, _, _ = build(config, mode)
            flat = next(
                op.outputs[0] for op in graph.get_operations() if op.name.startswith("flatten/Resh")
            )
            value = session.run(flat, {images: np.full([1, 28, 28, 1], 255, np.uint8)})
            assert value.dtype == np.float32 and (value == 1.0).all()


def test_the_loss_is_the_mean_cross_entropy(small_config, small):
    with tf.Graph().as_default(), tf.Session() as session:
        images, labels, spec = build(small_config, MODES.EVAL)
        probabilities = tf.get_default_graph().get_tensor_by_name(model.SOFTMAX_TENSOR)
        session.run(tf.global_variables_initializer())
        feed = {images: small.test.images[:20], labels: small.test.labels[:20]}
        loss, found = session.run((spec.loss, probabilities), feed)
    by_hand = -np.log(found[np.arange(20), small.test.labels[:20]]).mean()
    assert loss == pytest.approx(by_hand, rel=1e-5)


def rates(config, steps):
    with tf.Graph().as_default(), tf.Session() as session:
        return [float(session.run(model.learning_rate_at(tf.constant(s), config))) for s in steps]


def test_a_constant_rate_stays_and_warm_up_rises_to_it(small_config):
    config = dataclasses.replace(
        small_config, schedule="constant", learning_rate=0.5, warmup_steps=4, train_steps=20
    )
    assert rates(config, [0, 1, 3, 4, 19]) == pytest.approx([0.125, 0.25, 0.5, 0.5, 0.5])


def test_a_linear_rate_falls_to_zero_at_the_last_step(small_config):
    config = dataclasses.replace(
        small_config, schedule="linear", learning_rate=1.0, warmup_steps=0, train_steps=10
    )
    assert rates(config, [0, 5, 9, 10, 12]) == pytest.approx([1.0, 0.5, 0.1, 0.0, 0.0])


def test_a_cosine_rate_is_half_in_the_middle(small_config):
    config = dataclasses.replace(
        small_config, schedule="cosine", learning_rate=1.0, warmup_steps=0, train_steps=10
    )
    assert rates(config, [0, 5, 10]) == pytest.approx([1.0, 0.5, 0.0], abs=1e-6)


@pytest.mark.parametrize("variant", ["layers", "nn"])
@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_the_initializer_decides_the_first_weights(small_config, variant, initializer):
    config = dataclasses.replace(
        small_config,
        variant=variant,
        initializer=initializer,
        architecture="conv 3x3x8, pool 2, conv 3x3x16, pool 2, flatten, dense 32, dense 10",
    )
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        build(config, MODES.TRAIN)
        session.run(tf.global_variables_initializer())
        weights = session.run({v.op.name: v for v in tf.trainable_variables()})
    kernel, bias = weights["conv2d_1/kernel"], weights["conv2d_1/bias"]
    fan_in, fan_out = 3 * 3 * 8, 3 * 3 * 16
    deviation = {
        "glorot_uniform": np.sqrt(2 / (fan_in + fan_out)),
        "uniform_unit_scaling": np.sqrt(1 / fan_in),
        "he_uniform": np.sqrt(2 / fan_in),
        "variance_scaling": np.sqrt(1 / fan_in),
        "normal_conv": 1.0,
    }
    assert kernel.std() == pytest.approx(deviation[initializer], rel=0.07)
    assert bias.any() == (initializer == "normal_conv")


def test_validation_in_the_training_graph_adds_no_variable_and_shares_the_weights(small_config):
    with tf.Graph().as_default():
        build(small_config, MODES.TRAIN)
        before = [variable.name for variable in tf.global_variables()]
        tensors = model.validation_tensors(
            {"image": tf.zeros([4, 28, 28, 1], tf.uint8)}, tf.zeros([4], tf.int32), small_config
        )
        assert [variable.name for variable in tf.global_variables()] == before
        assert shape_and_type(tensors["classes"]) == ([4], tf.int64)
        assert shape_and_type(tensors["losses"]) == ([4], tf.float32)


def test_a_histogram_has_all_of_a_small_variable_and_an_even_sample_of_a_large_one(small_config):
    """Every column of the sampled matrix holds its own number: all columns must show."""
    with tf.Graph().as_default(), tf.Session() as session:
        units = 1000
        small = tf.get_variable("small", initializer=np.arange(12.0).reshape(3, 4))
        columns = np.tile(np.arange(float(units)), [500, 1])
        large = tf.get_variable("large", initializer=columns)
        session.run(tf.global_variables_initializer())
        assert session.run(model._evenly_spaced(small)).tolist() == list(range(12))
        sample = session.run(model._evenly_spaced(large))
        assert 40_000 < len(sample) <= 50_000
        assert np.bincount(sample.astype(int), minlength=units).min() >= 40


@pytest.mark.parametrize(("scales", "expected"), [(False, 0.5), (True, 1.5)])
def test_the_rate_is_that_of_three_tasks_only_if_it_is_to_be_scaled(small_config, scales, expected):
    config = dataclasses.replace(
        small_config,
        schedule="constant",
        learning_rate=0.5,
        warmup_steps=0,
        scale_learning_rate=scales,
    )
    with tf.Graph().as_default() as graph:
        images = tf.placeholder(tf.uint8, [None, 28, 28, 1])
        labels = tf.placeholder(tf.int32, [None])
        parameters = {"config": config, "tasks": 3}
        model.model_fn({"image": images}, labels, MODES.TRAIN, parameters)
        rate = graph.get_tensor_by_name(model.EPOCH_TENSORS[2])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert session.run(rate) == pytest.approx(expected)


def test_one_task_averages_over_itself_by_the_collective_and_learns_as_without(small_config):
    """The mean loss has the name that hooks know, and the wish to stop comes back as one."""
    config = dataclasses.replace(small_config, warmup_steps=0)
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (8, 28, 28, 1), np.uint8)
    label = rng.integers(0, 10, 8).astype(np.int32)
    found = {}
    for kind in (None, all_reduce.AllReduce(1)):
        with tf.Graph().as_default() as graph:
            tf.set_random_seed(1)
            step = tf.train.get_or_create_global_step()
            parameters = {"config": config, "tasks": 1, "all_reduce": kind}
            features = {"image": tf.constant(image)}
            spec = model.model_fn(features, tf.constant(label), MODES.TRAIN, parameters)
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                losses = [session.run([spec.train_op, spec.loss])[1] for _ in range(3)]
                assert session.run(step) == 3
                assert spec.loss.name == model.LOSS_TENSOR
                if kind:
                    wish, stops = map(
                        graph.get_tensor_by_name, (all_reduce.WISH_TENSOR, all_reduce.STOPS_TENSOR)
                    )
                    assert [session.run(stops, {wish: w}) for w in (0.0, 1.0)] == [False, True]
            found[bool(kind)] = losses
    assert found[True] == pytest.approx(found[False], rel=1e-6)
