"""TLS and tokens: whom the clients trust, what they show, and what they never give away."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil

import numpy as np
import proxies
import pytest
import serving_process

from cnn_mnist import errors
from cnn_mnist.errors import UserError
from cnn_mnist.serving import clients, credentials, server
from cnn_mnist.serving.server import Server

TOKEN = "s3cret-t0ken_~+/."
PIXELS = np.zeros([1, 28, 28, 1], np.uint8)

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return proxies.certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Certificates of another authority."""
    return proxies.certificates(tmp_path_factory.mktemp("others"))


@pytest.fixture(autouse=True)
def no_token(monkeypatch):
    monkeypatch.delenv(credentials.TOKEN, raising=False)


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return str(path)


@pytest.fixture(params=["grpc", "rest"])
def proxy(running, request):
    """Starts a proxy of one of both kinds, and yields a `Server` and the tokens that it got."""

    @contextlib.contextmanager
    def start(certificates=None, **arguments):
        kind = request.param
        with getattr(proxies, kind)(getattr(running, kind), certificates, **arguments) as found:
            address, got = found
            prefix = "grpcs://" if kind == "grpc" and certificates else ""
            yield Server(f"{prefix}{address}", timeout=5, retries=1), got

    return start


def answer(server, **settings):
    client = clients.connect(dataclasses.replace(server, **settings))
    try:
        client.metadata()
        return client.predict("serving_default", "image", PIXELS)
    finally:
        client.close()


def refusal(server, **settings):
    with pytest.raises(UserError) as caught:
        answer(server, **settings)
    text = errors.one_line(caught.value)
    assert len(text.splitlines()) == 1 and TOKEN not in text
    return text


def test_a_server_by_tls_is_trusted_by_its_authority(proxy, made):
    with proxy(made) as (server, _):
        assert len(answer(server, ca_file=made.ca).classes) == 1


def test_the_systems_authorities_are_trusted_without_a_flag(proxy, made, monkeypatch):
    """OpenSSL takes its own variable for the system's file."""
    with proxy(made) as (server, _):
        text = refusal(server)
        assert "cannot be reached by TLS (" in text
        assert text.endswith(
            "if you trust it, give the certificate of its authority as --server_ca_file"
        )
        monkeypatch.setenv("SSL_CERT_FILE", made.ca)
        assert len(answer(server).classes) == 1


