"""What the hook of checkpoints writes before the first step."""

from __future__ import annotations

import glob
import os

import pytest
from google.protobuf import text_format

from cnn_mnist.hooks import checkpoint
from cnn_mnist.tf_compat import tf


@pytest.fixture(scope="module")
def graph_of_the_checkpoint(trained):
    """The graph that the last checkpoint's `.meta` file holds, which TensorFlow wrote."""
    with open(os.path.join(trained.model_dir, "model.ckpt-40.meta"), "rb") as file:
        return tf.MetaGraphDef.FromString(file.read()).graph_def


def test_the_text_of_the_graph_is_that_of_the_training_graph(trained, graph_of_the_checkpoint):
    path = os.path.join(trained.model_dir, checkpoint.GRAPH_FILE)
    with open(path, encoding="utf-8") as file:
        written = text_format.Parse(file.read(), tf.GraphDef())
    assert len(written.node) > 300
    assert {node.name: node for node in written.node} == {
        node.name: node for node in graph_of_the_checkpoint.node
    }


def test_tensorboard_gets_the_whole_graph_and_its_collections(trained, graph_of_the_checkpoint):
    (events,) = glob.glob(os.path.join(trained.model_dir, "events.out.tfevents.*"))
    records = list(tf.train.summary_iterator(events))
    # TensorFlow's writer has recorded the graph once before, as it was when the writer was made.
    graph = [record.graph_def for record in records if record.graph_def][-1]
    meta = [record.meta_graph_def for record in records if record.meta_graph_def][-1]
    assert len(tf.GraphDef.FromString(graph).node) == len(graph_of_the_checkpoint.node)
    assert "global_step" in tf.MetaGraphDef.FromString(meta).collection_def
