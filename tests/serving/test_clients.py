"""The clients, with a server on loopback, and with doubles of broken or foreign servers.

The server is tensorflow_model_server if it is installed, else its double in
tests/helpers/model_server; pytest's summary says which.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import threading

import numpy as np
import pytest
from answering import Answers

import cnn_mnist
from cnn_mnist import experiment
from cnn_mnist.errors import UserError
from cnn_mnist.serving import clients
from cnn_mnist.serving.server import Server

DIGITS = os.path.join(os.path.dirname(cnn_mnist.__file__), "data", "digits")


@pytest.fixture(params=["grpc", "rest"])
def server(running, request):
    return Server(getattr(running, request.param))


@contextlib.contextmanager
def connected(server):
    client = clients.connect(server)
    try:
        yield client
    finally:
        client.close()


def ask(server, signature, name, values):
    with connected(server) as client:
        return client.predict(signature, name, values)


def as_bytes(*contents):
    values = np.empty(len(contents), object)
    values[:] = contents
    return values


def refusal(act, *arguments):
    with pytest.raises(UserError) as caught:
        act(*arguments)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_pixels_are_answered_as_a_checkpoint_answers_them(server, trained, small):
    pixels = small.test.images[:7]
    answer = ask(server, "serving_default", "image", pixels)
    expected = experiment.predict(trained, pixels)
    assert (answer.classes.dtype, answer.classes.shape) == (np.int64, (7,))
    assert (answer.probabilities.dtype, answer.probabilities.shape) == (np.float32, (7, 10))
    np.testing.assert_array_equal(answer.classes, expected.classes)
    np.testing.assert_allclose(answer.probabilities, expected.probabilities, atol=1e-6)


def test_floats_get_the_same_answers(server, small):
    pixels = small.test.images[:7]
    scaled = (pixels / np.float32(255)).reshape(7, 784)
    expected = ask(server, "serving_default", "image", pixels)
    found = ask(server, "float_image", "float_image", scaled)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-6)


def test_image_files_get_the_same_answers(server):
    from cnn_mnist.data import images

    paths = [os.path.join(DIGITS, f"{digit}.png") for digit in (3, 8)]
    expected = ask(server, "serving_default", "image", np.stack([images.read(p) for p in paths]))
    contents = as_bytes(*(images.as_png_or_jpeg(path) for path in paths))
    found = ask(server, "image_bytes", "image_bytes", contents)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-6)


def test_both_protocols_return_the_version_that_answers(server, exported):
    with connected(server) as client:
        assert client.version() == int(os.path.basename(exported))


@pytest.mark.slow
def test_one_client_may_be_used_from_several_threads(server, small):
    found = {}
    with connected(server) as client:

        def one(number):
            pixels = small.test.images[number : number + 1]
            found[number] = client.predict("serving_default", "image", pixels).classes[0]

        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    expected = ask(server, "serving_default", "image", small.test.images[:8]).classes
    assert [found[number] for number in range(8)] == expected.tolist()


# Requests that the server refuses.


@pytest.mark.parametrize(
    "signature, name, values, reason",
    [
        ("image_bytes", "image_bytes", as_bytes(b"x"), "is neither PNG nor JPEG"),
        ("image_bytes", "image_bytes", as_bytes(*[b""] * 1001), "1001"),
        ("float_image", "float_image", np.full([1, 784], 255, np.float32), "allowed: 0 to 1"),
        ("float_image", "float_image", np.zeros([1, 783], np.float32), "783"),
        ("serving_default", "pixels", np.zeros([1, 28, 28, 1], np.uint8), "image"),
        ("nonsense", "image", np.zeros([1, 28, 28, 1], np.uint8), "nonsense"),
    ],
)
def test_a_refused_request_is_one_line_with_the_reason(server, signature, name, values, reason):
    text = refusal(ask, server, signature, name, values)
    assert text.startswith(f"address={server.address} refuses the request (")
    assert reason in text and "[[" not in text


def test_a_model_that_the_server_does_not_have_is_named(server):
    other = Server(server.address, "fashion")
    with connected(other) as client:
        text = refusal(client.version)
        assert text == refusal(
            client.predict, "serving_default", "image", np.zeros([1, 28, 28, 1], np.uint8)
        ) or text.startswith(f"address={server.address} has no model 'fashion' (")
    assert text.endswith("; give model=NAME")


# A version by its number or its label: see `running` in conftest.py.


def test_a_version_is_asked_by_its_number_or_its_label(server, exported, small):
    number = int(os.path.basename(exported))
    expected = ask(server, "serving_default", "image", small.test.images[:2])
    for choice in ({"version": number}, {"label": "stable"}):
        chosen = dataclasses.replace(server, **choice)
        with connected(chosen) as client:
            assert client.version() == client.metadata().version == number
        answer = ask(chosen, "serving_default", "image", small.test.images[:2])
        np.testing.assert_array_equal(answer.probabilities, expected.probabilities)


@pytest.mark.parametrize(
    ("choice", "words", "advice"),
    [
        ({"version": 7}, "has not loaded version 7 of the model 'mnist' (", "leave out version"),
        ({"label": "canary"}, "has no loaded version with the label 'canary' ", "another label="),
        ({"label": "x-y"}, "has no loaded version with the label 'x-y' of the", "another label="),
    ],
)
def test_a_version_that_is_not_loaded_is_one_line(server, choice, words, advice):
    with connected(dataclasses.replace(server, **choice)) as client:
        for act in (
            client.version,
            client.metadata,
            lambda: client.predict("serving_default", "image", np.zeros([1, 28, 28, 1], np.uint8)),
        ):
            text = refusal(act)
            assert text.startswith(f"address={server.address} {words}")
            assert advice in text


def test_the_model_s_name_is_quoted_in_a_url():
    with Answers((404, '{"error": "no"}')) as other:
        with connected(Server(other.address, "a b/é")) as client:
            refusal(client.version)
        assert other.paths == ["/v1/models/a%20b%2F%C3%A9"]


# Missing, silent, busy and foreign servers: doubles.


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_missing_server_is_named_with_the_command_that_starts_one(scheme):
    server = Server(f"{scheme}127.0.0.1:{free_port()}", retries=1)
    with connected(server) as client:
        text = refusal(client.version)
    assert text.startswith(f"address={server.address} cannot be reached (")
    assert text.endswith("); scripts/serve starts one")


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_request_without_an_answer_ends_at_the_deadline(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"{scheme}127.0.0.1:{silent.getsockname()[1]}"
        with connected(Server(address, timeout=0.3, retries=0)) as client:
            assert refusal(client.version) == (
                f"address={address} gave no answer within timeout=0.3 s"
            )


STATUS = json.dumps({"model_version_status": [{"version": "7", "state": "AVAILABLE"}]})


def test_a_request_to_a_busy_server_is_sent_again():
    with Answers((503, "{}"), (429, "{}"), (200, STATUS)) as busy:
        with connected(Server(busy.address, retries=2)) as client:
            assert client.version() == 7
        assert busy.requests == 3


def test_a_request_is_not_sent_more_often_than_retries_allow():
    with Answers((503, '{"error": "queue is full"}')) as busy:
        with connected(Server(busy.address, retries=1)) as client:
            assert "queue is full" in refusal(client.version)
        assert busy.requests == 2


def test_a_refused_request_is_not_sent_again():
    with Answers((400, '{"error": "no"}')) as strict:
        with connected(Server(strict.address)) as client:
            assert refusal(client.version) == (
                f"address={strict.address} refuses the request (HTTP 400: no)"
            )
        assert strict.requests == 1


PAGE = "<html><h1>nginx</h1></html>"


@pytest.mark.parametrize(
    ("status", "text", "state", "advice"),
    [
        (401, PAGE, "does not know who asks", "give a valid token by token_file or in "),
        (401, '{"error": "no"}', "does not know who asks", "give a valid token by "),
        (403, PAGE, "does not allow this request", "whoever runs it can allow this"),
        (413, PAGE, "takes no request of this size", "give a smaller batch_size"),
        (429, PAGE, "has too much to do", "give a lower concurrency or more retries"),
        (502, PAGE, "is not ready or has too much to do", "try again later"),
        (503, '{"error": "loading"}', "is not ready or has too much to do", "try again later"),
        (504, PAGE, "is not ready or has too much to do", "try again later"),
    ],
)
def test_each_status_is_one_line_with_what_to_do(status, text, state, advice):
    with (
        Answers((status, text)) as other,
        connected(Server(other.address, retries=0)) as client,
    ):
        found = refusal(client.version)
    assert found.startswith(f"address={other.address} {state} (HTTP {status}: ")
    assert advice in found and "html" not in found


@pytest.mark.parametrize("status", [400, 404])
def test_a_page_in_place_of_an_answer_is_another_kind_of_server(status):
    with Answers((status, PAGE)) as other, connected(Server(other.address)) as client:
        assert "does not answer as tensorflow_model_server does" in refusal(client.version)


def of_version(version):
    return json.dumps({"model_version_status": [{"state": "AVAILABLE", "version": version}]})


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "[]",
        "7",
        "{}",
        '{"model_version_status": 7}',
        '{"model_version_status": [{"state": "AVAILABLE"}]}',
        of_version("seven"),
        of_version("-7"),
        of_version([7]),
        of_version("9" * 5000),
        "[" * 100_000,
        f"{' ' * 1_000_000}{STATUS}",
    ],
    ids=lambda text: text[-20:],
)
def test_a_web_server_of_another_kind_is_named(text):
    with Answers((200, text)) as other, connected(Server(other.address)) as client:
        assert refusal(client.version) == (
            f"address={other.address} does not answer as tensorflow_model_server does; its REST "
            "address is expected, such as http://localhost:8501"
        )


@pytest.mark.parametrize(
    "outputs",
    [
        "{}",
        '{"outputs": 5}',
        '{"outputs": {"classes": [1]}}',
        '{"outputs": {"classes": [1, 2], "probabilities": [[1.0], [1.0]]}}',
        '{"outputs": {"classes": ["a"], "probabilities": [[1.0]]}}',
        '{"outputs": {"classes": [1], "probabilities": [1.0]}}',
        f'{{"outputs": {{"classes": [{10**30}], "probabilities": [[1.0]]}}}}',
    ],
)
def test_a_model_of_another_kind_is_named(outputs):
    pixels = np.zeros([1, 28, 28, 1], np.uint8)
    with Answers((200, outputs)) as other, connected(Server(other.address)) as client:
        assert refusal(client.predict, "serving_default", "image", pixels) == (
            f"address={other.address}: the model 'mnist' does not give classes and probabilities "
            "for each image; expected an export of this program"
        )


def test_a_model_without_a_ready_version_is_named():
    loading = json.dumps({"model_version_status": [{"version": "7", "state": "LOADING"}]})
    with Answers((200, loading)) as server, connected(Server(server.address)) as client:
        assert refusal(client.version) == (
            f"address={server.address} has no version of 'mnist' that is ready yet"
        )


def test_grpc_without_its_package_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    assert refusal(clients.connect, Server("localhost:8500")) == (
        "address=localhost:8500 needs gRPC, and tensorflow_serving.apis is not installed; pip "
        "install 'cnn-mnist[serving]', or give address=http://host:port for REST"
    )