def test_a_folder_of_authorities_is_read(made, tmp_path, monkeypatch):
    shutil.copy(made.ca, tmp_path / "0a1b2c3d.0")
    shutil.copy(made.client, tmp_path / "not one of them.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    found = credentials.read(Server("grpcs://a:1"), server.parsed("grpcs://a:1"))
    with open(made.ca, "rb") as file:
        assert found.trusted_certificates() == file.read()


def test_a_server_of_another_authority_is_not_trusted(proxy, made, other):
    with proxy(made) as (server, _):
        assert "give the certificate of its authority" in refusal(server, ca_file=other.ca)


def test_a_certificate_for_another_name_is_not_trusted(proxy, made):
    with proxy(dataclasses.replace(made, server=made.client, server_key=made.client_key)) as found:
        text = refusal(found[0], ca_file=made.ca)
    assert "certificate is for another name" in text


def test_a_server_without_tls_is_named(proxy, made):
    with proxy() as (plain, _):
        address = plain.address.replace("http://", "")
        scheme = "https" if "http" in plain.address else "grpcs"
        text = refusal(dataclasses.replace(plain, address=f"{scheme}://{address}"), ca_file=made.ca)
    assert "it does not speak TLS there" in text


def test_a_client_shows_its_certificate_to_a_server_that_wants_one(proxy, made):
    shown = {"client_certificate": made.client, "client_key": made.client_key}
    with proxy(made, wants_client=True) as (server, _):
        assert len(answer(server, ca_file=made.ca, **shown).classes) == 1
        text = refusal(server, ca_file=made.ca)
    assert "cannot be reached" in text


@pytest.mark.parametrize("source", ["file", "variable", "both"])
def test_the_token_is_sent_by_tls(proxy, made, token_file, monkeypatch, source):
    if source != "file":
        monkeypatch.setenv(credentials.TOKEN, "another" if source == "both" else TOKEN)
    settings = {} if source == "variable" else {"token_file": token_file}
    with proxy(made, token=TOKEN) as (server, got):
        answer(server, ca_file=made.ca, **settings)
    assert TOKEN in str(got) and "another" not in str(got)


def test_the_token_is_sent_unencrypted_to_this_machine_only(proxy, token_file):
    with proxy(token=TOKEN) as (server, got):
        answer(server, token_file=token_file)
        assert TOKEN in str(got)
        far = dataclasses.replace(server, address=server.address.replace("localhost", "a.example"))
        text = refusal(far, token_file=token_file)
    assert "is another machine and not encrypted" in text


def test_a_missing_token_and_a_wrong_one_are_one_line_with_what_to_do(proxy, made, monkeypatch):
    with proxy(made, token=TOKEN) as (server, _):
        text = refusal(server, ca_file=made.ca)
        assert " does not know who asks (" in text
        assert text.endswith(
            "give a valid token by --server_token_file or in CNN_MNIST_SERVER_TOKEN"
        )
        monkeypatch.setenv(credentials.TOKEN, "wrong")
        text = refusal(server, ca_file=made.ca)
        assert " does not allow this request (" in text and "wrong" not in text


def test_a_server_below_a_path_is_asked_there(running):
    with proxies.rest(running.rest, prefix="/models/of-mine") as (address, got):
        answer(Server(f"{address}/"))
        assert {path.split("/v1/")[0] for path, _ in got} == {"/models/of-mine"}
        text = refusal(Server(address.removesuffix("/of-mine")))
    assert "does not answer as tensorflow_model_server does" in text


def test_neither_token_nor_images_follow_a_redirect(running, token_file):
    with (
        proxies.rest(running.rest) as (target, got_there),
        proxies.rest(running.rest, redirect=f"{target}/x") as (address, _),
    ):
        text = refusal(Server(address), token_file=token_file)
        with pytest.raises(UserError):
            clients.connect(Server(address)).predict("serving_default", "image", PIXELS)
    assert text == (
        f"--server={address} redirects to {target}/x, and redirects are not followed; if that is "
        f"right, give --server={target}/x"
    )
    assert got_there == []


@pytest.mark.parametrize("content", ["", " \n", "a b", "a\nb", "é", "a" * 16385, "\0"])
def test_a_file_without_a_token_is_refused_without_repeating_it(tmp_path, content):
    path = tmp_path / "token"
    path.write_text(content, "utf-8")
    text = refusal(Server("https://a"), token_file=str(path))
    assert text == (
        f"--server_token_file={path} does not hold a token; allowed: one line of 1 to 16,384 "
        "visible ASCII characters, without spaces"
    )


def test_a_variable_that_does_not_hold_a_token_is_refused(monkeypatch):
    monkeypatch.setenv(credentials.TOKEN, "a b")
    assert refusal(Server("https://a")).startswith("CNN_MNIST_SERVER_TOKEN does not hold a token")
    monkeypatch.setenv(credentials.TOKEN, " ")
    assert credentials.read(Server("a:1"), server.parsed("a:1")).token is None


def test_files_that_cannot_be_used_are_named(made, tmp_path):
    encrypted = Server("https://a")
    none, folder, text = tmp_path / "none", str(tmp_path), tmp_path / "text"
    text.write_text("x")
    gone = "cannot be read: No such file or directory"
    assert refusal(encrypted, token_file=str(none)) == f"--server_token_file={none} {gone}"
    assert refusal(encrypted, ca_file=str(none)) == f"--server_ca_file={none} {gone}"
    assert "cannot be read: Is a directory" in refusal(encrypted, token_file=folder)
    assert refusal(encrypted, ca_file=folder).startswith(f"--server_ca_file={folder} ")
    assert refusal(encrypted, ca_file=str(text)) == (
        f"--server_ca_file={text} does not hold certificates; allowed: a file in PEM format"
    )
    pair = {"client_certificate": made.client, "client_key": str(none)}
    assert refusal(encrypted, **pair) == (
        f"--server_client_certificate={made.client} and --server_client_key={none}: {none} {gone}"
    )
    for key in (made.server_key, made.client, str(text)):
        assert "are not a certificate and its private key" in refusal(
            encrypted, client_certificate=made.client, client_key=key
        )


def test_a_key_with_a_password_is_refused_and_asks_nothing(made, tmp_path):
    proxies._openssl(tmp_path, f"ec -in {made.client_key} -aes128 -passout pass:abcd -out locked")
    text = refusal(
        Server("https://a"), client_certificate=made.client, client_key=f"{tmp_path}/locked"
    )
    assert "the key without a password" in text


def test_the_token_is_in_no_text_of_its_own_objects(monkeypatch):
    monkeypatch.setenv(credentials.TOKEN, TOKEN)
    asked = Server("https://a")
    assert TOKEN not in repr(asked) + repr(credentials.read(asked, server.parsed(asked.address)))
    assert TOKEN not in str(vars(clients.connect(asked)))
    assert os.environ[credentials.TOKEN] == TOKEN


@pytest.mark.slow
def test_the_servers_own_tls_is_trusted_by_its_authority(exported, made, tmp_path):
    """The server itself has TLS for gRPC; its file holds the texts in PEM format, not paths."""
    lines = []
    for field, path in (("server_key", made.server_key), ("server_cert", made.server)):
        with open(path, encoding="ascii") as file:
            lines += [f"{field}: {json.dumps(file.read())}"]
    (tmp_path / "ssl.config").write_text("\n".join(lines))
    flag = f"--ssl_config_file={tmp_path}/ssl.config"
    with serving_process.started(os.path.dirname(exported), flag) as running:
        port = running.grpc.rpartition(":")[2]
        encrypted = Server(f"grpcs://localhost:{port}", retries=1)
        assert len(answer(encrypted, ca_file=made.ca).classes) == 1
        assert "give the certificate of its authority" in refusal(encrypted)
        assert "cannot be reached" in refusal(Server(f"localhost:{port}", retries=0))
