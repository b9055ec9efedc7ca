"""TensorBoard's *Graphs* shows the network as one row from input to loss, the rest beside it.

The row is what TensorBoard's own rules give, see `tensorboard_graph`; a slow test of
tests/scripts/test_tensorboard.py looks at the graph that TensorBoard serves.
"""

import dataclasses
import itertools
import os

import pytest
import tensorboard_graph
from google.protobuf import text_format

from cnn_mnist import config, input_fns, model
from cnn_mnist.cluster import devices
from cnn_mnist.config import presets
from cnn_mnist.data.loading import Examples
from cnn_mnist.hooks import TrainingClock, validation
from cnn_mnist.hooks.checkpoint import GRAPH_FILE
from cnn_mnist.hooks.finite import FiniteHook
from cnn_mnist.networks import architecture
from cnn_mnist.networks.variants import NETWORKS
from cnn_mnist.plots import graph_groups
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import estimator, tf

BESIDE = {"global_step", *graph_groups.BESIDE} - {graph_groups.REPLICAS}
ADAM = {"beta1_power", "beta2_power"}
ENDS = {"softmax_tensor", "predicted_classes", "loss", "batch_accuracy"}


def layers_of(settings):
    return [name for name, _ in architecture.named(architecture.parse(settings.architecture))]


def training_graph(settings, small):
    """Returns the graph of training, built as Estimator builds it, without a session."""
    names = tuple(map(str, range(settings.classes)))
    held_back = Examples(small.test.images, small.test.labels)
    with tf.Graph().as_default() as graph:
        tf.train.create_global_step()
        batches = input_fns.train_input_fn(
            small.train, 10, 1, augmentation=settings.augmentation, numbered=settings.devices > 1
        )
        if settings.devices > 1:
            batches = input_fns.for_devices(batches, settings.devices)
        features, labels = input_fns.as_one_box(batches)()
        params = {"config": settings, "devices": devices.names(settings.devices)}
        spec = model.model_fn(features, labels, estimator.ModeKeys.TRAIN, params)
        for hook in (
            FiniteHook(model.LOSS_TENSOR),
            validation.for_training(settings, held_back, names, 0, TrainingClock(), Progress()),
        ):
            hook.begin()
        spec.scaffold.finalize()
        return graph.as_graph_def()


def check_row(graph_def, settings):
    row = tensorboard_graph.Row(graph_def)
    layers = layers_of(settings)
    assert row.main[:2] == ["input", "scale_pixels"]
    assert row.main[2 : 2 + len(layers)] == layers
    of_all = ["logits_of_all"] if settings.devices > 1 else []
    assert set(row.main[2 + len(layers) :]) == {*ENDS, *of_all}
    adam = ADAM if settings.optimizer == "adam" else set()
    replicas = {graph_groups.REPLICAS} if settings.devices > 1 else set()
    assert set(row.beside) == BESIDE | adam | replicas
    # Each layer feeds the next one, and nothing else is in between.
    way = ["input", "scale_pixels", *layers, *of_all, "loss"]
    assert set(itertools.pairwise(way)) <= row.edges
    assert set(row.loose) <= {*layers, *of_all, "softmax_tensor", "predicted_classes"}


def test_the_graph_that_training_writes_is_a_row_from_input_to_loss(trained):
    with open(os.path.join(trained.model_dir, GRAPH_FILE), encoding="utf-8") as file:
        check_row(text_format.Parse(file.read(), tf.GraphDef()), trained)


def test_the_row_with_raw_ops_is_the_same(small_config, small):
    settings = dataclasses.replace(small_config, variant="nn", optimizer="sgd")
    os.makedirs(settings.model_dir)
    check_row(training_graph(settings, small), settings)


@pytest.mark.slow
@pytest.mark.parametrize("variant", NETWORKS)
@pytest.mark.parametrize("preset", presets.PRESETS)
def test_every_recipes_network_is_a_row(tmp_path, small, preset, variant):
    settings = config.from_preset(tmp_path, preset, variant=variant, train_steps=2)
    check_row(training_graph(settings, small), settings)


@pytest.mark.slow
def test_further_devices_stand_beside_the_row(small_config, small):
    settings = dataclasses.replace(small_config, distribution="mirrored", devices=3)
    os.makedirs(settings.model_dir)
    check_row(training_graph(settings, small), settings)


def test_variables_keep_the_names_that_checkpoints_know_them_by(trained):
    weights = architecture.variable_shapes(architecture.parse(trained.architecture))
    expected = {"global_step", *ADAM}
    for name in weights:
        expected |= {name, f"{name}/Adam", f"{name}/Adam_1"}
    checkpoint = tf.train.latest_checkpoint(trained.model_dir)
    assert {name for name, _ in tf.train.list_variables(checkpoint)} == expected


def test_a_group_is_marked_once_and_can_be_entered_again():
    with tf.Graph().as_default() as graph:
        for name in ("first", "second"):
            with graph_groups.beside_the_network(graph_groups.SESSION):
                tf.no_op(name=name)
        assert [op.name for op in graph.get_operations()] == [
            "session",
            "session/first",
            "session/second",
        ]


@pytest.mark.slow
@pytest.mark.parametrize("variant", NETWORKS)
def test_batch_normalization_stands_in_the_row(small_config, small, variant):
    network = "conv 3x3x4 stride 2 linear, batch_norm, relu, avgpool 2, flatten, dense 10"
    settings = dataclasses.replace(small_config, variant=variant, architecture=network)
    os.makedirs(settings.model_dir)
    check_row(training_graph(settings, small), settings)
