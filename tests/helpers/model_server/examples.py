"""Classify and Regress: refused for the signatures that are not for them, with the same words.

A model that has such signatures is not imitated.
"""

from __future__ import annotations

from typing import Any

from model_server import json_tensors, models, statuses

METHODS = {
    "classify": "tensorflow/serving/classify",
    "regress": "tensorflow/serving/regress",
}
_WORDS = {"classify": "classification", "regress": "regression"}


def from_json(request: Any, body: bytes) -> None:
    """Fills in the name of the signature; raises StatusError if there are no examples."""
    document = json_tensors.parsed(body)
    request.model_spec.signature_name = document.get("signature_name", "")
    found = document.get("examples")
    if "examples" not in document:
        # For regress too.
        problem = "When method is classify, key 'examples' is expected and was not found"
    elif not isinstance(found, list):
        problem = "Expecting 'examples' value to be an list/array"
    elif not found:
        problem = "'examples' value is an empty array"
    else:
        problem = ""
    if problem:
        raise statuses.invalid(f"JSON Value: {json_tensors.shown(document)} {problem}")
    for value in found:
        if not isinstance(value, dict):
            raise statuses.invalid(f"Example must be JSON object but got JSON {value!r}")


def refuse(served: models.Models, request: Any, verb: str) -> None:
    """Raises the StatusError for a request to `classify` or `regress`."""
    name = request.model_spec.signature_name or "serving_default"
    with served.use(request.model_spec) as version:
        assert version.loaded
        signature = version.loaded.signatures.get(name)
    if signature is None:
        raise statuses.invalid(f"No signature was found with the name: {name}")
    if served.checks_methods and signature.method_name != METHODS[verb]:
        raise statuses.invalid(
            f"Expected {_WORDS[verb]} signature method_name to be {METHODS[verb]}. Was: "
            f"{signature.method_name}"
        )
    if len(signature.inputs) != 1:
        raise statuses.invalid("Expected one input Tensor.")
    if verb == "regress" and len(signature.outputs) != 1:
        raise statuses.invalid("Expected one output Tensor.")
    if verb == "classify" and len(signature.outputs) not in (1, 2):
        count = len(signature.outputs)
        raise statuses.invalid(f"Expected one or two output Tensors, found {count}")
    if "inputs" not in signature.inputs:
        raise statuses.invalid(f"No {_WORDS[verb]} inputs found in SignatureDef: {signature}")
    raise statuses.StatusError(statuses.Code.UNIMPLEMENTED, f"{verb} is not imitated")
