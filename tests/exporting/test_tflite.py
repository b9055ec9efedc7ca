"""TensorFlow Lite files, run by LiteRT's interpreter, give the SavedModel's answers."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest

from cnn_mnist import config, experiment, model
from cnn_mnist.exporting import frozen, tflite
from cnn_mnist.tf_compat import estimator, tf

litert = pytest.importorskip("ai_edge_litert.interpreter")
schema = pytest.importorskip("ai_edge_litert.schema_py_generated")

FLOAT32, FLOAT16, DYNAMIC_INT8, INT8 = tflite.FILES
TOLERANCE = {FLOAT32: 1e-5, FLOAT16: 2e-3, DYNAMIC_INT8: 3e-2, INT8: 6e-2}
"""The largest difference of a probability from the SavedModel's."""


@pytest.fixture(scope="module", params=["layers", pytest.param("nn", marks=pytest.mark.slow)])
def version(request, trained, small, tmp_path_factory):
    """An export with TensorFlow Lite files."""
    both = dataclasses.replace(
        trained, variant=request.param, export_formats=("saved_model", "tflite")
    )
    return experiment.export(both, str(tmp_path_factory.mktemp("export")), dataset=small)


@pytest.fixture(params=list(tflite.FILES))
def path(request, version):
    return os.path.join(version, "tflite", request.param)


def runner(path):
    return litert.Interpreter(path).get_signature_runner("serving_default")


def answers_of(saved_model, images):
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], saved_model)
        signature = meta.signature_def["serving_default"]
        outputs = {name: info.name for name, info in signature.outputs.items()}
        return session.run(outputs, {signature.inputs["image"].name: images})


def test_a_version_holds_the_four_files_in_a_folder_of_their_own(version):
    assert sorted(os.listdir(os.path.join(version, "tflite"))) == sorted(tflite.FILES)
    assert "tflite" in os.listdir(version)


def test_weights_take_a_half_and_a_quarter(version):
    float32, float16, *int8 = (
        os.path.getsize(os.path.join(version, "tflite", name)) for name in tflite.FILES
    )
    assert float32 / float16 == pytest.approx(2, rel=0.1)
    # In a small network, the parts other than weights count for more.
    assert all(2.5 < float32 / size < 4 for size in int8)


def test_the_signature_is_the_one_that_serving_has(path):
    interpreter = litert.Interpreter(path)
    assert interpreter.get_signature_list() == {
        "serving_default": {"inputs": ["image"], "outputs": ["classes", "probabilities"]}
    }
    described = {
        name: (tensor["dtype"], tensor["shape_signature"].tolist(), tensor["quantization"])
        for details in (runner(path).get_input_details(), runner(path).get_output_details())
        for name, tensor in details.items()
    }
    # Pixels of 0 to 255 stand for values of 0 to 1.
    scale = pytest.approx(1 / 255) if os.path.basename(path) == INT8 else 0.0
    assert described == {
        "image": (np.uint8, [1, 28, 28, 1], (scale, 0)),
        "classes": (np.int32, [1], (0.0, 0)),
        "probabilities": (np.float32, [1, 10], (0.0, 0)),
    }


def test_inputs_and_outputs_are_in_the_order_of_files_of_before(path):
    interpreter = litert.Interpreter(path)
    assert [tensor["name"] for tensor in interpreter.get_input_details()] == ["image:0"]
    outputs = [tensor["name"] for tensor in interpreter.get_output_details()]
    assert outputs == ["classes:0", "softmax_tensor:0"]


def test_it_answers_as_the_saved_model_beside_it(path, version, small):
    images = small.test.images
    expected = answers_of(version, images)
    found = runner(path)(image=images)
    tolerance = TOLERANCE[os.path.basename(path)]
    np.testing.assert_allclose(found["probabilities"], expected["probabilities"], atol=tolerance)
    in_steps = os.path.basename(path) == INT8
    np.testing.assert_allclose(
        found["probabilities"].sum(axis=1), 1, atol=0.02 + 1e-5 if in_steps else 1e-5
    )
    of_class = np.take_along_axis(found["probabilities"], found["classes"][:, None], axis=1)
    np.testing.assert_array_equal(of_class[:, 0], found["probabilities"].max(axis=1))
    assert np.mean(found["classes"] != expected["classes"]) <= 0.01
    if os.path.basename(path) == FLOAT32:
        np.testing.assert_array_equal(found["classes"], expected["classes"])


