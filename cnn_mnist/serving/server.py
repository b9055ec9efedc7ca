"""The address of a `tensorflow_model_server`, and the settings of requests to it."""

from __future__ import annotations

import dataclasses
import ipaddress
import re

from cnn_mnist.errors import SettingsError, wording

RANGES: dict[str, tuple[float, float]] = {
    # An int64 in `ModelSpec.version`, from tensorflow_serving/apis/model.proto.
    "server_version": (0, 2**63 - 1),
    "server_timeout": (0.001, 3600.0),
    "server_retries": (0, 100),
    "server_concurrency": (1, 1000),
    # The most images that an export takes in one request: exporting.signatures.MOST_IMAGES.
    "server_batch_size": (1, 1000),
}
"""The smallest and the largest value of each numeric flag."""

_HOST = r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/@?#\[\]]+)"
_PATH = r"(?P<path>(?:/[\w.~!$&'()*+,;=:@%-]*)*)"
_REST = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>\d{{1,5}}))?{_PATH}", re.ASCII)
_GRPC = re.compile(rf"(?:(?P<scheme>grpcs)://)?{_HOST}:(?P<port>\d{{1,5}})", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Server:
    """A server, and the settings of requests to it.

    A token is read when a client connects, from `token_file` or from the environment, so that it
    stands in no record and in no message. See `serving.credentials`.

    Attributes:
      address: `host:port` or `grpcs://host:port` for gRPC, or `http://host:port/prefix` or
        `https://host/prefix` for REST.
      model: the model's name on the server.
      timeout: seconds to wait for an answer; over REST, for each attempt.
      retries: how often a request is sent again when the server cannot be reached or is busy.
      concurrency: how many requests are sent at the same time.
      batch_size: images in a request.
      version: the model's version to ask, or None for the one that the server chooses.
      label: the label of the version to ask, such as `stable`, or None; not beside `version`.
      ca_file: certificates in PEM format to trust in place of the system's, or None.
      token_file: a file that holds a bearer token, or None.
      client_certificate: a certificate in PEM format to show to the server, or None.
      client_key: the private key of `client_certificate`, or None.
    """

    address: str
    model: str = "mnist"
    timeout: float = 10.0
    retries: int = 3
    concurrency: int = 4
    batch_size: int = 1
    version: int | None = None
    label: str | None = None
    ca_file: str | None = None
    token_file: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None

    @property
    def choice(self) -> str:
        """Names the version that is asked for a message: `version 3`, `label 'stable'`, or ``."""
        if self.label is not None:
            return f"label {self.label!r}"
        return "" if self.version is None else f"version {self.version}"


@dataclasses.dataclass(frozen=True)
class Address:
    """The parts of `Server.address`.

    Attributes:
      is_rest: for REST rather than gRPC.
      is_encrypted: by TLS.
      host: the host's name or IP address, without brackets.
      target: `host:port` for gRPC; for REST the URL without a slash at its end.
    """

    is_rest: bool
    is_encrypted: bool
    host: str
    target: str

    @property
    def is_this_machine(self) -> bool:
        """Whether nothing that is sent there leaves this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


def given_address(address: str) -> str:
    """Returns an address for a message, which names the argument or the flag."""
    return f"{wording('address', '--server')}={address}"


def parsed(address: str) -> Address:
    """Returns the parts of an address.

    Raises:
      SettingsError: it is not an address, or holds a user's name, which may be a password.
    """
    if re.match(r"[^/]*//[^/]*@", address):
        raise SettingsError(
            f"{wording('address', '--server')} has a name or a password before the @, which "
            "others on this machine can read; leave it out, and give a token by "
            f"{wording('token_file', '--server_token_file')}"
        )
    found = _REST.fullmatch(address) or _GRPC.fullmatch(address)
    if not found or int(found["port"] or 0) > 65535:
        raise SettingsError(
            f"{given_address(address)} is not an address; allowed: host:port or "
            "grpcs://host:port for gRPC, http://host:port or https://host/prefix for REST"
        )
    is_rest = found.re is _REST
    if is_rest and re.search(r"/v1(/|$)", found["path"]):
        raise SettingsError(
            f"{given_address(address)} names a model's own path; give what stands before /v1, and "
            f"the model's name as {wording('model', '--server_model')}"
        )
    target = address.rstrip("/") if is_rest else address.removeprefix("grpcs://")
    encrypted = found["scheme"] in ("https", "grpcs")
    return Address(is_rest, encrypted, found["host"].strip("[]"), target)


def check(server: Server) -> Address:
    """Checks the settings that need no file; returns the parts of the address.

    Raises:
      SettingsError: a setting is not allowed, or does not go with another.
    """
    address = parsed(server.address)
    if server.version is not None and server.label is not None:
        raise SettingsError(
            f"{wording('version', '--server_version')}={server.version} and "
            f"{wording('label', '--server_label')}={server.label} both say which version is "
            "asked; give one of them"
        )
    if server.label is not None and not re.fullmatch(r"[^\s/:]{1,200}", server.label):
        raise SettingsError(
            f"{wording('label', '--server_label')} is {server.label!r}; allowed: the label of a "
            "version, without spaces, / and :"
        )
    _check_tls(server, address)
    return address


def _check_tls(server: Server, address: Address) -> None:
    names = ("ca_file", "client_certificate", "client_key")
    given = [name for name in names if getattr(server, name) is not None]
    if given and not address.is_encrypted:
        raise SettingsError(
            f"{wording(given[0], f'--server_{given[0]}')} is for https:// and grpcs://; "
            f"{given_address(server.address)} is not encrypted"
        )
    if (server.client_certificate is None) != (server.client_key is None):
        missing = "client_key" if server.client_key is None else "client_certificate"
        raise SettingsError(
            f"{wording(given[-1], f'--server_{given[-1]}')} needs "
            f"{wording(missing, f'--server_{missing}')} too"
        )
