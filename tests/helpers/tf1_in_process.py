"""TensorFlow 1's names and behaviour in the process of the tests, as the launcher gives them."""

from __future__ import annotations

import contextlib
import functools

from cnn_mnist.tf1 import modules, names
from cnn_mnist.tf_compat import tf


class OldNames:
    """What `import tensorflow as tf` gives a script, without a change to Python's imports."""

    def __init__(self, old="tf", today=tf):
        self._old, self._today = old, today

    def __getattr__(self, attribute):
        old = f"{self._old}.{attribute}"
        row = names.find(old)
        if row is not None:
            assert not row.refused, f"{old} is refused: {row.refused}"
            return modules.look_up(row.stand_in)
        if names.is_public_module(old):
            return OldNames(old, getattr(self._today, attribute, None))
        return getattr(self._today, attribute)


_SWITCHES = (
    (tf.disable_resource_variables, tf.enable_resource_variables, tf.resource_variables_enabled),
    (tf.disable_control_flow_v2, tf.enable_control_flow_v2, tf.control_flow_v2_enabled),
    (tf.disable_v2_tensorshape, tf.enable_v2_tensorshape, None),
    (tf.disable_tensor_equality, tf.enable_tensor_equality, None),
)


@contextlib.contextmanager
def version_1():
    """Has graphs built as the launcher has them built, and undoes that afterwards."""
    undo = [on for _, on, is_on in _SWITCHES if is_on is None or is_on()]
    for off, _, _ in _SWITCHES:
        off()
    try:
        yield
    finally:
        for switch in undo:
            switch()


@functools.cache
def old_names():
    """Returns `OldNames`, the same for all tests."""
    return OldNames()
