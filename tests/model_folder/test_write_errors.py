"""Only errors about a file count as errors of writing; errors of the graph do not."""

from __future__ import annotations

import pytest

from cnn_mnist.model_folder import write_errors
from cnn_mnist.tf_compat import tf


def of_an_op(kind):
    """Returns an error that names an op of this type."""
    with tf.Graph().as_default() as graph:
        node = graph.create_op(kind, [], []) if kind == "NoOp" else None
    return tf.errors.UnknownError(None, node, "/m/model.ckpt-1; No space left on device")


def of_saving():
    with tf.Graph().as_default():
        save = tf.raw_ops.SaveV2(
            prefix="/m/model.ckpt-1", tensor_names=["a"], shape_and_slices=[""], tensors=[1.0]
        )
    return tf.errors.ResourceExhaustedError(None, save, "/m/model.ckpt-1; No space left on device")


def test_an_error_of_saving_is_about_writing():
    assert write_errors.is_about_writing(of_saving())


def test_an_error_of_another_op_is_not_whatever_its_text():
    assert not write_errors.is_about_writing(of_an_op("NoOp"))


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(None, None, "/m/graph.pbtxt.tmp; No space left on device"),
        tf.errors.PermissionDeniedError(None, None, "/m/events.out; Read-only file system"),
        tf.errors.FailedPreconditionError(None, None, "/m/eval_validation is not a directory"),
    ],
)
def test_an_error_without_an_op_that_names_a_file_is_about_writing(error):
    assert write_errors.is_about_writing(error)
    assert write_errors.reason_of(error).startswith("/m/")


def test_the_file_may_be_named_by_a_relative_path():
    error = tf.errors.NotFoundError(None, None, "m/events.out; No such file or directory")
    assert write_errors.is_about_writing(error)
    assert write_errors.reason_of(error) == "m/events.out; No such file or directory"


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.InvalidArgumentError(None, None, "Matrix size-incompatible: In[0]: [2,3]"),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[9,9]"),
    ],
)
def test_an_error_that_names_neither_an_op_nor_a_file_is_not(error):
    assert not write_errors.is_about_writing(error)
