from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import cnn_mnist
from cnn_mnist import experiment
from cnn_mnist.data import images
from cnn_mnist.exporting import signatures
from cnn_mnist.networks import architecture
from cnn_mnist.tf_compat import tf

DIGITS = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "digits")


@pytest.fixture(scope="module")
def saved_model(exported):
    """The exported SavedModel message."""
    from tensorflow.core.protobuf import saved_model_pb2

    proto = saved_model_pb2.SavedModel()
    with open(os.path.join(exported, "saved_model.pb"), "rb") as file:
        proto.ParseFromString(file.read())
    return proto


def test_the_folder_is_a_version_number_as_tensorflow_model_server_expects(exported):
    assert os.path.basename(exported).isdecimal()
    assert set(os.listdir(exported)) >= {"saved_model.pb", "variables"}
    assert os.listdir(os.path.dirname(exported)) == [os.path.basename(exported)]


def described(tensors):
    return {
        name: (
            tf.as_dtype(info.dtype).name,
            None
            if info.tensor_shape.unknown_rank
            else [dimension.size for dimension in info.tensor_shape.dim],
        )
        for name, info in tensors.items()
    }


def test_there_are_three_signatures_and_no_other(saved_model):
    (graph,) = saved_model.meta_graphs
    assert sorted(graph.signature_def) == ["float_image", "image_bytes", "serving_default"]


@pytest.mark.parametrize(
    "name, inputs",
    [
        ("serving_default", {"image": ("uint8", [-1, 28, 28, 1])}),
        ("image_bytes", {"image_bytes": ("string", [-1])}),
        ("float_image", {"float_image": ("float32", None)}),
    ],
)
def test_each_signature_takes_its_input_and_gives_classes_and_probabilities(
    saved_model, name, inputs
):
    (graph,) = saved_model.meta_graphs
    assert list(graph.meta_info_def.tags) == ["serve"]
    signature = graph.signature_def[name]
    assert signature.method_name == "tensorflow/serving/predict"
    assert described(signature.inputs) == inputs
    assert described(signature.outputs) == {
        "classes": ("int64", [-1]),
        "probabilities": ("float32", [-1, 10]),
    }


def sources(graph, outputs):
    """Returns the nodes that tensors are computed from, themselves included, by name."""
    nodes = {node.name: node for node in graph.node}
    found, waiting = {}, [info.name.split(":")[0] for info in outputs.values()]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = nodes[name]
            waiting += [given.lstrip("^").split(":")[0] for given in nodes[name].input]
    return found


@pytest.mark.parametrize("name", signatures.INPUTS)
def test_the_answers_of_a_signature_come_from_its_own_placeholder_and_no_other(saved_model, name):
    (graph,) = saved_model.meta_graphs
    signature = graph.signature_def[name]
    (given,) = signature.inputs.values()
    found = sources(graph.graph_def, signature.outputs).values()
    placeholders = [node for node in found if node.op.startswith("Placeholder")]
    assert [(node.name, node.op) for node in placeholders] == [
        (given.name.removesuffix(":0"), "Placeholder")
    ]
    (placeholder,) = placeholders
    assert placeholder.attr["dtype"].type == given.dtype
    # An attribute of its default value is left out; a shape's default is an unknown rank.
    unknown = type(given.tensor_shape)(unknown_rank=True)
    declared = placeholder.attr["shape"].shape if "shape" in placeholder.attr else unknown
    assert declared == given.tensor_shape


def test_the_only_other_placeholders_are_those_of_the_saver(saved_model):
    """TensorFlow 1's Saver takes the path of the variables from them."""
    (graph,) = saved_model.meta_graphs
    names = [node.name for node in graph.graph_def.node if node.op.startswith("Placeholder")]
    savers = [name for name in names if name.startswith("save/")]
    assert sorted(set(names) - set(savers)) == sorted(signatures.INPUTS.values())


def test_the_weights_stand_once(saved_model, trained):
    (graph,) = saved_model.meta_graphs
    made = [node.name for node in graph.graph_def.node if "VarHandle" in node.op]
    expected = architecture.variable_shapes(architecture.parse(trained.architecture))
    assert sorted(made) == sorted([*expected, "global_step"])


