"""The models that are served and the labels of their versions, by a `ModelServerConfig`."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from tensorflow_serving.config import model_server_config_pb2

from model_server import batching, options, statuses, text_protos, versions

_LOG = logging.getLogger("model_server")


class Models:
    """The models; read again from `model_config_file`, if a flag says how often."""

    def __init__(self, chosen: options.Options, merging: batching.Parameters | None):
        self.checks_methods = chosen.enable_signature_method_name_check
        self._chosen = chosen
        self._merging = merging
        self._models: dict[str, versions.Versions] = {}
        self._labels: dict[str, dict[str, int]] = {}
        self._reload(_config(chosen))

    def wait_for_the_first(self) -> None:
        """Waits until each model has a version; raises StatusError if one cannot be loaded."""
        self._poll()
        threading.Thread(target=self._poll_for_ever, daemon=True).start()
        if self._chosen.model_config_file and self._chosen.model_config_file_poll_wait_seconds > 0:
            threading.Thread(target=self._reload_for_ever, daemon=True).start()
        while any(model.failures() is None for model in self._models.values()):
            time.sleep(0.1)
        ended = [text for model in self._models.values() for text in model.failures() or ()]
        if ended:
            raise statuses.StatusError(
                statuses.Code.UNKNOWN,
                f"{len(ended)} servable(s) did not become available: {{{', '.join(ended)}}}, }}",
            )

    @contextlib.contextmanager
    def use(self, spec: Any) -> Iterator[versions.Version]:
        """Yields the version that a ModelSpec names; it stays loaded meanwhile."""
        pinned = self._number(spec)
        if spec.name not in self._models:
            raise versions.not_found(spec.name, pinned)
        with self._models[spec.name].use(pinned) as version:
            yield version

    def states(self, spec: Any) -> list[versions.Version]:
        """Returns copies of the versions that a ModelSpec names, newest first.

        A label names all of them, known or not; the real server does not look at it here.
        """
        model = self._models.get(spec.name)
        copies = model.states() if model else []
        if spec.HasField("version"):
            number = spec.version.value
            copies = [version for version in copies if version.number == number]
            if not copies:
                raise statuses.not_found(f"Could not find version {number} of model {spec.name}")
        if not copies:
            raise statuses.not_found(f"Could not find any versions of model {spec.name}")
        return copies

    def _number(self, spec: Any) -> int | None:
        if not spec.name:
            raise statuses.invalid("ModelSpec has no name specified.")
        if spec.WhichOneof("version_choice") != "version_label":
            return spec.version.value if spec.HasField("version") else None
        label = spec.version_label
        if label not in self._labels.get(spec.name, {}):
            raise statuses.invalid(f"Unrecognized servable version label: {label}")
        return self._labels[spec.name][label]

    def _reload(self, config: Any) -> None:
        """Takes another configuration; raises StatusError if it is refused."""
        _check(config)
        # Before the models are loaded: a label is of a version that is already there.
        self._labels = {
            each.name: {
                label: self._checked(each.name, label, number)
                for label, number in each.version_labels.items()
            }
            for each in config.model_config_list.config
        }
        named = {each.name: each for each in config.model_config_list.config}
        for name in set(self._models) - set(named):
            self._models.pop(name).remove()
        for name, each in named.items():
            if name in self._models:
                self._models[name].config = each
            else:
                self._models[name] = versions.Versions(each, self._chosen, self._merging)

    def _checked(self, name: str, label: str, number: int) -> int:
        old = self._labels.get(name, {}).get(label)
        is_new = self._chosen.allow_version_labels_for_unavailable_models and old in (None, number)
        model = self._models.get(name)
        if not is_new and (model is None or model.state(number) != "AVAILABLE"):
            raise statuses.StatusError(
                statuses.Code.FAILED_PRECONDITION,
                f"Request to assign label to version {number} of model {name}, which is not "
                "currently available for inference",
            )
        return number

    def _poll(self) -> None:
        for model in list(self._models.values()):
            model.poll()

    def _poll_for_ever(self) -> None:
        while self._chosen.file_system_poll_wait_seconds > 0:
            time.sleep(self._chosen.file_system_poll_wait_seconds)
            self._poll()

    def _reload_for_ever(self) -> None:
        while True:
            time.sleep(self._chosen.model_config_file_poll_wait_seconds)
            try:
                self._reload(_config(self._chosen))
            except statuses.StatusError as error:
                _LOG.error("PollFilesystemAndReloadConfig failed to ReloadConfig: %s", error)


def _config(chosen: options.Options) -> Any:
    if chosen.model_config_file:
        kind = model_server_config_pb2.ModelServerConfig
        return text_protos.read(kind(), chosen.model_config_file)
    if not chosen.model_base_path:
        raise statuses.invalid("model_base_path and model_config_file are empty")
    config = model_server_config_pb2.ModelServerConfig()
    config.model_config_list.config.add(
        name=chosen.model_name, base_path=chosen.model_base_path, model_platform="tensorflow"
    )
    return config


def _check(config: Any) -> None:
    names = [each.name for each in config.model_config_list.config]
    for each in config.model_config_list.config:
        if names.count(each.name) > 1:
            raise statuses.invalid(f"Illegal to list model {each.name} multiple times")
        if not each.base_path.startswith("/"):
            raise statuses.invalid(
                f"Expected model {each.name} to have an absolute path or URI; got "
                f"base_path()={each.base_path}"
            )
        if each.model_platform != "tensorflow":
            raise statuses.invalid(
                "Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
                f"ModelServerConfig::model_platform, model name is {each.name}"
            )
