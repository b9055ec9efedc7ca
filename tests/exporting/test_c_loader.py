"""The export, loaded by TensorFlow's C++ loader, which tensorflow_model_server uses."""

from __future__ import annotations

import io
import os
import re

import c_loader
import numpy as np
import pytest
from c_loader import Code
from PIL import Image

import cnn_mnist
from cnn_mnist import experiment
from cnn_mnist.data import images
from cnn_mnist.exporting import signatures as signatures_lib
from cnn_mnist.tf_compat import KERNELS, kernels, tf

pytestmark = pytest.mark.skipif(
    c_loader.library_path() is None,
    reason=f"this TensorFlow has none of {', '.join(c_loader.LIBRARIES)}",
)

DIGITS = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "digits")
PATHS = [os.path.join(DIGITS, f"{digit}.png") for digit in range(10)]


def content_of(digit: int) -> bytes:
    with open(PATHS[digit], "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def client(exported, tmp_path_factory):
    """A process that has loaded the export without Python's TensorFlow.

    It computes with the same kernels as this process, because others round differently.
    """
    variables = {kernels.VARIABLE: "1" if KERNELS.library == "oneDNN" else "0"}
    with open(tmp_path_factory.mktemp("client") / "errors", "w+", errors="replace") as errors:
        client = c_loader.Client(errors, variables)
        client.load(exported, ["serve"])
        yield client
        client.close()


@pytest.fixture(scope="module")
def ask_python(exported):
    """A function from a signature's name and input to its outputs, computed in this process.

    Its session has threads of its own. TensorFlow keeps oneDNN's kernels for each thread by the
    shapes alone, so one that another graph left there may round the last bit differently.
    """
    own_threads = tf.ConfigProto(use_per_session_threads=True)
    with tf.Graph().as_default(), tf.Session(config=own_threads) as session:
        meta = tf.saved_model.loader.load(session, ["serve"], exported)

        def run(name, value):
            signature = meta.signature_def[name]
            outputs = {key: info.name for key, info in signature.outputs.items()}
            return session.run(outputs, {signature.inputs[signatures_lib.INPUTS[name]].name: value})

        yield run


def ask(client, name, value):
    return client.ask(name, **{signatures_lib.INPUTS[name]: value})


def as_files(pixels, form="PNG"):
    """Returns picture files of another size than MNIST's, so that they are framed."""
    contents = []
    for image in pixels:
        file = io.BytesIO()
        Image.fromarray(np.kron(image[..., 0], np.ones((3, 3), np.uint8))).save(file, form)
        contents.append(file.getvalue())
    return contents


def as_floats(pixels):
    return pixels / np.float32(255)


def assert_equal(found, expected):
    assert sorted(found) == ["classes", "probabilities"]
    for name, values in found.items():
        assert values.dtype == expected[name].dtype
        np.testing.assert_array_equal(values, expected[name])


def refusal(client, name, value):
    with pytest.raises(c_loader.RefusedError) as caught:
        ask(client, name, value)
    return caught.value


def test_the_loader_finds_the_three_signatures_and_their_tensors(client, exported):
    signatures = client.load(exported, ["serve"])
    found = {
        name: (list(inputs), sorted(outputs)) for name, (inputs, outputs) in signatures.items()
    }
    assert found == {
        name: ([given], ["classes", "probabilities"])
        for name, given in signatures_lib.INPUTS.items()
    }


def test_its_library_is_the_installed_tensorflow(client):
    assert client.about()["version"] == tf.__version__


def test_its_process_never_imports_tensorflow_nor_this_package(client):
    ask(client, "serving_default", np.zeros([1, 28, 28, 1], np.uint8))
    packages = {name.split(".")[0] for name in client.about()["modules"]}
    assert "numpy" in packages
    assert not packages & {"tensorflow", "tf_keras", "keras", "google", "cnn_mnist"}


@pytest.mark.parametrize("name", signatures_lib.INPUTS)
def test_the_sample_digits_are_answered_bit_for_bit_as_in_python(client, ask_python, name):
    pixels = np.stack([images.read(path) for path in PATHS])
    value = {
        "serving_default": pixels,
        "image_bytes": [content_of(digit) for digit in range(10)],
        "float_image": as_floats(pixels),
    }[name]
    assert_equal(ask(client, name, value), ask_python(name, value))


@pytest.mark.parametrize("count", [1, 7, 100])
@pytest.mark.parametrize(
    "name, made",
    [
        ("serving_default", np.asarray),
        ("image_bytes", as_files),
        ("image_bytes", lambda pixels: as_files(pixels, "JPEG")),
        ("float_image", as_floats),
        ("float_image", lambda pixels: as_floats(pixels).reshape(-1, 784)),
    ],
    ids=["pixels", "PNG", "JPEG", "floats", "flat floats"],
)
def test_test_images_are_answered_bit_for_bit_as_in_python(
    client, ask_python, small, name, made, count
):
    value = made(small.test.images[:count])
    found = ask(client, name, value)
    assert found["probabilities"].shape == (count, 10)
    assert_equal(found, ask_python(name, value))


def test_the_loader_answers_as_predict_does(client, trained, small):
    pixels = small.test.images
    found = ask(client, "serving_default", pixels)
    expected = experiment.predict(trained, pixels)
    np.testing.assert_array_equal(found["classes"], expected.classes)
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-6)


