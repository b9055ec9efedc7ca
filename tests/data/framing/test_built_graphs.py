"""The graphs that the package holds built are those that its source builds."""

import collections
import importlib.metadata
import pathlib
import subprocess
import sys

import pytest

from cnn_mnist.data.framing import graph_framing
from cnn_mnist.tf_compat import tf

FOLDER = pathlib.Path(graph_framing.__file__).parent
DEFAULTS = {"grad_a", "grad_b", "grad_x", "grad_y", "incompatible_shape_error", "Tshape"}
"""Attributes that only some of the supported TensorFlow versions write."""


def ops(serialized):
    """Counts the ops of a graph and its functions by kind, attributes and inputs' number."""
    graph = tf.GraphDef.FromString(serialized)
    functions = [function.node_def for function in graph.library.function]
    return collections.Counter(
        (node.op, len(node.input), *sorted(_attributes(node)))
        for nodes in (graph.node, *functions)
        for node in nodes
    )


def _attributes(node):
    for name, value in node.attr.items():
        # Functions are numbered by what was built before them.
        is_function = value.HasField("func") or value.list.func
        if name not in DEFAULTS and not name.startswith("_") and not is_function:
            yield name, value.SerializeToString(deterministic=True)


@pytest.mark.parametrize("digits", [True, False])
def test_the_source_builds_the_ops_of_the_built_graph(digits):
    built = (FOLDER / graph_framing.FILES[digits]).read_bytes()
    assert ops(graph_framing.build(digits)) == ops(built), "run scripts/build_framing_graphs"


@pytest.mark.slow
@pytest.mark.parametrize("digits", [True, False])
def test_the_oldest_tensorflow_builds_the_built_graph_byte_for_byte(digits):
    if not importlib.metadata.version("tensorflow").startswith("2.15."):
        pytest.skip("the built graphs are those of TensorFlow 2.15")
    code = (
        "import sys; from cnn_mnist.data.framing import graph_framing; "
        f"sys.stdout.buffer.write(graph_framing.build({digits}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ended.stdout == (FOLDER / graph_framing.FILES[digits]).read_bytes()
