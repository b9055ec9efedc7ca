"""The two variants are one function of the same variables."""

from __future__ import annotations

import dataclasses
import itertools
import math
import pathlib
import shutil

import numpy as np
import pytest

from cnn_mnist import experiment, model
from cnn_mnist.config import presets
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.networks import LAYER_OUTPUTS, NETWORKS, architecture
from cnn_mnist.tf_compat import estimator, tf

TUTORIAL = architecture.parse(presets.TUTORIAL_NETWORK)
ODD = architecture.parse("conv 3x3x4 valid, pool 3, conv 5x5x6, flatten, dense 7, dense 10")
STRIDES = architecture.parse(
    "conv 3x3x5 stride 2, pool 2 same stride 1, conv 3x3x4 valid stride 2 linear, avgpool 2 same, "
    "flatten, dense 7 linear, dense 10"
)
BATCH_NORM = architecture.parse(
    "conv 5x5x4 stride 2, batch_norm, avgpool 3 stride 2, conv 3x3x6 linear, batch_norm, relu, "
    "pool 2, flatten, dense 12, batch_norm, dropout 0.2, dense 9 linear, batch_norm, relu, dense 10"
)
EVERY = {
    "odd": ODD,
    "strides": STRIDES,
    "batch_norm": BATCH_NORM,
    **{name: architecture.parse(p.architecture) for name, p in presets.PRESETS.items()},
}


def shapes_of(variant, layers, images):
    """Builds a variant and returns the shapes of its variables."""
    with tf.Graph().as_default():
        NETWORKS[variant](tf.constant(images), layers, False)
        return {v.op.name: tuple(v.shape.as_list()) for v in tf.global_variables()}