def test_the_graph_holds_no_training_no_dropout_and_no_data(saved_model):
    (graph,) = saved_model.meta_graphs
    names = [node.name.lower() for node in graph.graph_def.node]
    for word in ("gradient", "adam", "dropout", "iterator", "learning_rate", "global_step_add"):
        assert not [name for name in names if word in name], word
    assert graph.graph_def.ByteSize() < 300_000


@pytest.fixture(scope="module")
def ask(exported):
    """A function that runs a signature, by name, on an input, as a server does."""
    graph = tf.Graph()
    session = tf.Session(graph=graph)
    with graph.as_default():
        meta = tf.saved_model.loader.load(session, ["serve"], exported)

    def run(name, value):
        signature = meta.signature_def[name]
        outputs = {key: info.name for key, info in signature.outputs.items()}
        (given,) = signature.inputs.values()
        return session.run(outputs, {given.name: value})

    yield run
    session.close()


def content_of(digit: int) -> bytes:
    with open(os.path.join(DIGITS, f"{digit}.png"), "rb") as file:
        return file.read()


def test_the_signatures_agree_on_the_same_digits(ask):
    paths = [os.path.join(DIGITS, f"{digit}.png") for digit in range(10)]
    pixels = np.stack([images.read(path) for path in paths])
    scaled = pixels / np.float32(255)
    expected = ask("serving_default", pixels)
    for name, value in {
        "image_bytes": [content_of(digit) for digit in range(10)],
        "float_image": scaled,
    }.items():
        found = ask(name, value)
        np.testing.assert_array_equal(found["classes"], expected["classes"])
        np.testing.assert_allclose(found["probabilities"], expected["probabilities"], atol=1e-6)
    flat = ask("float_image", scaled.reshape(10, 784))
    np.testing.assert_array_equal(flat["probabilities"], found["probabilities"])


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("light on dark", "PNG"),
        ("dark on light", "JPEG"),
        ("colour", "PNG"),
        ("large", "JPEG"),
        pytest.param("light on dark", "JPEG", marks=pytest.mark.slow),
        pytest.param("dark on light", "PNG", marks=pytest.mark.slow),
        pytest.param("colour", "JPEG", marks=pytest.mark.slow),
        pytest.param("large", "PNG", marks=pytest.mark.slow),
    ],
)
def test_predict_on_a_file_has_the_pixels_and_the_answer_of_image_bytes(
    ask, trained, tmp_path, kind, form
):
    """The pixels bit for bit; the answers are from two sessions, which may round otherwise."""
    with Image.open(os.path.join(DIGITS, "3.png")) as image:
        pixels = np.pad(np.kron(np.asarray(image), np.ones((6, 6), np.uint8)), 31)
    if kind == "large":
        pixels = np.kron(pixels, np.ones((8, 8), np.uint8))
    if kind == "dark on light":
        pixels = 255 - pixels
    picture = Image.fromarray(pixels)
    if kind == "colour":
        picture = Image.merge("RGB", [picture, picture.point(lambda v: v // 2), picture])
    path = tmp_path / "picture"
    picture.save(path, form)
    in_graph, in_numpy = (
        images.read(str(path), engine=engine) for engine in ("tensorflow", "lite")
    )
    np.testing.assert_array_equal(in_graph, in_numpy)
    found = ask("image_bytes", [path.read_bytes()])
    expected = experiment.predict(trained, in_numpy[np.newaxis])
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-6)
    np.testing.assert_array_equal(found["classes"], expected.classes)


def test_a_request_of_the_most_images_is_answered(ask, small):
    many = np.resize(small.test.images, (signatures.MOST_IMAGES, 28, 28, 1))
    assert ask("serving_default", many)["classes"].shape == (signatures.MOST_IMAGES,)


def floats(*shape, value=0.5):
    return np.full(shape, value, np.float32)


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("serving_default", np.zeros([0, 28, 28, 1]), r"image: .*\[0\] \[allowed: 1 to 1,000\]"),
        (
            "serving_default",
            np.zeros([100_000, 28, 28, 1], np.uint8),
            r"image: .*\[100000\] \[allowed: 1 to 1,000\]",
        ),
        ("image_bytes", [], r"image_bytes: .*\[0\] \[allowed: 1 to 1,000\]"),
        ("image_bytes", [b""] * 1001, r"image_bytes: .*\[1001\] \[allowed: 1 to 1,000\]"),
        ("image_bytes", [content_of(3)[:-30]], "Invalid PNG data"),
        ("image_bytes", [content_of(3), b"x"], r"image_bytes: .*\[1\] \[is neither PNG nor JPEG\]"),
        (
            "image_bytes",
            [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x1b\x58\0\0\x1b\x58" + bytes(9)] * 8,
            r"image_bytes: pixels .*\[392000000\] \[allowed: 100,000,000 in all\]",
        ),
        ("float_image", floats(0, 784), r"float_image: .*\[0\] \[allowed: 1 to 1,000\]"),
        ("float_image", floats(1001, 784), r"float_image: .*\[1001\] \[allowed: 1 to 1,000\]"),
        (
            "float_image",
            floats(784),
            r"\[float_image: shape of one:\] \[\] \[allowed: 28,28,1 or 784\]",
        ),
        (
            "float_image",
            floats(2, 392),
            r"\[float_image: shape of one:\] \[392\] \[allowed: 28,28,1 or 784\]",
        ),
        ("float_image", floats(1, 28, 28), r"\[float_image: shape of one:\] \[28,28\] \[allowed"),
        (
            "float_image",
            floats(1, 1, 28, 28),
            r"\[float_image: shape of one:\] \[1,28,28\] \[allowed",
        ),
        ("float_image", floats(1, 784, value=255), r"float_image: .*\[255\] \[allowed: 0 to 1\]"),
        ("float_image", floats(1, 784, value=-1), r"float_image: .*\[-1\] \[-1\] \[allowed"),
        (
            "float_image",
            floats(1, 784, value=np.nan),
            r"float_image: .*\[nan\] \[allowed: 0 to 1\]",
        ),
    ],
)
def test_bad_input_is_an_error_that_names_it(ask, name, value, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        ask(name, value)


@pytest.mark.parametrize("shape", [(28, 28), (1, 784), (1, 28, 28), (1, 32, 32, 1)])
def test_pixels_of_another_shape_are_refused(ask, shape):
    with pytest.raises(ValueError, match="image"):
        ask("serving_default", np.zeros(shape, np.uint8))


@pytest.mark.parametrize("count", [1, pytest.param(7, marks=pytest.mark.slow), 500])
def test_the_export_answers_as_predict_does(exported, trained, small, count):
    pixels = small.test.images[:count]
    expected = experiment.predict(trained, pixels)
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], exported)
        signature = meta.signature_def["serving_default"]
        outputs = {name: info.name for name, info in signature.outputs.items()}
        answers = session.run(outputs, {signature.inputs["image"].name: pixels})
    np.testing.assert_array_equal(answers["classes"], expected.classes)
    np.testing.assert_allclose(answers["probabilities"], expected.probabilities, atol=1e-6)


