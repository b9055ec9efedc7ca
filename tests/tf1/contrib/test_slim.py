"""`tf.contrib.slim`: tf-slim beside today's TensorFlow, with the scopes of this package."""

from __future__ import annotations

import dataclasses
import importlib

import pytest

from cnn_mnist.tf1 import modules, names
from cnn_mnist.tf1.contrib.framework.arg_scopes import arg_scope
from cnn_mnist.tf1.contrib.layers import convolutions, dense
from cnn_mnist.tf_compat import tf


@pytest.fixture
def slim():
    pytest.importorskip("tf_slim", reason="tf-slim is of the extra tf1")
    flags = importlib.import_module("tensorflow.python.ops.control_flow_util")
    with pytest.MonkeyPatch.context() as patch, tf.Graph().as_default():
        patch.setattr(flags, "ENABLE_CONTROL_FLOW_V2", False)
        tf.get_variable_scope().set_use_resource(False)
        yield importlib.import_module("cnn_mnist.tf1.contrib.slim").slim


def old(name):
    return modules.look_up(names.find(f"tf.contrib.{name}").stand_in)


def test_slims_layers_are_those_of_contrib_layers():
    assert old("slim.conv2d") is old("layers.conv2d") is convolutions.conv2d
    assert old("slim.arg_scope") is old("framework.arg_scope")


def test_a_scope_holds_in_tf_slims_own_layers_and_the_other_way_around(slim):
    images = tf.ones([1, 8, 8, 3])
    with arg_scope([convolutions.conv2d], stride=2, scope="mine"):
        theirs = slim.conv2d(images, 4, 3)
    with slim.arg_scope([slim.conv2d, slim.fully_connected], activation_fn=tf.nn.tanh):
        ours = convolutions.conv2d(images, 4, 3)
        dense_ours = dense.fully_connected(images, 4)
    assert (theirs.shape.as_list(), theirs.op.name) == ([1, 4, 4, 4], "mine/Relu")
    assert (ours.op.type, dense_ours.op.type) == ("Tanh", "Tanh")


def test_a_residual_network_of_tf_slim_is_built_with_a_placeholder_for_training(slim):
    training = tf.placeholder(tf.bool, [])
    resnet = slim.nets.resnet_v1
    blocks = [resnet.resnet_v1_block("block1", base_depth=1, num_units=2, stride=2)]
    with arg_scope(resnet.resnet_arg_scope()):
        logits, ends = resnet.resnet_v1(
            tf.ones([1, 32, 32, 3]), blocks, 5, is_training=training, scope="net"
        )
    assert logits.shape.as_list() == [1, 1, 1, 5]
    assert "net/block1" in ends
    model_variables = [one.op.name for one in old("slim.get_model_variables")()]
    assert "net/block1/unit_1/bottleneck_v1/conv1/BatchNorm/gamma" in model_variables
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    assert tf.losses.get_regularization_losses()


def test_a_training_step_of_tf_slim_clips_and_summarizes(slim):
    variable = tf.get_variable("v", initializer=[3.0, 4.0])
    train = slim.learning.create_train_op(
        tf.nn.l2_loss(variable),
        tf.train.GradientDescentOptimizer(1.0),
        clip_gradient_norm=1.0,
        summarize_gradients=True,
        gradient_multipliers={"v": 0.5},
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        assert session.run(variable).tolist() == pytest.approx([2.4, 3.2])


def test_a_name_whose_package_is_missing_is_refused_with_the_command_that_installs_it():
    row = names.find("tf.contrib.slim.nets.vgg.vgg_16")
    missing = dataclasses.replace(row, stand_in="x:y", needs="tf_slim", refused="")
    assert row.needs == "tf_slim"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda name: None)
        refused = missing.as_installed()
    assert (refused.stand_in, refused.needs) == ("", "tf_slim")
    assert refused.refused.endswith("is not installed: pip install 'cnn-mnist[tf1]'")
