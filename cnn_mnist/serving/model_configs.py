"""The models of a `models.config`, checked before TensorFlow Serving reads them.

The file is a `ModelServerConfig`, see tensorflow_serving/config/model_server_config.proto and
https://www.tensorflow.org/tfx/serving/serving_config.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Sequence

from cnn_mnist.errors import SettingsError
from cnn_mnist.serving import text_format
from cnn_mnist.serving.text_format import Field
from cnn_mnist.support import paths
from cnn_mnist.support.suggestions import guess, nearest

PLATFORM = "tensorflow"
"""The only `model_platform` of a SavedModel."""

_LARGEST = 1_000_000
_MOST_SHOWN = 5

_ALLOWED = {
    "": ("model_config_list",),
    "model_config_list": ("config",),
    "config": (
        "name",
        "base_path",
        "model_platform",
        "model_version_policy",
        "version_labels",
        "logging_config",
    ),
    "model_version_policy": ("latest", "all", "specific"),
    "latest": ("num_versions",),
    "all": (),
    "specific": ("versions",),
    "version_labels": ("key", "value"),
}
"""The fields of each message that has any checked."""


@dataclasses.dataclass(frozen=True)
class Model:
    """A model of the file.

    Attributes:
      line: where it begins.
      name: its name in requests.
      base_path: the folder of its versions, or a URL.
      platform: of its versions.
      policy: `latest`, `all` or `specific`.
      count: how many of the newest versions are served, by `latest`.
      versions: the numbers of the versions that are served, by `specific`.
      labels: each label and the number of its version.
    """

    line: int
    name: str
    base_path: str
    platform: str
    policy: str
    count: int
    versions: tuple[int, ...]
    labels: tuple[tuple[str, int], ...]


def read(path: str) -> list[Model]:
    """Reads the models of a file.

    Raises:
      SettingsError: the file cannot be read, is not the text form of a `ModelServerConfig`, or
        has a field that TensorFlow Serving does not know; the message names the line.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(_LARGEST + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > _LARGEST:
        raise SettingsError(f"{path} has more than {_LARGEST:,} characters; is it a models.config?")
    try:
        fields = text_format.parse(text.removeprefix("\ufeff"))
        _check_names(fields, "")
        return [_model(config) for models in fields for config in models.fields or ()]
    except ValueError as error:
        raise SettingsError(f"{path}:{error}") from error


def faults(path: str, models: Sequence[Model]) -> Iterator[str]:
    """Yields a line for each reason why the server would not start, or not serve what is named.

    Args:
      path: of the file, which begins each line.
      models: those that `read` found there.
    """
    if not models:
        yield f"{path} names no model; a model is model_config_list {{ config {{ … }} }}"
    seen: set[str] = set()
    for model in models:
        begin = f"{path}:{model.line}: model {model.name!r}"
        if model.name in seen:
            yield f"{begin} is named twice"
        seen.add(model.name)
        for fault in _faults(model):
            yield f"{begin}: {fault}"


def served(model: Model) -> list[int]:
    """Returns the versions that a model's policy serves now, newest first; none of a URL."""
    if model.policy == "specific":
        return sorted(set(model.versions), reverse=True)
    found = sorted(_on_disk(model.base_path), reverse=True)
    return found if model.policy == "all" else found[: model.count]


def is_local(model: Model) -> bool:
    """Returns whether the versions lie on this machine."""
    return not paths.is_url(model.base_path)


def _check_names(fields: Sequence[Field], parent: str) -> None:
    allowed = _ALLOWED[parent]
    for field in fields:
        if field.name not in allowed:
            near = guess(nearest(field.name, allowed))
            raise ValueError(
                f"{field.line}: unknown field {field.name!r}{parent and f' of {parent}'}; {near}"
                f"allowed: {', '.join(allowed) or 'none'}"
            )
        if field.name not in _ALLOWED:
            continue
        if field.fields is None:
            raise ValueError(f"{field.line}: {field.name!r} is not followed by {{ … }}")
        _check_names(field.fields, field.name)


def _model(config: Field) -> Model:
    policy = _last(config, "model_version_policy")
    choice = policy.fields[-1] if policy and policy.fields else None
    counts = [_number(field) for field in (choice and choice.fields) or ()]
    kind = choice.name if choice else "latest"
    labels = [field for field in config.fields or () if field.name == "version_labels"]
    return Model(
        config.line,
        _text(config, "name"),
        _text(config, "base_path"),
        _text(config, "model_platform"),
        kind,
        max(counts[-1], 1) if kind == "latest" and counts else 1,
        tuple(counts) if kind == "specific" else (),
        tuple((_text(label, "key"), _number(_last(label, "value"))) for label in labels),
    )


def _last(message: Field, name: str) -> Field | None:
    found = [field for field in message.fields or () if field.name == name]
    return found[-1] if found else None


def _text(message: Field, name: str) -> str:
    field = _last(message, name)
    if field and field.text is None:
        raise ValueError(f"{field.line}: the value of {name!r} is not in quotes")
    return field.text or "" if field else ""


def _number(field: Field | None) -> int:
    if field is None:
        return 0
    if field.word is None or not re.fullmatch(r"-?[0-9]{1,19}", field.word):
        raise ValueError(f"{field.line}: the value of {field.name!r} is not a whole number")
    return int(field.word)


def _faults(model: Model) -> Iterator[str]:
    if not re.fullmatch(r"[^\s/:]+", model.name):
        yield "name is missing or has spaces, / or :, which no address can have"
    if model.platform != PLATFORM:
        yield f"model_platform is {model.platform!r}; allowed: '{PLATFORM}'"
    counted = [label for label, _ in model.labels]
    for label in sorted({label for label in counted if counted.count(label) > 1}):
        yield f"label {label!r} is given twice"
    for label in counted:
        if not re.fullmatch(r"[^\s/:]+", label):
            yield f"label {label!r} is empty or has spaces, / or :, which no address can have"
    for number in sorted({n for n in model.versions if model.versions.count(n) > 1}):
        yield f"version {number} is named twice"
    if model.policy == "specific" and not model.versions:
        yield "specific names no versions, so nothing would be served"
    if is_local(model):
        yield from _faults_on_disk(model)


def _faults_on_disk(model: Model) -> Iterator[str]:
    path = model.base_path
    if not os.path.isabs(path):
        here = f"; here it is {os.path.abspath(path)}" if path else ""
        yield f"base_path is {path!r}; allowed: an absolute path{here}"
        return
    if not os.path.isdir(path):
        yield f"base_path {path} is not a folder"
        return
    found = _on_disk(path)
    if not found:
        inner = os.path.join(path, "export")
        below = f"; {inner} does" if _on_disk(inner) else ""
        yield f"base_path {path} holds no versions, which are folders whose name is a number{below}"
        return
    wanted = served(model)
    for number in wanted:
        if number not in found:
            yield f"there is no version {number} in {path}; there are {_listed(found)}"
        elif not found[number]:
            yield f"version {number} in {path} has no saved_model.pb"
    for label, number in model.labels:
        if number not in wanted:
            yield (
                f"label {label!r} is for version {number}, which is not served by the policy "
                f"'{model.policy}'; served: {_listed(wanted)}"
            )


def _on_disk(path: str) -> dict[int, bool]:
    """Returns the versions in a folder, and whether each holds a SavedModel."""
    try:
        names = os.listdir(path)
    except OSError:
        return {}
    return {
        int(name): os.path.isfile(os.path.join(path, name, "saved_model.pb"))
        for name in names
        if re.fullmatch("[0-9]{1,19}", name)
    }


def _listed(numbers: Sequence[int] | dict[int, bool]) -> str:
    shown = sorted(numbers, reverse=True)
    return ", ".join(map(str, shown[:_MOST_SHOWN])) + (", …" if len(shown) > _MOST_SHOWN else "")
