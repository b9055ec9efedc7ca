"""`tf.contrib.layers`: numbers, names and collections of its layers."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from cnn_mnist.tf1.contrib.layers import (
    batch_normalization,
    convolutions,
    dense,
    initializers,
    normalizations,
    other_convolutions,
    outputs_and_sizes,
    pooling,
    sequences,
    simple,
)
from cnn_mnist.tf_compat import tf

IMAGES = np.random.RandomState(0).normal(size=[2, 5, 4, 3]).astype(np.float32)
ROWS = np.random.RandomState(1).normal(size=[4, 3]).astype(np.float32)


@pytest.fixture(autouse=True)
def graph(monkeypatch):
    # As the launcher has it: old conditions and old variables.
    flags = importlib.import_module("tensorflow.python.ops.control_flow_util")
    monkeypatch.setattr(flags, "ENABLE_CONTROL_FLOW_V2", False)
    with tf.Graph().as_default() as graph:
        tf.get_variable_scope().set_use_resource(False)
        tf.set_random_seed(0)
        yield graph


def run(*fetches, feed=None):
    """Returns the values of tensors and variables in a new session."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        values = session.run(list(fetches), feed)
    return values[0] if len(fetches) == 1 else values


def names():
    return [variable.op.name for variable in tf.global_variables()]


def valued(*values):
    """Returns an initializer of given values."""
    return tf.constant_initializer(np.array(values))


def test_a_dense_layer_multiplies_adds_and_rectifies():
    outputs = dense.fully_connected(tf.constant(ROWS), 2, biases_initializer=valued(0.5, -0.5))
    assert names() == ["fully_connected/weights", "fully_connected/biases"]
    assert outputs.op.name == "fully_connected/Relu"
    assert tf.get_collection(tf.GraphKeys.MODEL_VARIABLES) == tf.global_variables()
    weights, got = run(tf.global_variables()[0], outputs)
    np.testing.assert_allclose(got, np.maximum(ROWS @ weights + [0.5, -0.5], 0), rtol=1e-5)
    assert np.abs(weights).max() <= np.sqrt(6 / (3 + 2))


