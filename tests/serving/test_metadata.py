"""Only a model that takes the request and gives the answer of an export of this program fits."""

from __future__ import annotations

import contextlib
import copy
import json

import numpy as np
import pytest
from answering import Answers

from cnn_mnist.errors import ServerError
from cnn_mnist.exporting import signatures
from cnn_mnist.serving import clients, metadata
from cnn_mnist.serving.server import Server

SERVER = Server("localhost:8500")
IMAGES = np.empty((3, 28, 28, 1), np.uint8)
FILES = np.empty(3, object)


@contextlib.contextmanager
def connected(server):
    client = clients.connect(server)
    try:
        yield client
    finally:
        client.close()


def shape(*sizes):
    return {"dim": [{"size": str(size), "name": ""} for size in sizes], "unknown_rank": False}


def tensor(dtype, found):
    return {"dtype": dtype, "tensor_shape": found, "name": "x:0"}


RIGHT = {
    "model_spec": {"name": "mnist", "signature_name": "", "version": "3"},
    "metadata": {
        "signature_def": {
            "signature_def": {
                "serving_default": {
                    "inputs": {"image": tensor("DT_UINT8", shape(-1, 28, 28, 1))},
                    "outputs": {
                        "classes": tensor("DT_INT64", shape(-1)),
                        "probabilities": tensor("DT_FLOAT", shape(-1, 10)),
                    },
                    "method_name": "tensorflow/serving/predict",
                }
            }
        }
    },
}
"""As the page of the REST API and get_model_metadata.proto describe it."""


def changed(**parts):
    found = copy.deepcopy(RIGHT)
    found["metadata"]["signature_def"]["signature_def"]["serving_default"].update(parts)
    return found


def check(found, signature="serving_default", values=IMAGES):
    name = signatures.INPUTS[signature]
    metadata.check(SERVER, metadata.from_json(found), signature, name, values)


def refusal(*arguments):
    with pytest.raises(ServerError) as caught:
        check(*arguments)
    text = str(caught.value)
    assert text.startswith("address=localhost:8500: the model 'mnist', version 3, ")
    assert text.endswith("; expected an export of this program") and "\n" not in text
    return text


@pytest.mark.parametrize("kind", ["grpc", "rest"])
@pytest.mark.parametrize(
    ("signature", "values"), [("serving_default", IMAGES), ("image_bytes", FILES)]
)
def test_an_export_fits_and_both_protocols_say_the_same(running, kind, signature, values):
    found = {}
    for each in ("grpc", "rest"):
        with connected(Server(getattr(running, each))) as client:
            found[each] = client.metadata()
    assert found["grpc"] == found["rest"]
    assert set(signatures.INPUTS) <= set(found[kind].signatures)
    metadata.check(SERVER, found[kind], signature, signatures.INPUTS[signature], values)


def test_a_right_model_fits():
    check(RIGHT)
    check(changed(inputs={"image": tensor("DT_UINT8", {"unknown_rank": True})}))


def test_another_signature_is_named_with_those_that_there_are():
    assert "has no signature 'image_bytes', only 'serving_default'; " in refusal(
        RIGHT, "image_bytes", FILES
    )


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"x": tensor("DT_UINT8", shape(-1, 28, 28, 1))}, "takes x: DT_UINT8 [?, 28, 28, 1] by "),
        ({"image": tensor("DT_FLOAT", shape(-1, 784))}, "takes image: DT_FLOAT [?, 784] by 'serv"),
        (
            {"image": tensor("DT_UINT8", shape(-1, 32, 32, 1))},
            "[?, 32, 32, 1] by 'serving_default'",
        ),
        ({"image": tensor("DT_UINT8", shape(-1, 28, 28))}, "[?, 28, 28] by 'serving_default'"),
        ({}, "takes nothing by 'serving_default', not image: DT_UINT8 [?, 28, 28, 1]"),
        (
            {
                "image": tensor("DT_UINT8", shape(-1, 28, 28, 1)),
                "rate": tensor("DT_FLOAT", shape()),
            },
            "needs 'rate' besides 'image' by 'serving_default'",
        ),
    ],
)
def test_an_input_that_does_not_fit_is_named(inputs, words):
    assert words in refusal(changed(inputs=inputs))


def test_a_missing_output_is_named():
    outputs = {"scores": tensor("DT_FLOAT", shape(-1, 10))}
    assert "gives 'scores' by 'serving_default', not classes and probabilities" in refusal(
        changed(outputs=outputs)
    )


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"metadata": RIGHT["metadata"]},
        {**RIGHT, "model_spec": {"version": "x"}},
        {**RIGHT, "metadata": []},
        {**RIGHT, "metadata": {"signature_def": {"signature_def": [1]}}},
        changed(inputs=[1]),
        changed(inputs={"image": {"dtype": "DT_UINT8"}}),
        changed(inputs={"image": tensor("DT_UINT8", [1])}),
        changed(inputs={"image": tensor("DT_UINT8", shape("x"))}),
        changed(inputs={"image": tensor("DT_UINT8", {"dim": 5})}),
        changed(outputs=None),
    ],
    ids=range(11),
)
def test_metadata_of_another_form_is_another_kind_of_server(found):
    with (
        Answers((200, json.dumps(found))) as other,
        connected(Server(other.address)) as client,
        pytest.raises(ServerError, match="does not answer as tensorflow_model_server does"),
    ):
        client.metadata()


def test_the_model_is_checked_before_the_first_request_and_the_data(tmp_path):
    from cnn_mnist import config
    from cnn_mnist.evaluation import served

    answers = [json.dumps(changed(outputs={}))]
    with Answers((200, answers[0])) as other:
        with pytest.raises(ServerError, match="gives none by 'serving_default'"):
            served.predict(Server(other.address), IMAGES)
        assert other.paths == ["/v1/models/mnist/metadata"]
    status = {"model_version_status": [{"version": "3", "state": "AVAILABLE"}]}
    with Answers((200, json.dumps(status)), (200, answers[0])) as other:
        none = config.from_preset(str(tmp_path), data_dir=str(tmp_path / "none"), offline=True)
        with pytest.raises(ServerError, match="gives none by 'serving_default'"):
            served.evaluate(none, Server(other.address))