def test_an_image_gets_the_same_answer_alone_and_in_a_batch_of_a_hundred(path, small):
    images = small.test.images[:100]
    network = runner(path)
    together = network(image=images)["probabilities"]
    alone = [network(image=images[n : n + 1])["probabilities"][0] for n in range(5)]
    assert together.shape == (100, 10)
    np.testing.assert_allclose(together[:5], alone, atol=1e-5)


def test_every_op_is_builtin(path):
    with open(path, "rb") as file:
        found = schema.Model.GetRootAs(file.read())
    codes = [found.OperatorCodes(n) for n in range(found.OperatorCodesLength())]
    assert codes and not [code.CustomCode() for code in codes if code.CustomCode()]
    assert schema.BuiltinOperator.CUSTOM not in [code.BuiltinCode() for code in codes]


def test_weights_are_stored_in_the_format_in_the_files_name(path):
    types = {tensor["dtype"] for tensor in litert.Interpreter(path).get_tensor_details()}
    name = os.path.basename(path)
    assert (np.float16 in types) == (name == FLOAT16)
    assert (np.int8 in types) == (name in (DYNAMIC_INT8, INT8))


def test_the_int8_file_computes_in_integers_until_its_last_ops(version):
    """Accelerators without floats stop at the first op that needs them."""
    with open(os.path.join(version, "tflite", INT8), "rb") as file:
        graph = schema.Model.GetRootAs(file.read()).Subgraphs(0)
    floats = [
        number
        for number in range(graph.OperatorsLength())
        if any(
            graph.Tensors(place).Type() == schema.TensorType.FLOAT32
            for place in (
                *graph.Operators(number).InputsAsNumpy(),
                *graph.Operators(number).OutputsAsNumpy(),
            )
        )
    ]
    assert len(floats) == 1 and floats[0] >= graph.OperatorsLength() - 2


# Other places and other networks.


@pytest.fixture
def checkpoint(tmp_path):
    """A function that writes a checkpoint of initial weights, and returns its path."""

    def make(settings):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(1)
            image = tf.placeholder(tf.uint8, [None, 28, 28, 1])
            model.model_fn({"image": image}, None, estimator.ModeKeys.PREDICT, {"config": settings})
            session.run(tf.global_variables_initializer())
            return tf.train.Saver().save(session, str(tmp_path / "model.ckpt"))

    return make


SMALL = "conv 3x3x8, pool 2, flatten, dense 32, dense 10"


@pytest.mark.slow
def test_the_bytes_are_the_same_each_time_also_within_a_graph(tmp_path, checkpoint, small, capfd):
    """TensorFlow converts differently within a graph, and training's hooks run in one."""
    settings = config.from_preset(str(tmp_path), architecture=SMALL)
    path = checkpoint(settings)
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    images = small.train.images[:100]
    tflite.write(settings, path, str(tmp_path / "one"), images)
    with tf.Graph().as_default(), tf.Session():
        tflite.write(settings, path, str(tmp_path / "other"), images)
    for name in tflite.FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "preset",
    [*(pytest.param(name, marks=pytest.mark.slow) for name in ("accurate", "dense")), "browser"],
)
def test_other_networks_can_be_converted_too(tmp_path, checkpoint, small, preset):
    settings = config.from_preset(str(tmp_path), preset)
    path = checkpoint(settings)
    tflite.write(settings, path, str(tmp_path), small.train.images[:500])
    images = small.test.images[:3]
    with tf.Graph().as_default(), tf.Session() as session:
        image, answers = frozen.read(settings, path).add_to_graph()
        expected = session.run(answers["probabilities"], {image: images})
    for name, tolerance in TOLERANCE.items():
        found = runner(str(tmp_path / name))(image=images)["probabilities"]
        np.testing.assert_allclose(found, expected, atol=tolerance)
