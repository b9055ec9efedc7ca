"""Addresses of servers: for gRPC, for REST, or refused."""

from __future__ import annotations

import pytest

from cnn_mnist.errors import UserError
from cnn_mnist.exporting import signatures
from cnn_mnist.serving import server


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8501", "http://127.0.0.1:8501/", "https://model.example", "http://[::1]:1"],
)
def test_a_url_is_for_rest(address):
    assert server.is_rest(address)


@pytest.mark.parametrize("address", ["localhost:8500", "127.0.0.1:1", "[::1]:8500", "a-b.c:65535"])
def test_a_host_and_a_port_are_for_grpc(address):
    assert not server.is_rest(address)


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
        "http://a/v1/models/mnist",
        "localhost:8500/x",
        "localhost:123456",
        "user@host:1",
    ],
)
def test_any_other_address_is_refused(address):
    with pytest.raises(UserError) as error:
        server.is_rest(address)
    assert str(error.value) == (
        f"address={address} is not an address; allowed: host:port for gRPC, or "
        "http://host:port for REST"
    )


def test_a_request_may_hold_as_many_images_as_an_export_takes():
    assert server.RANGES["server_batch_size"] == (1, signatures.MOST_IMAGES)