def logits_and_gradients(variant, layers, images, labels, weights=None, training=False):
    """Builds a variant, gives it `weights` by name, and returns logits, gradients and weights."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        seed = tf.constant([3, 0], tf.int64) if training else None
        logits = NETWORKS[variant](tf.constant(images), layers, training, seed)
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        variables = {variable.op.name: variable for variable in tf.global_variables()}
        trained = [variable.op.name for variable in tf.trainable_variables()]
        found = tf.gradients(loss, [variables[name] for name in trained])
        gradients = dict(zip(trained, found, strict=True))
        session.run(tf.global_variables_initializer())
        for name, value in (weights or {}).items():
            variables[name].load(value, session)
        values = session.run((logits, gradients, variables))
        session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        return (*values, session.run(variables))


@pytest.fixture(scope="module")
def batch(mnist):
    images = mnist.test.images[:8].astype(np.float32) / 255
    return images, mnist.test.labels[:8]


@pytest.mark.parametrize("variant", NETWORKS)
@pytest.mark.parametrize("layers", EVERY.values(), ids=EVERY)
def test_a_variant_makes_the_variables_that_the_architecture_names(variant, layers, batch):
    assert shapes_of(variant, layers, batch[0]) == architecture.variable_shapes(layers)


@pytest.mark.parametrize("variant", NETWORKS)
def test_the_tutorial_network_has_3_274_634_parameters(variant, batch):
    shapes = shapes_of(variant, TUTORIAL, batch[0]).values()
    assert sum(math.prod(shape) for shape in shapes) == 3_274_634


OWN_KINDS = ("odd", "strides", "batch_norm", "one layer", presets.DEFAULT)
"""The networks that have every kind of layer; those of the other recipes repeat them."""


def each(networks):
    """Gives each network to a test, those that repeat the others to a slow one."""
    return [
        pytest.param(layers, id=name, marks=() if name in OWN_KINDS else pytest.mark.slow)
        for name, layers in networks.items()
    ]


OUTPUTS_OF = {
    "odd": ODD,
    "batch_norm": BATCH_NORM,
    "one layer": architecture.parse("flatten"),
    **{name: architecture.parse(preset.architecture) for name, preset in presets.PRESETS.items()},
}


@pytest.mark.parametrize("variant", NETWORKS)
@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@pytest.mark.parametrize("layers", each(OUTPUTS_OF))
def test_layer_outputs_are_one_for_each_layer_of_the_architectures_shapes(
    variant, training, layers, batch
):
    images, _ = batch
    with tf.Graph().as_default(), tf.Session() as session:
        seed = tf.constant([3, 0], tf.int64) if training else None
        outputs = LAYER_OUTPUTS[variant](tf.constant(images), layers, training, seed)
        with tf.variable_scope(tf.get_variable_scope(), reuse=True):
            network = NETWORKS[variant](tf.constant(images), layers, training, seed)
        session.run(tf.global_variables_initializer())
        values, expected = session.run((outputs, network))
    assert [value.shape[1:] for value in values] == architecture.output_shapes(layers)
    assert {len(value) for value in values} == {len(images)}
    np.testing.assert_array_equal(values[-1], expected)


@pytest.mark.parametrize(
    "layers", [TUTORIAL, ODD, BATCH_NORM], ids=["tutorial", "odd", "batch_norm"]
)
def test_layer_outputs_of_both_variants_are_equal(layers, batch):
    images, _ = batch
    values = {}
    for variant, layer_outputs in LAYER_OUTPUTS.items():
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(3)
            outputs = layer_outputs(tf.constant(images), layers, training=False)
            session.run(tf.global_variables_initializer())
            values[variant] = session.run(outputs)
    for layer, one, other in zip(layers, values["layers"], values["nn"], strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5, rtol=0, err_msg=str(layer))


@pytest.mark.parametrize("variant", NETWORKS)
def test_a_layers_output_is_what_the_next_one_takes(variant, batch):
    """After the ReLU, and pooled: the maxima of the windows of what was before."""
    images, _ = batch
    layers = architecture.parse("conv 3x3x4, pool 2, flatten, dropout 0.5, dense 10")
    with tf.Graph().as_default(), tf.Session() as session:
        outputs = LAYER_OUTPUTS[variant](tf.constant(images), layers, training=False)
        session.run(tf.global_variables_initializer())
        conv, pooled, flat, dropped, logits = session.run(outputs)
    assert conv.min() == 0 < conv.max()
    windows = conv.reshape(len(images), 14, 2, 14, 2, 4)
    np.testing.assert_array_equal(pooled, windows.max(axis=(2, 4)))
    np.testing.assert_array_equal(flat, pooled.reshape(len(images), -1))
    np.testing.assert_array_equal(dropped, flat)
    assert logits.min() < 0, "the last layer has no ReLU"


def drawn_weights(layers):
    """Biases start at zero, where a variant that forgot one would look right; the others alike."""
    draw = np.random.default_rng(3)

    def drawn(name, shape):
        if name.endswith("kernel"):
            return draw.normal(0.01, 1 / math.sqrt(math.prod(shape[:-1]) or 1), shape)
        if name.endswith(("gamma", "moving_variance")):
            return draw.uniform(0.5, 2, shape)
        return np.full(shape, 0.01)

    return {name: drawn(name, s) for name, s in architecture.variable_shapes(layers).items()}


def biases_that_are_subtracted_again(layers):
    """Batch normalization right after them subtracts the mean of the batch, and so the bias."""
    pairs = itertools.pairwise(architecture.named(layers))
    return {
        f"{name}/bias"
        for (name, layer), (_, following) in pairs
        if following == architecture.BatchNorm() and not getattr(layer, "relu", True)
    }


@pytest.mark.parametrize(
    ("layers", "training"),
    [
        pytest.param(
            layers,
            training,
            id=f"{name}-{'training' if training else 'evaluating'}",
            marks=()
            if name in (OWN_KINDS if training else ("odd", presets.DEFAULT))
            else pytest.mark.slow,
        )
        for training in (True, False)
        for name, layers in EVERY.items()
    ],
)
def test_the_same_weights_give_the_same_logits_and_gradients(layers, training, batch):
    weights = drawn_weights(layers)
    logits, gradients, before, after = logits_and_gradients(
        "layers", layers, *batch, weights, training
    )
    raw_logits, raw_gradients, _, raw_after = logits_and_gradients(
        "nn", layers, *batch, weights, training
    )
    np.testing.assert_allclose(raw_logits, logits, atol=1e-5, rtol=0)
    assert raw_gradients.keys() == gradients.keys()
    subtracted = biases_that_are_subtracted_again(layers) if training else set()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(raw_gradients[name], gradient, atol=1e-5, rtol=0, err_msg=name)
        has_one = np.abs(gradient).max() > 1e-4
        assert has_one != (name in subtracted), f"{name} has no gradient to compare"
    for name, value in after.items():
        np.testing.assert_allclose(raw_after[name], value, atol=1e-6, rtol=0, err_msg=name)
        is_moved = np.abs(value - before[name]).max() > 1e-4
        assert is_moved == (training and "moving" in name), name


def test_the_same_seed_gives_both_variants_the_same_first_weights(batch):
    _, _, of_layers, _ = logits_and_gradients("layers", TUTORIAL, *batch)
    _, _, of_nn, _ = logits_and_gradients("nn", TUTORIAL, *batch)
    for name, value in of_layers.items():
        np.testing.assert_array_equal(of_nn[name], value, err_msg=name)


@pytest.mark.parametrize("variant", NETWORKS)
def test_weights_start_glorot_uniform_and_biases_zero(variant, batch):
    """Limit sqrt(6 / (fan in + fan out)), https://proceedings.mlr.press/v9/glorot10a.html."""
    _, _, weights, _ = logits_and_gradients(variant, TUTORIAL, *batch)
    limit = np.sqrt(6 / (3136 + 1024))
    kernel = weights["dense/kernel"]
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert not weights["dense/bias"].any()


