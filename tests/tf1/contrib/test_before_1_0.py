"""Names and orders of arguments from before TensorFlow 1.0."""

from __future__ import annotations

import numpy as np
import pytest
from tf1_in_process import old_names

from cnn_mnist.tf1 import argument_orders, supplied
from cnn_mnist.tf_compat import tf

tf1 = old_names()
A = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
B = A + 1


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(supplied, "say_once", lines.append)
    return lines


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: tf1.batch_matmul(A, B, adj_y=True), A @ B.transpose(0, 2, 1)),
        (lambda: tf1.select(A > 4, A, -B), np.where(A > 4, A, -B)),
        (lambda: tf1.mul(A, B), A * B),
        (lambda: tf1.sub(A, B), A - B),
        (lambda: tf1.neg(A), -A),
        (lambda: tf1.inv(B), 1 / B),
        (lambda: tf1.pack([A, B]), np.stack([A, B])),
        (lambda: tf1.unpack(A)[1], A[1]),
        (lambda: tf1.complex_abs(-A), A),
        (lambda: tf1.listdiff([3, 1, 2], [1])[0], [3, 2]),
        (lambda: tf1.batch_matrix_diag(A[0])[1], np.diag(A[0, 1])),
    ],
)
def test_a_name_of_before_1_0_computes_what_it_did(found, expected):
    np.testing.assert_allclose(np.asarray(found()), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: argument_orders.concat(1, [A, B]), np.concatenate([A, B], 1)),
        (
            lambda: argument_orders.concat(concat_dim=2, values=[A, B]),
            np.concatenate([A, B], 2),
        ),
        (lambda: argument_orders.split(2, 3, A)[2], A[:, :, 2:]),
        (lambda: argument_orders.split(split_dim=0, num_split=2, value=A)[1], A[1:]),
        (lambda: argument_orders.reverse(A, [True, False, True]), A[::-1, :, ::-1]),
        (lambda: argument_orders.resize_images(A[..., None], 4, 6).shape, (2, 4, 6, 1)),
    ],
)
def test_an_old_order_of_arguments_is_understood_and_said(said, found, expected):
    np.testing.assert_array_equal(np.asarray(found()), expected)
    (line,) = said
    assert "is of before TensorFlow 1.0 and is taken as" in line


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: argument_orders.concat([A, B], 1), np.concatenate([A, B], 1)),
        (lambda: argument_orders.concat(values=[A, B], axis=0), np.concatenate([A, B])),
        (lambda: argument_orders.split(A, 3, 2)[2], A[:, :, 2:]),
        (lambda: argument_orders.reverse(A, [1]), A[:, ::-1]),
        (lambda: argument_orders.resize_images(A[..., None], [4, 6]).shape, (2, 4, 6, 1)),
    ],
)
def test_todays_order_stays_as_it_is(said, found, expected):
    np.testing.assert_array_equal(np.asarray(found()), expected)
    assert said == []


def test_old_summaries_have_their_tags_as_given():
    with tf.Graph().as_default(), tf.Session() as session:
        tf1.scalar_summary(["a", "b c"], [1.0, 2.0])
        tf1.histogram_summary("h", [1.0, 2.0, 2.0])
        tf1.image_summary("i", np.zeros([2, 3, 3, 1], np.float32), max_images=1)
        tf1.audio_summary("s", np.zeros([1, 8, 1], np.float32), 8000.0)
        tf1.contrib.deprecated.scalar_summary("unlisted", 3.0, collections=[])
        summary = tf.Summary.FromString(session.run(tf1.merge_all_summaries()))
    values = {value.tag: value for value in summary.value}
    assert sorted(values) == ["a", "b c", "h", "i/image", "s/audio/0"]
    assert values["b c"].simple_value == 2
    assert values["h"].histo.num == 3
