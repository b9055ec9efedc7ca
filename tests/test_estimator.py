"""Sessions compute with the threads and in the precision that a run asks for."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from cnn_mnist import estimator
from cnn_mnist.cluster.tf_config import Cluster
from cnn_mnist.tf_compat import tf


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_threads_are_those_of_the_run_within_an_op_and_between_ops(small_config, threads):
    made = estimator.session_config(dataclasses.replace(small_config, threads=threads))
    assert made.intra_op_parallelism_threads == threads
    assert made.inter_op_parallelism_threads == threads


# A condition is what Estimator's graphs have, and TensorFlow makes its threads while building it.
COUNT_THREADS = """
import os, sys
from cnn_mnist import config, estimator
from cnn_mnist.tf_compat import tf
# A process of its own for each number, after an import for all of them.
threads = next((int(number) for number in sys.argv[1:] if os.fork() == 0), None)
if threads is None:
    for _ in sys.argv[1:]:
        assert os.wait()[1] == 0
    sys.exit()
made = estimator.session_config(config.from_preset("x", threads=threads))
with tf.Graph().as_default():
    value = tf.placeholder(tf.float32, [500, 500])
    product = tf.cond(value[0, 0] > 0.0, lambda: tf.matmul(value, value), lambda: value)
    tf.Session(config=made).run(product, {value: [[1.0] * 500] * 500})
names = [open(f"/proc/self/task/{task}/comm").read() for task in os.listdir("/proc/self/task")]
print(threads, len([name for name in names if not name.startswith("tf_")]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted in /proc")
def test_a_process_computes_an_op_with_the_threads_that_are_asked_for():
    ran = subprocess.run(
        [sys.executable, "-c", COUNT_THREADS, "1", "4"], capture_output=True, text=True, check=True
    )
    counted = dict(line.split() for line in ran.stdout.splitlines())
    assert int(counted["4"]) - int(counted["1"]) == 3


def test_the_rewrite_to_bfloat16_is_on_for_bfloat16_only(small_config):
    def rewrite(precision):
        made = estimator.session_config(dataclasses.replace(small_config, precision=precision))
        options = made.graph_options.rewrite_options
        return options.auto_mixed_precision_onednn_bfloat16

    assert rewrite("bfloat16") == 1
    assert rewrite("float32") == 0


def test_bfloat16_is_for_training_only(small_config):
    config = dataclasses.replace(small_config, precision="bfloat16")
    for training in (True, False):
        made = estimator.build_estimator(config, training=training).config.session_config
        options = made.graph_options.rewrite_options
        assert options.auto_mixed_precision_onednn_bfloat16 == int(training)


@pytest.mark.parametrize("servers", [{"ps": ("x:1",)}, {}])
def test_a_server_computes_a_convolution_in_bfloat16_as_a_session_does(small_config, servers):
    """On processors without the instructions TensorFlow leaves the graph as it is."""
    config = dataclasses.replace(small_config, precision="bfloat16")
    cluster = Cluster({"chief": ("y:1",), "worker": ("z:1",), **servers}, ("worker", 0))
    in_cluster = estimator.session_config(config, cluster=cluster)
    # The server is a cluster of its own, whose task has another name.
    del in_cluster.device_filters[:]
    in_cluster.experimental.collective_group_leader = ""
    server = tf.train.Server.create_local_server()
    with tf.Graph().as_default():
        images = tf.random.stateless_normal([10, 8, 8, 1], seed=[1, 2])
        kernel = tf.get_variable("kernel", initializer=tf.ones([3, 3, 1, 4]) / 7.0)
        bias = tf.get_variable("bias", initializer=tf.ones([4]) / 9.0)
        output = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(images, kernel, 1, "SAME"), bias))
        computed = []
        for target, settings in (
            ("", estimator.session_config(config)),
            (server.target, in_cluster),
        ):
            with tf.Session(target, config=settings) as session:
                session.run(tf.global_variables_initializer())
                computed.append(session.run(output))
    np.testing.assert_allclose(*computed, rtol=2**-7, atol=2**-7)


def test_bfloat16_changes_a_product_and_float32_does_not(small_config):
    """On processors without the instructions TensorFlow leaves the graph as it is."""
    rounded = {}
    for precision in ("float32", "bfloat16"):
        made = estimator.session_config(dataclasses.replace(small_config, precision=precision))
        with tf.Graph().as_default(), tf.Session(config=made) as session:
            value = tf.placeholder(tf.float32, [256, 256])
            product = session.run(tf.matmul(value, value), {value: [[1.001] * 256] * 256})
            rounded[precision] = float(product[0, 0])
    assert rounded["float32"] == pytest.approx(256 * 1.001**2, rel=1e-5)
    assert rounded["bfloat16"] == pytest.approx(256 * 1.001**2, rel=1e-2)
