"""Sessions compute with the threads and in the precision that a run asks for."""

import dataclasses

import pytest

from cnn_mnist import sessions
from cnn_mnist.tf_compat import tf


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_threads_are_those_of_the_run_within_an_op_and_between_ops(small_config, threads):
    made = sessions.session_config(dataclasses.replace(small_config, threads=threads))
    assert made.intra_op_parallelism_threads == threads
    assert made.inter_op_parallelism_threads == threads


def test_the_rewrite_to_bfloat16_is_on_for_bfloat16_only(small_config):
    def rewrite(precision):
        made = sessions.session_config(dataclasses.replace(small_config, precision=precision))
        options = made.graph_options.rewrite_options
        return options.auto_mixed_precision_onednn_bfloat16

    assert rewrite("bfloat16") == 1
    assert rewrite("float32") == 0


def test_bfloat16_changes_a_product_and_float32_does_not(small_config):
    """On processors without the instructions TensorFlow leaves the graph as it is."""
    rounded = {}
    for precision in ("float32", "bfloat16"):
        made = sessions.session_config(dataclasses.replace(small_config, precision=precision))
        with tf.Graph().as_default(), tf.Session(config=made) as session:
            value = tf.placeholder(tf.float32, [256, 256])
            product = session.run(tf.matmul(value, value), {value: [[1.001] * 256] * 256})
            rounded[precision] = float(product[0, 0])
    assert rounded["float32"] == pytest.approx(256 * 1.001**2, rel=1e-5)
    assert rounded["bfloat16"] == pytest.approx(256 * 1.001**2, rel=1e-2)