def test_a_request_of_the_most_images_is_answered(client, ask_python, small):
    many = np.resize(small.test.images, (signatures_lib.MOST_IMAGES, 28, 28, 1))
    assert_equal(ask(client, "serving_default", many), ask_python("serving_default", many))


@pytest.mark.parametrize("tags", [["train"], ["serve", "gpu"], []])
def test_other_tags_are_not_found_and_the_loaded_model_stays(client, exported, digit, tags):
    with pytest.raises(c_loader.RefusedError, match="matching supplied tags") as caught:
        client.load(exported, tags)
    assert caught.value.code == Code.NOT_FOUND
    ask(client, "serving_default", digit[0][np.newaxis])


@pytest.mark.parametrize("place", ["", "missing"])
def test_a_folder_without_an_export_is_not_found(client, tmp_path, place):
    with pytest.raises(c_loader.RefusedError, match="Could not find SavedModel") as caught:
        client.load(str(tmp_path / place), ["serve"])
    assert caught.value.code == Code.NOT_FOUND


def pixels(*shape, dtype=np.uint8):
    return np.zeros(shape, dtype)


def floats(*shape, value=0.5):
    return np.full(shape, value, np.float32)


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("serving_default", pixels(0, 28, 28, 1), r"\[image: .*\[0\] \[allowed: 1 to 1,000\]"),
        (
            "serving_default",
            pixels(1001, 28, 28, 1),
            r"\[image: .*\[1001\] \[allowed: 1 to 1,000\]",
        ),
        (
            "serving_default",
            pixels(28, 28),
            r"\[image: shape of one:\] \[28\] \[allowed: 28,28,1\]",
        ),
        ("serving_default", pixels(), r"\[image: shape of one:\] \[\] \[allowed: 28,28,1\]"),
        ("serving_default", pixels(2, 784), r"\[image: shape of one:\] \[784\] \[allowed: 28"),
        (
            "serving_default",
            pixels(1, 28, 28),
            r"\[image: shape of one:\] \[28,28\] \[allowed: 28,28,1\]",
        ),
        (
            "serving_default",
            pixels(1, 32, 32, 1),
            r"\[image: shape of one:\] \[32,32,1\] \[allowed: 28,28,1\]",
        ),
        (
            "serving_default",
            pixels(2, 14, 28, 1),
            r"\[image: shape of one:\] \[14,28,1\] \[allowed: 28,28,1\]",
        ),
        (
            "serving_default",
            pixels(1, 28, 56, 1),
            r"\[image: shape of one:\] \[28,56,1\] \[allowed: 28,28,1\]",
        ),
        (
            "serving_default",
            pixels(1, 28, 28, 3),
            r"\[image: shape of one:\] \[28,28,3\] \[allowed: 28,28,1\]",
        ),
        ("serving_default", floats(1, 28, 28, 1), r"arg\[0\] to be uint8 but float is provided"),
        (
            "serving_default",
            pixels(1, 28, 28, 1, dtype=np.int64),
            r"arg\[0\] to be uint8 but int64 is provided",
        ),
        ("serving_default", [b"x"], r"arg\[0\] to be uint8 but string is provided"),
        ("image_bytes", [], r"image_bytes: .*\[0\] \[allowed: 1 to 1,000\]"),
        ("image_bytes", [b""] * 1001, r"image_bytes: .*\[1001\] \[allowed: 1 to 1,000\]"),
        ("image_bytes", [content_of(3)[:-30]], "Invalid PNG data"),
        ("image_bytes", [content_of(3), b"x"], r"image_bytes: .*\[1\] \[is neither PNG nor JPEG\]"),
        ("image_bytes", pixels(1), r"arg\[0\] to be string but uint8 is provided"),
        ("float_image", floats(0, 784), r"float_image: .*\[0\] \[allowed: 1 to 1,000\]"),
        ("float_image", floats(1001, 784), r"float_image: .*\[1001\] \[allowed: 1 to 1,000\]"),
        (
            "float_image",
            floats(),
            r"\[float_image: shape of one:\] \[\] \[allowed: 28,28,1 or 784\]",
        ),
        (
            "float_image",
            floats(2, 392),
            r"\[float_image: shape of one:\] \[392\] \[allowed: 28,28,1 or 784\]",
        ),
        ("float_image", floats(1, 784, value=255), r"float_image: .*\[255\] \[allowed: 0 to 1\]"),
        ("float_image", pixels(1, 784), r"arg\[0\] to be float but uint8 is provided"),
    ],
)
def test_a_bad_request_is_an_invalid_argument_and_the_next_is_answered(
    client, ask_python, digit, name, value, message
):
    refused = refusal(client, name, value)
    assert refused.code == Code.INVALID_ARGUMENT
    assert re.search(message, refused.message)
    good = digit[0][np.newaxis]
    assert_equal(ask(client, "serving_default", good), ask_python("serving_default", good))