def test_a_dense_layer_is_over_the_last_dimension_and_can_be_reused():
    with tf.variable_scope("net") as scope:
        first = dense.linear(tf.constant(IMAGES), 2, scope="fc")
        second = dense.linear(tf.constant(IMAGES[..., ::-1]), 2, scope="fc", reuse=True)
    assert names() == ["net/fc/weights", "net/fc/biases"]
    assert first.shape.as_list() == [2, 5, 4, 2]
    weights, one, two = run(tf.global_variables()[0], first, second)
    np.testing.assert_allclose(one, IMAGES @ weights, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(two, IMAGES[..., ::-1] @ weights, rtol=1e-4, atol=1e-5)
    assert scope.name == "net"


def test_a_normalizer_takes_the_place_of_the_biases():
    dense.fully_connected(
        tf.constant(ROWS), 2, normalizer_fn=batch_normalization.batch_norm, scope="fc"
    )
    assert names() == [
        "fc/weights",
        "fc/BatchNorm/beta",
        "fc/BatchNorm/moving_mean",
        "fc/BatchNorm/moving_variance",
    ]


def test_collections_hold_variables_and_outputs():
    outputs = dense.fully_connected(
        tf.constant(ROWS),
        2,
        variables_collections={"weights": ["mine"]},
        outputs_collections="ends",
        weights_regularizer=lambda weights: tf.reduce_sum(weights * weights),
        scope="fc",
    )
    assert [one.op.name for one in tf.get_collection("mine")] == ["fc/weights"]
    assert list(outputs_and_sizes.convert_collection_to_dict("ends").items()) == [("fc", outputs)]
    (penalty,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    weights, got = run(tf.global_variables()[0], penalty)
    assert got == pytest.approx(np.sum(weights**2), rel=1e-5)


def test_stack_and_repeat_number_their_layers():
    dense.stack(tf.constant(ROWS), dense.fully_connected, [4, 5], scope="fc")
    dense.repeat(tf.constant(IMAGES), 2, convolutions.conv2d, 3, [3, 3])
    dense.stack(tf.constant(ROWS), dense.linear, [2])
    assert [name for name in names() if name.endswith("weights")] == [
        "fc/fc_1/weights",
        "fc/fc_2/weights",
        "Repeat/convolution2d_1/weights",
        "Repeat/convolution2d_2/weights",
        "Stack/fully_connected_1/weights",
    ]


def test_the_layers_of_before_1_0_have_their_own_names():
    outputs = dense.legacy_relu(tf.constant(ROWS), 2)
    assert names() == ["fully_connected/weights", "fully_connected/bias"]
    assert tf.get_collection(tf.GraphKeys.ACTIVATIONS) == [outputs]
    assert [one.op.name for one in tf.get_collection(tf.GraphKeys.WEIGHTS)] == names()[:1]


def slow_convolution(images, weights, stride):
    """Returns the convolution with VALID padding, pixel by pixel."""
    high, wide = weights.shape[:2]
    rows = range(0, images.shape[1] - high + 1, stride)
    columns = range(0, images.shape[2] - wide + 1, stride)
    return np.array(
        [
            [
                [np.tensordot(image[r : r + high, c : c + wide], weights, 3) for c in columns]
                for r in rows
            ]
            for image in images
        ]
    )


def test_convolutions_are_those_of_the_definition():
    valid = convolutions.conv2d(tf.constant(IMAGES), 2, [3, 2], 2, "VALID", activation_fn=None)
    same = convolutions.conv2d(tf.constant(IMAGES), 2, 3, biases_initializer=None)
    line = convolutions.conv1d(tf.constant(IMAGES[:, 0]), 2, 3)
    volume = convolutions.conv3d(tf.constant(IMAGES[None]), 2, 2, stride=2)
    assert names() == [
        "Conv/weights",
        "Conv/biases",
        "Conv_1/weights",
        "Conv_2/weights",
        "Conv_2/biases",
        "Conv_3/weights",
        "Conv_3/biases",
    ]
    assert (line.shape.as_list(), volume.shape.as_list()) == ([2, 4, 2], [1, 1, 3, 2, 2])
    weights, one, two, three = run(tf.global_variables()[0], valid, tf.global_variables()[2], same)
    np.testing.assert_allclose(one, slow_convolution(IMAGES, weights, 2), rtol=1e-4, atol=1e-5)
    padded = np.pad(IMAGES, [(0, 0), (1, 1), (1, 1), (0, 0)])
    expected = np.maximum(slow_convolution(padded, two, 1), 0)
    np.testing.assert_allclose(three, expected, rtol=1e-4, atol=1e-5)


def test_other_convolutions_are_those_of_the_definition():
    images = tf.placeholder_with_default(IMAGES, [None, 5, None, 3])
    transposed = other_convolutions.conv2d_transpose(images, 2, 3, 2, "VALID", activation_fn=None)
    same = other_convolutions.conv2d_transpose(tf.constant(IMAGES), 2, 3, 2)
    separable = other_convolutions.separable_conv2d(
        tf.constant(IMAGES), 4, [3, 3], depth_multiplier=2, padding="VALID", activation_fn=None
    )
    in_depth = other_convolutions.separable_conv2d(tf.constant(IMAGES), None, [3, 3])
    in_plane = convolutions.conv2d_in_plane(
        tf.constant(IMAGES), [1, 2], padding="VALID", activation_fn=None
    )
    assert names() == [
        "Conv2d_transpose/weights",
        "Conv2d_transpose/biases",
        "Conv2d_transpose_1/weights",
        "Conv2d_transpose_1/biases",
        "SeparableConv2d/depthwise_weights",
        "SeparableConv2d/pointwise_weights",
        "SeparableConv2d/biases",
        "SeparableConv2d_1/depthwise_weights",
        "SeparableConv2d_1/biases",
        "ConvInPlane/weights",
        "ConvInPlane/biases",
    ]
    assert transposed.shape.as_list() == [None, 11, None, 2]
    assert same.shape.as_list() == [2, 10, 8, 2]
    assert in_depth.shape.as_list() == [2, 5, 4, 3]
    found = run(*tf.global_variables(), transposed, separable, in_plane)
    values = dict(zip(names(), found, strict=False))
    expected = np.zeros([2, 11, 9, 2], np.float32)
    for row in range(5):
        for column in range(4):
            pixel = np.einsum("bi,hwoi->bhwo", IMAGES[:, row, column], found[0])
            expected[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3] += pixel
    np.testing.assert_allclose(found[-3], expected, rtol=1e-4, atol=1e-5)
    whole = np.einsum(
        "hwim,imo->hwio",
        values["SeparableConv2d/depthwise_weights"],
        values["SeparableConv2d/pointwise_weights"].reshape(3, 2, 4),
    )
    np.testing.assert_allclose(found[-2], slow_convolution(IMAGES, whole, 1), rtol=1e-4, atol=1e-5)
    one, other = values["ConvInPlane/weights"].ravel()
    plane = IMAGES[:, :, :-1] * one + IMAGES[:, :, 1:] * other
    np.testing.assert_allclose(found[-1], plane, rtol=1e-4, atol=1e-5)


def test_pools_move_by_two():
    largest = pooling.max_pool2d(tf.constant(IMAGES), 2)
    mean = pooling.avg_pool2d(tf.constant(IMAGES), [2, 2], scope="mine")
    volume = pooling.max_pool3d(tf.constant(IMAGES[None]), 2)
    mean_volume = pooling.avg_pool3d(tf.constant(IMAGES[None]), 2)
    line = pooling.pool(tf.constant(IMAGES[:, 0]), 2, "MAX")
    assert mean.op.name.startswith("mine/")
    windows = IMAGES[:, :4].reshape(2, 2, 2, 2, 2, 3)
    got = run(largest, mean, volume, mean_volume, line)
    np.testing.assert_allclose(got[0], windows.max(axis=(2, 4)))
    np.testing.assert_allclose(got[1], windows.mean(axis=(2, 4)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[2][0, 0], windows.max(axis=(0, 2, 4)))
    np.testing.assert_allclose(got[3][0, 0], windows.mean(axis=(0, 2, 4)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[4], np.maximum(IMAGES[:, 0, 1:], IMAGES[:, 0, :-1]))


@pytest.mark.parametrize(
    ("inputs", "options", "bessel"),
    [
        (ROWS, {}, 4 / 3),
        (IMAGES, {"scale": True}, 40 / 39),
        (IMAGES, {"fused": False, "scale": True}, 1),
        (IMAGES[:, 0], {}, 1),
    ],
)
def test_batch_normalization_in_training_and_afterwards(inputs, options, bessel):
    training = tf.placeholder(tf.bool, [])
    outputs = batch_normalization.batch_norm(
        tf.constant(inputs),
        decay=0.9,
        is_training=training,
        param_initializers={"beta": valued(0.5, 0.0, -0.5), "gamma": valued(2.0, 1.0, 0.5)},
        **options,
    )
    gamma = ["gamma"] if "scale" in options else []
    ends = ["beta", *gamma, "moving_mean", "moving_variance"]
    assert names() == [f"BatchNorm/{end}" for end in ends]
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    assert len(updates) == 2
    axes = tuple(range(inputs.ndim - 1))
    mean, variance = inputs.mean(axis=axes), inputs.var(axis=axes)
    beta, gamma = np.array([0.5, 0, -0.5]), np.array([2, 1, 0.5]) if gamma else 1

    def expected(mean, variance):
        return (inputs - mean) / np.sqrt(variance + 0.001) * gamma + beta

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        got = session.run([outputs, updates], {training: True})[0]
        np.testing.assert_allclose(got, expected(mean, variance), rtol=1e-3, atol=1e-4)
        averages = session.run(tf.global_variables()[-2:])
        np.testing.assert_allclose(averages[0], 0.1 * mean, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(averages[1], 0.9 + 0.1 * bessel * variance, rtol=1e-4)
        got = session.run(outputs, {training: False})
        np.testing.assert_allclose(got, expected(*averages), rtol=1e-3, atol=1e-4)
        session.run(updates, {training: False})
        np.testing.assert_array_equal(session.run(tf.global_variables()[-2]), averages[0])


def test_batch_normalization_can_update_at_once_and_weigh_examples():
    batch_normalization.batch_norm(tf.constant(ROWS), updates_collections="mine", scope="a")
    at_once = batch_normalization.batch_norm(
        tf.constant(ROWS), decay=0.9, updates_collections=None, scope="b"
    )
    weighted = batch_normalization.batch_norm(
        tf.constant(ROWS), batch_weights=[1.0, 1.0, 0.0, 0.0], scope="c"
    )
    fixed = batch_normalization.batch_norm(tf.constant(ROWS), is_training=False, scope="d")
    assert len(tf.get_collection("mine")) == 2
    assert len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)) == 2
    moving_mean = tf.global_variables()[4]
    assert moving_mean.op.name == "b/moving_mean"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(at_once)
        averaged = session.run(moving_mean)
        np.testing.assert_allclose(averaged, 0.1 * ROWS.mean(axis=0), rtol=1e-4)
        half = (ROWS - ROWS[:2].mean(axis=0)) / np.sqrt(ROWS[:2].var(axis=0) + 0.001)
        np.testing.assert_allclose(session.run(weighted), half, rtol=1e-3, atol=1e-4)
        got = session.run(fixed)
    np.testing.assert_allclose(got, ROWS / np.sqrt(1.001), rtol=1e-4)


def test_batch_renormalization_keeps_its_averages_in_more_variables():
    batch_normalization.batch_norm(
        tf.constant(ROWS), renorm=True, variables_collections={"beta": ["mine"]}
    )
    assert "BatchNorm/renorm_mean" in names()
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    assert [one.op.name for one in tf.get_collection("mine")] == ["BatchNorm/beta"]
    assert "BatchNorm/beta" in [
        one.op.name for one in tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)
    ]
    with pytest.raises(ValueError, match="do not go with"):
        batch_normalization.batch_norm(tf.constant(ROWS), renorm=True, updates_collections=None)


def test_layer_instance_and_group_normalization():
    layer = normalizations.layer_norm(tf.constant(IMAGES))
    instance = normalizations.instance_norm(tf.constant(IMAGES))
    doubled = np.concatenate([IMAGES, 2 * IMAGES[..., :1]], axis=-1)
    group = normalizations.group_norm(tf.constant(doubled), groups=2)
    unit = normalizations.unit_norm(tf.constant(ROWS), 1)
    ball = normalizations.poincare_normalize(tf.constant(ROWS))
    assert names() == [
        f"{scope}/{end}"
        for scope in ("LayerNorm", "InstanceNorm", "GroupNorm")
        for end in ("beta", "gamma")
    ]

    def normal(values, axes):
        centred = values - values.mean(axis=axes, keepdims=True)
        return centred / centred.std(axis=axes, keepdims=True)

    got = run(layer, instance, group, unit, ball)
    np.testing.assert_allclose(got[0], normal(IMAGES, (1, 2, 3)), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(got[1], normal(IMAGES, (1, 2)), rtol=1e-3, atol=1e-4)
    groups = normal(doubled.reshape(2, 5, 4, 2, 2), (1, 2, 4)).reshape(doubled.shape)
    np.testing.assert_allclose(got[2], groups, rtol=1e-3, atol=1e-4)
    lengths = np.linalg.norm(ROWS, axis=1, keepdims=True)
    np.testing.assert_allclose(got[3], ROWS / lengths, rtol=1e-4)
    np.testing.assert_allclose(got[4], ROWS * np.minimum((1 - 1e-5) / lengths, 1), rtol=1e-4)


def test_layers_without_weights():
    keep = tf.placeholder_with_default(0.5, [])
    training = tf.placeholder_with_default(True, [])
    ones = tf.ones([100, 10])
    dropped = simple.dropout(ones, keep, is_training=training)
    rest = (
        simple.flatten(tf.constant(IMAGES)),
        simple.flatten(tf.placeholder_with_default(IMAGES, [None, None, 4, 3])),
        simple.one_hot_encoding(tf.constant([2, 0]), 3),
        simple.softmax(tf.constant(IMAGES)),
        simple.maxout(tf.constant(IMAGES[..., :2]), 1),
        simple.bias_add(tf.constant(ROWS), initializer=valued(1.0, 2.0, 3.0)),
        sequences.images_to_sequence(tf.constant(IMAGES)),
        sequences.sequence_to_images(sequences.images_to_sequence(tf.constant(IMAGES)), 5),
    )
    assert rest[0].shape.as_list() == [2, 60]
    assert names() == ["BiasAdd/biases"]
    sparse = simple.dense_to_sparse(tf.constant([[1, 0], [2, 3]]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        got = session.run(rest)
        in_training = session.run(dropped)
        afterwards = session.run(dropped, {training: False})
        assert session.run(sparse).values.tolist() == [1, 2, 3]
    assert set(in_training.ravel()) == {0.0, 2.0}
    assert 0.4 < in_training.mean() / 2 < 0.6
    np.testing.assert_array_equal(afterwards, np.ones([100, 10]))
    np.testing.assert_array_equal(got[0], IMAGES.reshape(2, -1))
    np.testing.assert_array_equal(got[1], got[0])
    np.testing.assert_array_equal(got[2], [[0, 0, 1], [1, 0, 0]])
    exponents = np.exp(IMAGES)
    softmax = exponents / exponents.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(got[3], softmax, rtol=1e-4)
    np.testing.assert_array_equal(got[4], IMAGES[..., :2].max(axis=-1, keepdims=True))
    np.testing.assert_allclose(got[5], ROWS + np.array([1, 2, 3]), rtol=1e-5)
    columns = IMAGES.transpose(2, 0, 1, 3).reshape(4, 10, 3)
    np.testing.assert_array_equal(got[6], columns)
    np.testing.assert_array_equal(got[7], IMAGES)


def test_spatial_softmax_is_the_expected_position():
    features = np.full([1, 3, 3, 2], -50, np.float32)
    features[0, 0, 2, 0] = features[0, 1, 1, 1] = 50
    got = run(simple.spatial_softmax(tf.constant(features)))
    np.testing.assert_allclose(got, [[-1, 1, 0, 0]], atol=1e-5)
    assert names() == ["spatial_softmax/temperature"]


def test_a_gradient_is_scaled():
    value = tf.constant(3.0)
    (gradient,) = tf.gradients(simple.scale_gradient(value, tf.constant(0.5)) ** 2, value)
    assert run(gradient) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("mode", "uniform", "n"), [("FAN_IN", False, 72), ("FAN_OUT", True, 90), ("FAN_AVG", True, 81)]
)
def test_variance_scaling_has_its_variance(mode, uniform, n):
    initializer = initializers.variance_scaling_initializer(2.0, mode, uniform, seed=1)
    got = run(initializer([3, 3, 8, 10]))
    # The values of the truncated normal distribution have 0.774 of its variance.
    assert got.var() == pytest.approx(2 / n if uniform else 1.3 * 0.774 * 2 / n, rel=0.15)


def test_the_initializer_of_a_vector_and_a_scalar():
    for shape in ([4], []):
        got = run(initializers.xavier_initializer(seed=1)(shape))
        assert np.all(np.abs(got) <= np.sqrt(3.0 / (shape or [1])[0]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dense.fully_connected(tf.constant(ROWS), 2.5), "must be an int"),
        (lambda: dense.fully_connected(tf.constant(ROWS[0]), 2), "rank"),
        (lambda: dense.stack(tf.constant(ROWS), dense.linear, 3), "list or tuple"),
        (lambda: convolutions.conv2d(tf.constant(ROWS), 2, 3), "rank 4"),
        (lambda: convolutions.convolution(tf.constant(ROWS), 2, 3), "not supported"),
        (lambda: convolutions.conv2d(tf.constant(IMAGES), 2, [3]), "2 positive integers"),
        (lambda: convolutions.conv2d(tf.constant(IMAGES), 2, 3, data_format="HWC"), "data_format"),
        (lambda: pooling.max_pool2d(tf.constant(IMAGES), 2, data_format="NDHWC"), "data_format"),
        (lambda: pooling.pool(tf.constant(ROWS), 2, "MAX"), "at least 3"),
        (lambda: simple.maxout(tf.constant(IMAGES), 2), "cannot be divided"),
        (lambda: simple.bias_add(tf.constant(ROWS), data_format="NCHW"), "4D"),
        (lambda: normalizations.unit_norm(tf.constant(ROWS), 2), "smaller than"),
        (lambda: normalizations.group_norm(tf.constant(IMAGES), 2), "2 groups"),
        (lambda: normalizations.layer_norm(tf.constant(ROWS), begin_norm_axis=2), "must be <"),
        (lambda: outputs_and_sizes.last_dimension(tf.TensorShape([3, None])), "must be known"),
        (lambda: outputs_and_sizes.two_element_tuple([1, 2, 3]), "2 elements"),
    ],
)
def test_wrong_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
