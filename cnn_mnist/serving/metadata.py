"""The signatures that a server's model has, and whether a request fits one of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from cnn_mnist.errors import ServerError
from cnn_mnist.serving.server import Server, given_address

OUTPUTS = ("classes", "probabilities")
"""The outputs of every signature of an export of this program."""

_MOST_SHOWN = 10
_TYPES = {"uint8": "DT_UINT8", "float32": "DT_FLOAT", "object": "DT_STRING"}
"""The type of a tensor, in tensorflow/core/framework/types.proto, by that of an array."""


@dataclasses.dataclass(frozen=True)
class Tensor:
    """The input of a signature.

    Attributes:
      dtype: such as `DT_UINT8`.
      shape: the size of each dimension, -1 for any; None if even their number may vary.
    """

    dtype: str
    shape: tuple[int, ...] | None

    def __str__(self) -> str:
        shape = "of any shape" if self.shape is None else str(list(self.shape)).replace("-1", "?")
        return f"{self.dtype} {shape}"


@dataclasses.dataclass(frozen=True)
class Signature:
    """A signature of a model: its inputs by name, and the names of its outputs."""

    inputs: dict[str, Tensor]
    outputs: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What a server says of a model: the version that answers, and its signatures by name."""

    version: int
    signatures: dict[str, Signature]


def from_json(found: Any) -> Metadata:
    """Returns the metadata in the JSON of a `GetModelMetadataResponse`.

    Raises:
      ValueError, TypeError, KeyError, AttributeError: it is not such JSON.
    """
    signatures = found["metadata"]["signature_def"]["signature_def"]
    return Metadata(
        int(str(found["model_spec"]["version"])),
        {
            str(name): Signature(
                {str(key): _tensor(value) for key, value in signature["inputs"].items()},
                frozenset(map(str, signature["outputs"])),
            )
            for name, signature in signatures.items()
        },
    )


def _tensor(info: Any) -> Tensor:
    shape = info["tensor_shape"]
    if shape.get("unknown_rank"):
        return Tensor(str(info["dtype"]), None)
    sizes = tuple(int(str(dimension["size"])) for dimension in shape.get("dim", ()))
    return Tensor(str(info["dtype"]), sizes)


def check(
    server: Server, metadata: Metadata, signature: str, name: str, values: np.ndarray
) -> None:
    """Checks that a request of these values can be answered by the server's model.

    Args:
      server: names the server in the error.
      metadata: of the model.
      signature: the name of the signature that the request is for.
      name: the name of its input.
      values: such values as will be sent, `[batch, ...]`.

    Raises:
      ServerError: the model is not an export of this program.
    """
    wanted = Tensor(_TYPES[values.dtype.name], (-1, *values.shape[1:]))
    found = metadata.signatures.get(signature)
    if found is None:
        names = _listed(name for name in metadata.signatures if not name.startswith("__"))
        problem = f"has no signature {signature!r}, only {names}"
    elif name not in found.inputs or not _fits(found.inputs[name], wanted):
        problem = f"takes {_inputs(found)} by {signature!r}, not {name}: {wanted}"
    elif further := sorted(set(found.inputs) - {name}):
        problem = f"needs {_listed(further)} besides {name!r} by {signature!r}"
    elif not found.outputs.issuperset(OUTPUTS):
        outputs = _listed(found.outputs)
        problem = f"gives {outputs} by {signature!r}, not {' and '.join(OUTPUTS)}"
    else:
        return
    raise ServerError(
        f"{given_address(server.address)}: the model {server.model!r}, version "
        f"{metadata.version}, {problem}; expected an export of this program"
    )


def _fits(tensor: Tensor, wanted: Tensor) -> bool:
    if tensor.dtype != wanted.dtype:
        return False
    if tensor.shape is None or wanted.shape is None:
        return True
    pairs = list(zip(tensor.shape, wanted.shape, strict=False))
    same_rank = len(tensor.shape) == len(wanted.shape)
    return same_rank and all(one in (-1, other) or other == -1 for one, other in pairs)


def _inputs(signature: Signature) -> str:
    shown = [f"{name}: {tensor}" for name, tensor in sorted(signature.inputs.items())]
    return ", ".join(shown[:_MOST_SHOWN]) or "nothing"


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(repr, names))[:_MOST_SHOWN]) or "none"
