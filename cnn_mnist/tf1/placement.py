"""`tf.device("/gpu:0")` on a machine without a GPU."""

from __future__ import annotations

import functools
import importlib
import re
from typing import Any

from cnn_mnist.tf1 import modules, supplied
from cnn_mnist.tf_compat import tf

_GPU = re.compile(r"(?:device:)?gpu:(\d+|\*)", re.IGNORECASE)


def supply() -> None:
    """Has ops placed on the CPU where a script wants a GPU and this machine has none."""
    if not tf.config.list_physical_devices("GPU"):
        modules.tensorflow().device = _device  # type: ignore[attr-defined]
    _place_softly()


def _device(name: Any) -> Any:
    """Does what `tf.device` does, with a GPU's name replaced."""
    if isinstance(name, str) and _GPU.search(name):
        supplied.say_once(f"this machine has no GPU: {name} is on its CPU")
        name = _GPU.sub("device:CPU:0", name)
    return tf.device(name)


def _place_softly() -> None:
    """Has every session place an op elsewhere if its device is not there.

    A graph may come from a file, or name a second GPU. Sessions are created in many places of
    TensorFlow, and this is the one that they have in common.
    """
    session = importlib.import_module("tensorflow.python.client.session").BaseSession
    context = importlib.import_module("tensorflow.python.eager.context").context
    create = session.__init__

    @functools.wraps(create)
    def create_with_soft_placement(
        self: Any, target: Any = "", graph: Any = None, config: Any = None
    ) -> None:
        config = context().config if config is None else config
        if isinstance(config, tf.ConfigProto):
            soft = tf.ConfigProto()
            soft.CopyFrom(config)
            soft.allow_soft_placement = True
            config = soft
        create(self, target, graph, config)

    session.__init__ = create_with_soft_placement
