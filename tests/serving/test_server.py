"""Addresses of servers, and the settings that go with them: allowed or refused in one line."""

from __future__ import annotations

import dataclasses

import pytest

from cnn_mnist.errors import UserError
from cnn_mnist.exporting import signatures
from cnn_mnist.serving import server
from cnn_mnist.serving.server import Server


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("http://localhost:8501", None),
        ("http://127.0.0.1:8501/", "http://127.0.0.1:8501"),
        ("https://model.example", None),
        ("http://[::1]:1", None),
        ("https://model.example/prefix/", "https://model.example/prefix"),
        ("https://model.example:8443/a/b-c_d.e~1/%20x", None),
        ("http://model.example/v1beta", None),
    ],
)
def test_a_url_is_for_rest(address, target):
    found = server.parsed(address)
    assert found.is_rest
    assert found.is_encrypted == address.startswith("https")
    assert found.target == (target or address)


@pytest.mark.parametrize(
    "address",
    ["localhost:8500", "127.0.0.1:1", "[::1]:8500", "a-b.c:65535", "grpcs://a.example:443"],
)
def test_a_host_and_a_port_are_for_grpc(address):
    found = server.parsed(address)
    assert not found.is_rest
    assert found.is_encrypted == address.startswith("grpcs")
    assert found.target == address.removeprefix("grpcs://")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost",
        "8500",
        ":8500",
        "localhost:",
        "localhost:port",
        "a b:1",
        "http://",
        "ftp://a:1",
        "grpc://a:1",
        "grpcs://a",
        "grpcs://a:1/x",
        "http://a/x?y=1",
        "http://a/x#y",
        "http://a/x y",
        "http://a:65536",
        "localhost:8500/x",
        "localhost:123456",
        "localhost:65536",
        "user@host:1",
    ],
)
def test_any_other_address_is_refused(address):
    assert refusal(server.parsed, address) == (
        f"address={address} is not an address; allowed: host:port or grpcs://host:port for gRPC, "
        "http://host:port or https://host/prefix for REST"
    )


@pytest.mark.parametrize("address", ["http://a/v1/models/mnist", "https://a:1/prefix/v1"])
def test_a_models_own_url_is_refused_with_what_to_give(address):
    assert refusal(server.parsed, address) == (
        f"address={address} names a model's own path; give what stands before /v1, and the "
        "model's name as model"
    )


@pytest.mark.parametrize("address", ["https://me:secret@a.example", "grpcs://secret@a:1"])
def test_a_password_in_an_address_is_refused_and_not_repeated(address):
    text = refusal(server.parsed, address)
    assert "secret" not in text and "before the @" in text and "token_file" in text


@pytest.mark.parametrize(
    ("address", "is_this_machine"),
    [
        ("localhost:1", True),
        ("http://LOCALHOST", True),
        ("127.8.9.1:1", True),
        ("http://[::1]:1/x", True),
        ("http://192.168.0.1", False),
        ("localhost.example:1", False),
        ("[::2]:1", False),
    ],
)
def test_only_loopback_is_this_machine(address, is_this_machine):
    assert server.parsed(address).is_this_machine == is_this_machine


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"version": 3, "label": "a"}, "version=3 and label=a both say which version is asked"),
        ({"label": ""}, "label is ''; allowed: the label of a version, without spaces, / and :"),
        ({"label": "a/b"}, "label is 'a/b'; allowed: "),
        ({"label": "a b"}, "label is 'a b'; allowed: "),
        ({"ca_file": "x"}, "ca_file is for https:// and grpcs://; address=http://a is not encry"),
        ({"client_key": "x"}, "client_key is for https:// and grpcs://; "),
        ({"client_key": "x", "address": "https://a"}, "client_key needs client_certificate too"),
        (
            {"client_certificate": "x", "address": "grpcs://a:1"},
            "client_certificate needs client_key too",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings, words):
    assert refusal(server.check, dataclasses.replace(Server("http://a"), **settings)).startswith(
        words
    )


def test_a_request_may_hold_as_many_images_as_an_export_takes():
    assert server.RANGES["server_batch_size"] == (1, signatures.MOST_IMAGES)


def refusal(act, *arguments):
    with pytest.raises(UserError) as error:
        act(*arguments)
    return str(error.value)