def test_tensorflow_2_loads_the_export_too(exported, trained, small):
    import tensorflow

    serve = tensorflow.saved_model.load(exported).signatures["serving_default"]
    answers = serve(image=tensorflow.constant(small.test.images[:5]))
    expected = experiment.predict(trained, small.test.images[:5])
    np.testing.assert_array_equal(answers["classes"].numpy(), expected.classes)


def test_the_export_holds_the_class_names(exported):
    with open(os.path.join(exported, "assets.extra", "classes.txt"), encoding="utf-8") as file:
        assert file.read().split() == list("0123456789")


def saved_model_cli(*arguments):
    program = os.path.join(os.path.dirname(sys.executable), "saved_model_cli")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.slow
def test_saved_model_cli_shows_the_signature(exported):
    shown = saved_model_cli(
        "show", "--dir", exported, "--tag_set", "serve", "--signature_def", "serving_default"
    )
    assert shown.returncode == 0, shown.stderr
    for text in (
        "inputs['image']",
        "DT_UINT8",
        "(-1, 28, 28, 1)",
        "outputs['classes']",
        "DT_INT64",
    ):
        assert text in shown.stdout


@pytest.mark.slow
def test_saved_model_cli_runs_a_digit(exported, trained, small, tmp_path):
    np.save(tmp_path / "digits.npy", small.test.images[:3])
    ran = saved_model_cli(
        "run",
        "--dir",
        exported,
        "--tag_set",
        "serve",
        "--signature_def",
        "serving_default",
        "--inputs",
        f"image={tmp_path}/digits.npy",
        "--outdir",
        str(tmp_path),
    )
    assert ran.returncode == 0, ran.stderr
    expected = experiment.predict(trained, small.test.images[:3])
    np.testing.assert_array_equal(np.load(tmp_path / "classes.npy"), expected.classes)
