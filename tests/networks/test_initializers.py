"""Each scheme draws what its formula says, and both variants draw the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.config import choices
from cnn_mnist.networks import NETWORKS, architecture, initializers
from cnn_mnist.tf_compat import tf

LAYERS = architecture.parse(
    "conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 256, dense 256, dense 10"
)
# Fan in and fan out of each kernel.
FANS = {
    "conv2d": (5 * 5 * 1, 5 * 5 * 32),
    "conv2d_1": (5 * 5 * 32, 5 * 5 * 64),
    "dense": (7 * 7 * 64, 256),
    "dense_1": (256, 256),
    "dense_2": (256, 10),
}
each_scheme = pytest.mark.parametrize("scheme", choices.INITIALIZERS)
each_layer = pytest.mark.parametrize("name", FANS)


def draw(variant, scheme, seed=3) -> dict[str, np.ndarray]:
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(seed)
        images = tf.zeros([1, 28, 28, 1])
        given = {} if scheme is None else {"initializer": scheme}
        NETWORKS[variant](images, LAYERS, training=False, **given)
        session.run(tf.global_variables_initializer())
        return session.run({v.op.name: v for v in tf.trainable_variables()})


@pytest.fixture(scope="module")
def drawn():
    """The first weights of each variant and scheme."""
    return {(v, s): draw(v, s) for v in NETWORKS for s in choices.INITIALIZERS}


@each_scheme
def test_both_variants_draw_the_same_numbers(drawn, scheme):
    of_layers, of_nn = drawn["layers", scheme], drawn["nn", scheme]
    assert of_layers.keys() == of_nn.keys() and len(of_layers) == 2 * len(FANS)
    for name, value in of_layers.items():
        np.testing.assert_array_equal(of_nn[name], value, err_msg=name)


def assert_uniform(kernel, limit):
    """No number beyond the limit, and spread as evenly as chance lets this many numbers be."""
    # As float32, which a limit of 0.05 is rounded up to.
    assert np.abs(kernel).max() <= np.float32(limit)
    assert np.abs(kernel).max() > limit * (1 - 10 / kernel.size)
    chance = 5 / np.sqrt(kernel.size)
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=chance)
    assert abs(kernel.mean()) < chance * limit


def assert_normal(kernel, deviation, cut=None):
    """`cut`: the number of deviations beyond which none is drawn."""
    chance = 5 / np.sqrt(kernel.size)
    assert kernel.std() == pytest.approx(deviation, rel=chance)
    assert abs(kernel.mean()) < chance * deviation
    # More than twice the deviation: 4.6 % of a normal one, and a uniform one has none.
    beyond = np.mean(np.abs(kernel) > 2 * deviation)
    if cut is None:
        assert beyond == pytest.approx(0.0455, abs=chance)
        assert np.abs(kernel).max() > 2.5 * deviation
    else:
        assert 0 < beyond < 0.0455
        assert 0.98 * cut * deviation < np.abs(kernel).max() <= cut * deviation * (1 + 1e-6)


@each_layer
@pytest.mark.parametrize("variant", NETWORKS)
def test_glorot_uniform_has_the_limit_of_both_fans(drawn, variant, name):
    fan_in, fan_out = FANS[name]
    kernel = drawn[variant, "glorot_uniform"][f"{name}/kernel"]
    assert_uniform(kernel, np.sqrt(6 / (fan_in + fan_out)))


@each_layer
@pytest.mark.parametrize("variant", NETWORKS)
@pytest.mark.parametrize(("scheme", "scale"), [("uniform_unit_scaling", 3), ("he_uniform", 6)])
def test_the_other_uniform_ones_have_the_limit_of_the_fan_in(drawn, variant, scheme, scale, name):
    kernel = drawn[variant, scheme][f"{name}/kernel"]
    assert_uniform(kernel, np.sqrt(scale / FANS[name][0]))


@each_layer
@pytest.mark.parametrize("variant", NETWORKS)
def test_variance_scaling_is_a_normal_of_variance_1_by_fan_in_cut_at_two_deviations(
    drawn, variant, name
):
    """Two of the normal that is cut, which is 1 / 0.8796 as wide as what is left of it."""
    kernel = drawn[variant, "variance_scaling"][f"{name}/kernel"]
    assert_normal(kernel, np.sqrt(1 / FANS[name][0]), cut=2 / 0.87962566103423978)


@each_layer
@pytest.mark.parametrize("variant", NETWORKS)
def test_normal_conv_is_a_wide_normal_for_convolutions_and_glorots_for_the_rest(
    drawn, variant, name
):
    kernel = drawn[variant, "normal_conv"][f"{name}/kernel"]
    if name.startswith("conv"):
        assert_normal(kernel, 1.0)
    else:
        np.testing.assert_array_equal(kernel, drawn[variant, "glorot_uniform"][f"{name}/kernel"])


@each_layer
@each_scheme
@pytest.mark.parametrize("variant", NETWORKS)
def test_biases_are_zero_but_those_of_normal_conv(drawn, variant, scheme, name):
    weights = drawn[variant, scheme]
    bias = weights[f"{name}/bias"]
    if scheme != "normal_conv" or not name.startswith("conv"):
        assert not bias.any()
        return
    assert_normal_few(bias)
    first = weights[f"{name}/kernel"].ravel()[: bias.size]
    assert (first != bias).any(), "a bias that repeats its kernel's numbers is not drawn"


def assert_normal_few(numbers):
    """Of some tens of numbers only the rough spread can be told."""
    assert 0.6 < numbers.std() < 1.4 and abs(numbers.mean()) < 0.7


@each_scheme
def test_layers_of_one_shape_draw_different_numbers(scheme):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        layer = architecture.Dense(100)
        one, other, again = (
            session.run(initializers.kernel(scheme, layer, seed)([100, 100])) for seed in (0, 1, 0)
        )
    assert (one != other).mean() > 0.99
    np.testing.assert_array_equal(one, again)


@each_scheme
def test_the_graphs_seed_decides_the_numbers(drawn, scheme):
    first, other = drawn["layers", scheme], draw("layers", scheme, seed=4)
    for name in FANS:
        assert (first[f"{name}/kernel"] != other[f"{name}/kernel"]).mean() > 0.99


@pytest.mark.parametrize("variant", NETWORKS)
def test_where_none_is_named_glorot_uniform_draws(drawn, variant):
    for name, value in draw(variant, None).items():
        np.testing.assert_array_equal(value, drawn[variant, "glorot_uniform"][name], err_msg=name)


LAYER_OF = {
    (5, 5, 1, 32): architecture.Conv(32, 5),
    (5, 5, 32, 64): architecture.Conv(64, 5),
    (784, 100): architecture.Dense(100),
}


@pytest.mark.parametrize("shape", LAYER_OF, ids=str)
def test_the_default_is_number_for_number_what_tensorflow_1_draws_by_default(shape):
    """`tf.get_variable` without initializer, as `tf.layers` called it; with the seed it chose."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.set_random_seed(3)
        variable = tf.get_variable("kernel", shape)
        session.run(variable.initializer)
        expected = session.run(variable)
        (random,) = [op for op in graph.get_operations() if op.type == "RandomUniform"]
        assert random.get_attr("seed") == 3
        seed = random.get_attr("seed2")
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        kernel = initializers.kernel("glorot_uniform", LAYER_OF[shape], seed)
        np.testing.assert_array_equal(session.run(kernel(shape)), expected)


@pytest.mark.parametrize("name", ["conv2d", "dense"])
def test_the_default_is_the_distribution_that_todays_tf_layers_draws_from(name):
    """Keras draws with a seed of its own, so each run sees other numbers."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        if name == "conv2d":
            tf.layers.conv2d(tf.zeros([1, 28, 28, 32]), 64, 5, name=name)
            limit = np.sqrt(6 / (5 * 5 * 32 + 5 * 5 * 64))
        else:
            tf.layers.dense(tf.zeros([1, 784]), 100, name=name)
            limit = np.sqrt(6 / (784 + 100))
        session.run(tf.global_variables_initializer())
        kernel, bias = session.run(tf.trainable_variables())
    assert_uniform(kernel, limit)
    assert not bias.any()
