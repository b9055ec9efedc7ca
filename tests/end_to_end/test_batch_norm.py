"""A network with strides, average pooling and batch normalization: from training to exports."""

from __future__ import annotations

import dataclasses
import os
import subprocess

import numpy as np
import pytest

from cnn_mnist import experiment
from cnn_mnist.errors import UserError
from cnn_mnist.exporting import tflite
from cnn_mnist.model_folder import best, checkpoints
from cnn_mnist.networks import NETWORKS, architecture
from cnn_mnist.reports import inspection
from cnn_mnist.tf_compat import tf

NETWORK = (
    "conv 5x5x6 stride 2, batch_norm, conv 3x3x8 linear, batch_norm, relu, avgpool 2, "
    "pool 2 same stride 1, flatten, dense 16, batch_norm, dropout 0.2, dense 10"
)
AVERAGES = [
    name
    for name in architecture.variable_shapes(architecture.parse(NETWORK))
    if name.rpartition("/")[2] in architecture.MOVING_AVERAGES
]


def variables(checkpoint) -> dict[str, np.ndarray]:
    names = [name for name, _ in tf.train.list_variables(checkpoint)]
    return {name: tf.train.load_variable(checkpoint, name) for name in names}


@pytest.fixture(scope="module")
def normalized(trained, small, made_once):
    """A configuration whose `model_dir` holds 40 trained steps. Do not write to it."""

    def config(folder):
        return dataclasses.replace(trained, model_dir=str(folder), architecture=NETWORK)

    return config(made_once("normalized", lambda f: experiment.train(config(f), dataset=small)))


@pytest.fixture(scope="module")
def answers(normalized, small):
    return experiment.predict(normalized, small.test.images)


def test_training_moves_the_averages_and_the_best_checkpoint_has_them(normalized):
    kept = variables(best.read(normalized.model_dir).path)
    assert set(kept) == {
        *architecture.variable_shapes(architecture.parse(NETWORK)),
        "global_step",
    }
    newest = variables(os.path.join(normalized.model_dir, f"model.ckpt-{kept['global_step']}"))
    for name in AVERAGES:
        np.testing.assert_array_equal(kept[name], newest[name], name)
        initial = 1.0 if name.endswith("variance") else 0.0
        assert (np.abs(kept[name] - initial) > 1e-3).mean() > 0.7, name


def test_validation_in_the_training_graph_uses_the_averages_as_evaluation_does(normalized, small):
    measured = experiment.evaluate(normalized, "validation", dataset=small)
    kept = best.read(normalized.model_dir).validation.metrics
    assert measured.accuracy == pytest.approx(kept["accuracy"], abs=1e-9)
    assert measured.loss == pytest.approx(kept["loss"], abs=1e-5)


def test_the_answer_for_an_image_does_not_depend_on_the_others_of_its_batch(
    normalized, small, answers
):
    alone = experiment.predict(normalized, small.test.images[:1])
    np.testing.assert_allclose(alone.probabilities, answers.probabilities[:1], atol=1e-6)


def test_the_same_network_without_normalization_is_refused_with_the_one_that_is_there(normalized):
    layers = architecture.parse(NETWORK)
    plain = tuple(layer for layer in layers if layer != architecture.BatchNorm())
    other = dataclasses.replace(normalized, architecture=architecture.describe(plain))
    with pytest.raises(UserError) as caught:
        checkpoints.find(other)
    assert str(caught.value).startswith(
        f"architecture differs: {normalized.model_dir} holds a network with "
        "batch_normalization/beta [6], this Config asks for no batch_normalization/beta; give "
        f"that architecture (it was trained with '{NETWORK}')"
    )


def test_each_layer_that_computes_something_is_looked_into(normalized, small):
    inside = inspection.look_inside(normalized, small.test.images[:2])
    assert set(AVERAGES) < set(inside.variables)
    assert inspection._layers_of(normalized, *inspection._KINDS, dimensions=3) == [
        *("conv2d", "batch_normalization", "conv2d_1", "batch_normalization_1", "relu"),
        *("average_pooling2d", "max_pooling2d"),
    ]
    assert inspection._layers_of(normalized, *inspection._KINDS, dimensions=1) == [
        *("dense", "batch_normalization_2", "dense_1"),
    ]
    assert inside.outputs["conv2d_1"].min() < 0 <= inside.outputs["conv2d"].min()
    means = inside.outputs["relu"].reshape(2, 7, 2, 7, 2, 8).mean(axis=(2, 4))
    np.testing.assert_allclose(inside.outputs["average_pooling2d"], means, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["layers", pytest.param("nn", marks=pytest.mark.long)])
def test_every_export_gives_the_checkpoints_answers(normalized, small, answers, tmp_path, variant):
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    config = dataclasses.replace(
        normalized, variant=variant, export_formats=("saved_model", "tflite", "tfjs")
    )
    version = experiment.export(config, str(tmp_path), dataset=small)
    images = small.test.images
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], version)
        signature = meta.signature_def["serving_default"]
        served = session.run(
            signature.outputs["probabilities"].name, {signature.inputs["image"].name: images}
        )
    np.testing.assert_allclose(served, answers.probabilities, atol=1e-6)
    for name, within in zip(tflite.FILES, (1e-5, 2e-3, 3e-2, 6e-2), strict=True):
        path = os.path.join(version, "tflite", name)
        run = litert.Interpreter(path).get_signature_runner("serving_default")
        found = run(image=images)["probabilities"]
        np.testing.assert_allclose(found, answers.probabilities, atol=within, err_msg=name)
    expected = experiment.evaluate(normalized, dataset=small)
    for stored_as, within in (("float32", 1e-6), ("float16", 1e-3), ("uint8", 0.05)):
        other = dataclasses.replace(config, tfjs_weights=stored_as)
        version = experiment.export(other, str(tmp_path / stored_as), dataset=small)
        model = os.path.join(version, "tfjs")
        measured = experiment.evaluate_layers_model(config, model, dataset=small)
        assert measured.loss == pytest.approx(expected.loss, abs=within), stored_as


@pytest.mark.slow
def test_both_variants_train_alike_and_go_on_after_a_stop_bit_for_bit(
    tmp_path, data_dir, command_line
):
    def train(folder, variant, steps):
        command = [
            *command_line,
            *("--mode=train", f"--model_dir={tmp_path / folder}", f"--architecture={NETWORK}"),
            *(f"--variant={variant}", f"--train_steps={steps}", "--deterministic"),
            *("--schedule=constant", "--warmup_steps=5", "--validation_examples=500"),
            *("--validate_every_steps=100", f"--data_dir={data_dir}", "--precision=float32"),
        ]
        subprocess.run(command, check=True, capture_output=True)
        return variables(str(tmp_path / folder / f"model.ckpt-{steps}"))

    of_layers, of_nn = (train(variant, variant, 30) for variant in NETWORKS)
    assert of_layers.keys() == of_nn.keys()
    for name, value in of_layers.items():
        np.testing.assert_allclose(of_nn[name], value, atol=1e-5, err_msg=name)
    train("stopped", "nn", 15)
    for name, value in train("stopped", "nn", 30).items():
        np.testing.assert_array_equal(value, of_nn[name], name)


@pytest.mark.slow
def test_training_in_bfloat16_keeps_its_averages_in_float32(normalized, small, tmp_path):
    config = dataclasses.replace(normalized, model_dir=str(tmp_path), precision="bfloat16")
    experiment.train(dataclasses.replace(config, train_steps=20), dataset=small)
    for name, value in variables(best.read(str(tmp_path)).path).items():
        assert value.dtype in (np.float32, np.int64) and np.isfinite(value).all(), name
