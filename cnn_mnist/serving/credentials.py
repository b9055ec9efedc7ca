"""What proves who the server is, and who asks it: certificates and a bearer token."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import ssl

from cnn_mnist.errors import SettingsError, wording
from cnn_mnist.serving.server import Address, Server, given_address

TOKEN = "CNN_MNIST_SERVER_TOKEN"
"""The environment variable that may hold a bearer token."""

_LARGEST_TOKEN = 16_384
"""Bytes; servers refuse longer headers, nginx from 8 KB on."""


@dataclasses.dataclass(frozen=True)
class Credentials:
    """The certificates and the token for one server.

    Attributes:
      trusted: a file or a folder of certificates in PEM format, or None for those that the
        client library brings.
      certificate: the files of this client's certificate and private key, or None.
      token: the bearer token, or None; never printed.
    """

    trusted: str | None
    certificate: tuple[str, str] | None
    token: str | None = dataclasses.field(repr=False)

    def trusted_certificates(self) -> bytes | None:
        """Returns the trusted certificates in PEM format, or None for gRPC's own."""
        if self.trusted is None:
            return None
        place = pathlib.Path(self.trusted)
        files = sorted(place.glob("*.[0-9]")) if place.is_dir() else [place]
        return b"\n".join(file.read_bytes() for file in files) or None


def read(server: Server, address: Address) -> Credentials:
    """Reads and checks the files that a server's settings name, and the token.

    The token is that of `server.token_file`, else that of the environment variable `TOKEN`. It is
    sent encrypted, or to this machine, and nowhere else.

    Raises:
      SettingsError: a file cannot be read or does not hold what it should; or the token would be
        sent to another machine unencrypted.
    """
    token, source = _token(server)
    if token is not None and not (address.is_encrypted or address.is_this_machine):
        scheme = "https://" if address.is_rest else "grpcs://"
        raise SettingsError(
            f"{given_address(server.address)} is another machine and not encrypted, and the token "
            f"of {source} could be read on the way; give {scheme}, or leave out the token"
        )
    if not address.is_encrypted:
        return Credentials(None, None, token)
    certificate = None
    if server.client_certificate is not None and server.client_key is not None:
        certificate = (server.client_certificate, server.client_key)
        _check_certificate(*certificate)
    if server.ca_file is not None:
        _check_ca_file(server.ca_file)
    return Credentials(server.ca_file or _of_the_system(), certificate, token)


def _of_the_system() -> str | None:
    """Returns the system's file or folder of trusted certificates, or None if there is none."""
    # OpenSSL's own variables, SSL_CERT_FILE and SSL_CERT_DIR, change these paths.
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath


def _token(server: Server) -> tuple[str | None, str]:
    """Returns the token, and where it is from."""
    if server.token_file is None:
        return _checked_token(os.environ.get(TOKEN, "").strip() or None, TOKEN), TOKEN
    source = f"{wording('token_file', '--server_token_file')}={server.token_file}"
    try:
        with open(server.token_file, "rb") as file:
            content = file.read(_LARGEST_TOKEN + 2)
    except OSError as error:
        raise SettingsError(f"{source} cannot be read: {error.strerror}") from error
    return _checked_token(content.decode("latin-1").strip(), source), source


def _checked_token(token: str | None, source: str) -> str | None:
    if token is None:
        return None
    # The message must not repeat what may be a secret.
    if not re.fullmatch(r"[\x21-\x7e]+", token) or len(token) > _LARGEST_TOKEN:
        raise SettingsError(
            f"{source} does not hold a token; allowed: one line of 1 to {_LARGEST_TOKEN:,} "
            "visible ASCII characters, without spaces"
        )
    return token


def _check_ca_file(path: str) -> None:
    name = wording("ca_file", "--server_ca_file")
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise SettingsError(
            f"{name}={path} does not hold certificates; allowed: a file in PEM format"
        ) from error
    except OSError as error:
        raise SettingsError(f"{name}={path} cannot be read: {error.strerror}") from error


def _check_certificate(certificate: str, key: str) -> None:
    names = wording("client_certificate", "--server_client_certificate")
    given = f"{names}={certificate} and {wording('client_key', '--server_client_key')}={key}"
    for path in (certificate, key):
        try:
            with open(path, "rb"):
                pass
        except OSError as error:
            raise SettingsError(f"{given}: {path} cannot be read: {error.strerror}") from error
    try:
        # With a password OpenSSL does not ask for one at the terminal.
        ssl.create_default_context().load_cert_chain(certificate, key, password="-")
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(
            f"{given} are not a certificate and its private key; allowed: files in PEM format, "
            "the key without a password"
        ) from error
