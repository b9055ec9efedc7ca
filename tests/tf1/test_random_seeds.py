"""With a seed of the graph, scripts print the numbers that they printed in TensorFlow 1.15.5."""

from __future__ import annotations

import re

import pytest
from tf1_scripts import FOLDER, launched

# TensorFlow 1.15.5 printed these losses, at steps 0, 10, ... and 50.
LOSSES = {
    "seeded_mnist_cnn.py": ("cost =", [3.068363, 2.267244, 2.115410, 1.502273, 1.305919, 0.938933]),
    "seeded_layers.py": ("loss =", [2.5614, 1.8255, 1.1444, 0.9200, 0.7209, 0.7983]),
    "seeded_lstm.py": ("Loss=", [3.0597, 2.1652, 1.9363, 1.8212, 1.6853, 1.2381]),
}

# Ops of a call, and how many of them were made before the seed was taken, in TensorFlow 1.15.5.
OPS = {
    "tf.random_uniform([3])": (7, 3),
    "tf.random_uniform([3], maxval=2.0)": (7, 3),
    "tf.nn.dropout(x, 0.5)": (16, 4),
    "tf.nn.dropout(x, keep)": (17, 5),
    "tf.nn.dropout(x, rate=keep)": (15, 3),
    "tf.layers.dropout(x, 0.5, training=training)": (24, 9),
    "tf.layers.conv2d(images, 3, 3)": (17, 3),
    "tf.layers.conv2d(images, 3, 3, dilation_rate=2)": (27, 3),
    "tf.layers.conv2d_transpose(images, 3, 3)": (43, 3),
    "tf.layers.dense(rows, 3)": (40, 3),
    "tf.layers.flatten(images)": (8, None),
    "tf.layers.batch_normalization(images)": (18, None),
    "tf.layers.batch_normalization(images, training=True)": (30, None),
    "tf.losses.sparse_softmax_cross_entropy(labels, x)": (32, None),
    "tf.tensordot(tf.zeros([3, 4]), tf.zeros([5, 4]), [[1], [1]])": (13, None),
    "tf.reduce_mean(tf.reduce_mean(x))": (4, None),
    "tf.split(x, 2, 1)": (3, None),
    "tf.one_hot(labels, 10, 1.0, 0.0)": (6, None),
    "tf.eye(3)": (2, None),
    "tf.get_variable('v', [4, 6], regularizer=layers.l2_regularizer(0.1))": (13, 3),
    "tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(4), rows, dtype=tf.float32)": (159, 100),
    "tf.data.Dataset.range(3).shuffle(3).batch(2).make_initializable_iterator()": (24, None),
    "layers.batch_norm(images, is_training=training)": (49, None),
    "layers.conv2d(images, 3, 3, normalizer_fn=layers.batch_norm)": (40, 3),
    "layers.conv2d_transpose(images, 3, 3)": (40, 3),
    "layers.flatten(images)": (8, None),
}

COUNTING = """
import sys
import tensorflow as tf
from tensorflow.python.framework.random_seed import get_seed
layers = tf.contrib.layers
tf.set_random_seed(7)
x = tf.placeholder(tf.float32, [None, 784])
images = tf.placeholder(tf.float32, [None, 28, 28, 3])
rows = tf.placeholder(tf.float32, [None, 28, 8])
labels = tf.placeholder(tf.int32, [None])
keep = tf.placeholder(tf.float32)
training = tf.placeholder(tf.bool)
graph = tf.get_default_graph()
for line in open("calls"):
    before, made = get_seed(None)[1], len(graph.get_operations())
    eval(line)
    drawn = [op for op in graph.get_operations()[made:] if op.type == "RandomUniform"]
    print(get_seed(None)[1] - before, *[op.get_attr("seed2") - before for op in drawn])
"""


@pytest.mark.slow
def test_a_deep_net_with_dropout_learns_as_in_tensorflow_1(tmp_path):
    """TensorFlow 1.15.5 printed these costs."""
    ran = launched(str(FOLDER / "seeded_xor.py"), folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    printed = [float(number) for number in re.findall(r"cost (\S+)", ran.stdout)]
    costs = [0.93352, 0.55519, 0.37054, 0.20427]
    assert printed == pytest.approx(costs, rel=1e-3)


@pytest.mark.slow
def test_calls_count_as_many_ops_as_in_tensorflow_1(tmp_path):
    (tmp_path / "script.py").write_text(COUNTING)
    (tmp_path / "calls").write_text("\n".join(OPS))
    ran = launched("script.py", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    counted = [tuple(map(int, line.split())) for line in ran.stdout.splitlines()]
    expected = [(ops,) if before is None else (ops, before) for ops, before in OPS.values()]
    assert dict(zip(OPS, counted, strict=True)) == dict(zip(OPS, expected, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", LOSSES)
def test_a_seeded_script_prints_the_losses_of_tensorflow_1(name, tmp_path):
    ran = launched(str(FOLDER / name), folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    text, losses = LOSSES[name]
    printed = [float(number) for number in re.findall(rf"{text} (\S+)", ran.stdout)]
    assert printed == pytest.approx(losses, rel=1e-3)