@pytest.mark.parametrize("variant", NETWORKS)
def test_dropout_zeroes_its_part_only_while_training_and_scales_the_rest_up(variant):
    layers = architecture.parse("flatten, dropout 0.4")
    ones = np.ones((50, 28, 28, 1), np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        seed = tf.constant([1, 5], tf.int64)
        dropped = session.run(NETWORKS[variant](tf.constant(ones), layers, True, seed))
        kept = session.run(NETWORKS[variant](tf.constant(ones), layers, False))
    assert np.mean(dropped == 0) == pytest.approx(0.4, abs=0.01)
    assert set(np.unique(dropped)) == {0, np.float32(1 / 0.6)}
    assert (kept == 1).all()


@pytest.mark.parametrize("variant", NETWORKS)
def test_dropout_is_a_function_of_seed_and_step(variant):
    layers = architecture.parse("flatten, dropout 0.5, dropout 0.5")
    ones = np.ones((2, 28, 28, 1), np.float32)

    def dropped(seed, step):
        with tf.Graph().as_default(), tf.Session() as session:
            pair = tf.constant([seed, step], tf.int64)
            return session.run(NETWORKS[variant](tf.constant(ones), layers, True, pair))

    np.testing.assert_array_equal(dropped(1, 5), dropped(1, 5))
    assert (dropped(1, 5) != dropped(1, 6)).any()
    assert (dropped(1, 5) != dropped(2, 5)).any()
    # Two layers draw two masks: a quarter is left, not a half.
    assert np.mean(dropped(1, 5) != 0) == pytest.approx(0.25, abs=0.05)


def losses_of_five_steps(config, small):
    """Trains five steps from `config.model_dir`'s checkpoint and returns the loss of each."""
    from cnn_mnist import input_fns

    losses = []

    class Record(tf.train.SessionRunHook):
        def before_run(self, run_context):
            return tf.train.SessionRunArgs(model.LOSS_TENSOR)

        def after_run(self, run_context, run_values):
            losses.append(float(run_values.results))

    first = checkpoints.latest_step(config.model_dir)
    input_fn = input_fns.train_input_fn(small.train, config.batch_size, config.seed, first)
    experiment.build_estimator(config).train(input_fn, hooks=[Record()], steps=5)
    return losses


@pytest.fixture
def two_copies(trained, tmp_path, no_confusion_pictures):
    """The trained model twice, one for each variant."""
    copies = {}
    for variant in NETWORKS:
        folder = tmp_path / variant
        shutil.copytree(trained.model_dir, folder)
        copies[variant] = dataclasses.replace(
            trained, model_dir=str(folder), variant=variant, train_steps=50
        )
    return copies


@pytest.mark.slow
def test_five_training_steps_from_one_checkpoint_give_the_same_losses(two_copies, small):
    of_layers = losses_of_five_steps(two_copies["layers"], small)
    of_nn = losses_of_five_steps(two_copies["nn"], small)
    assert len(of_layers) == 5
    np.testing.assert_allclose(of_nn, of_layers, atol=1e-5, rtol=0)
    assert len(set(of_layers)) == 5


@pytest.mark.slow
def test_a_checkpoint_of_one_variant_evaluates_and_trains_on_with_the_other(two_copies, small):
    evaluations = {v: experiment.evaluate(c, dataset=small) for v, c in two_copies.items()}
    np.testing.assert_array_equal(
        evaluations["nn"].confusion_matrix, evaluations["layers"].confusion_matrix
    )
    assert evaluations["nn"].loss == pytest.approx(evaluations["layers"].loss, abs=1e-5)
    result = experiment.train(two_copies["nn"], dataset=small)
    assert (result.first_step, result.last_step) == (40, 50)
    later = experiment.evaluate(two_copies["nn"], dataset=small)
    assert later.loss < evaluations["nn"].loss


def test_both_modules_hold_the_same_functions_so_that_their_diff_is_a_lesson():
    from cnn_mnist.networks import tf_layers, tf_nn

    def functions(module):
        here = module.__name__
        return [name for name, v in vars(module).items() if getattr(v, "__module__", "") == here]

    assert functions(tf_layers) == functions(tf_nn)
    source = {m: pathlib.Path(m.__file__).read_text("utf-8") for m in (tf_layers, tf_nn)}
    assert "tf.nn.conv2d" in source[tf_nn] and "tf.layers" not in code_of(source[tf_nn])
    assert "tf.layers.conv2d" in source[tf_layers]
    assert "tf.get_variable" not in source[tf_layers]


def code_of(source: str) -> str:
    """Leaves out the module's docstring."""
    return source.split('"""', 2)[2]


def test_a_network_for_serving_holds_no_dropout_op(batch):
    images, _ = batch
    with tf.Graph().as_default() as graph:
        NETWORKS["layers"](tf.constant(images), TUTORIAL, training=False)
        assert not [op.name for op in graph.get_operations() if "dropout" in op.name.lower()]
    assert estimator.ModeKeys.PREDICT == "infer"
