"""Watches the folder of versions, and serves the newest."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from cnn_mnist.tf_compat import tf
from model_server import options, servable, statuses

_LOG = logging.getLogger("model_server")


@dataclasses.dataclass
class Version:
    """A version of the model.

    Attributes:
      state: START, LOADING, AVAILABLE, UNLOADING or END.
      error: why loading failed.
    """

    number: int
    state: str = "START"
    error: statuses.StatusError | None = None
    loaded: servable.Servable | None = None
    users: int = 0


class Versions:
    """The versions of one model; the newest is served."""

    def __init__(self, chosen: options.Options, largest_batch: int | None):
        if not chosen.model_base_path:
            raise statuses.invalid("model_base_path and model_config_file are empty")
        self._chosen = chosen
        self._largest_batch = largest_batch
        self._versions: dict[int, Version] = {}
        self._changed = threading.Condition()

    def wait_for_the_first(self) -> None:
        """Waits until a version is available; raises StatusError if it cannot be loaded."""
        self._poll()
        threading.Thread(target=self._poll_for_ever, daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: any(v.state in _DONE for v in self._versions.values()))
            ended = [v for v in self._versions.values() if v.error]
        if ended:
            raise statuses.StatusError(
                statuses.Code.UNKNOWN,
                "1 servable(s) did not become available: {{{name: "
                f"{self._chosen.model_name} version: {ended[0].number}}} due to error: "
                f"{ended[0].error}}}, }}",
            )

    @contextlib.contextmanager
    def use(self, spec: Any) -> Iterator[Version]:
        """Yields the version that a ModelSpec names; it stays loaded meanwhile."""
        with self._changed:
            version = self._find(spec)
            version.users += 1
        try:
            yield version
        finally:
            with self._changed:
                version.users -= 1
                self._changed.notify_all()

    def states(self, spec: Any) -> list[Version]:
        """Returns copies of the versions that a ModelSpec names, newest first."""
        with self._changed:
            found = sorted(self._versions.values(), key=lambda v: v.number, reverse=True)
            copies = [dataclasses.replace(version) for version in found]
        if spec.name != self._chosen.model_name:
            copies = []
        if spec.HasField("version"):
            number = spec.version.value
            copies = [version for version in copies if version.number == number]
            if not copies:
                raise statuses.not_found(f"Could not find version {number} of model {spec.name}")
        if not copies:
            raise statuses.not_found(f"Could not find any versions of model {spec.name}")
        return copies

    def _find(self, spec: Any) -> Version:
        if not spec.name:
            raise statuses.invalid("ModelSpec has no name specified.")
        if spec.WhichOneof("version_choice") == "version_label":
            raise statuses.invalid(f"Unrecognized servable version label: {spec.version_label}")
        pinned = spec.version.value if spec.HasField("version") else None
        found = [
            version
            for version in self._versions.values()
            if version.state == "AVAILABLE"
            and spec.name == self._chosen.model_name
            and pinned in (None, version.number)
        ]
        if not found:
            wanted = f"Latest({spec.name})"
            if pinned is not None:
                wanted = f"Specific({spec.name}, {pinned})"
            raise statuses.not_found(f"Servable not found for request: {wanted}")
        return max(found, key=lambda version: version.number)

    def _poll_for_ever(self) -> None:
        while self._chosen.file_system_poll_wait_seconds > 0:
            time.sleep(self._chosen.file_system_poll_wait_seconds)
            self._poll()

    def _poll(self) -> None:
        """Loads the newest version if needed, then unloads the others."""
        try:
            folders = _folders(self._chosen.model_base_path)
        except OSError as error:
            _LOG.error(
                "FileSystemStoragePathSource encountered a filesystem access error: %s", error
            )
            return
        newest = max(folders, default=None)
        if newest is None:
            _LOG.warning(
                "No versions of servable %s found under base path %s",
                self._chosen.model_name,
                self._chosen.model_base_path,
            )
        else:
            known = self._versions.get(newest)
            if known is None or (known.state == "END" and not known.error):
                known = self._load(newest, folders[newest])
            if known.state != "AVAILABLE":
                return
        for version in list(self._versions.values()):
            if version.state == "AVAILABLE" and version.number != newest:
                self._unload(version)

    def _load(self, number: int, folder: str) -> Version:
        version = Version(number)
        with self._changed:
            self._versions[number] = version
        self._set(version, "LOADING")
        for attempt in range(self._chosen.max_num_load_retries + 1):
            if attempt:
                time.sleep(max(self._chosen.load_retry_interval_micros, 0) / 1e6)
            try:
                version.loaded = servable.Servable(folder, self._chosen, self._largest_batch)
            except tf.errors.OpError as error:
                failure = statuses.of_tensorflow(error)
            except statuses.StatusError as error:
                failure = error
            # Python's loader raises various errors for a missing or broken SavedModel.
            except Exception as error:
                failure = statuses.not_found(str(error))
            else:
                self._set(version, "AVAILABLE")
                return version
            _LOG.error("Loading servable: %s failed: %s", self._text(version), failure)
        version.error = failure
        self._set(version, "END")
        return version

    def _unload(self, version: Version) -> None:
        self._set(version, "UNLOADING")
        with self._changed:
            self._changed.wait_for(lambda: not version.users)
        if version.loaded:
            version.loaded.close()
        version.loaded = None
        self._set(version, "END")

    def _set(self, version: Version, state: str) -> None:
        with self._changed:
            version.state = state
            self._changed.notify_all()
        words = {"LOADING": "Loading", "AVAILABLE": "Successfully loaded", "END": "Done with"}
        _LOG.info("%s servable version %s", words.get(state, "Unloading"), self._text(version))

    def _text(self, version: Version) -> str:
        return f"{{name: {self._chosen.model_name} version: {version.number}}}"


_DONE = ("AVAILABLE", "END")


def _folders(base_path: str) -> dict[int, str]:
    """Returns the folders whose name is a number, by that number."""
    return {
        int(name): os.path.join(base_path, name)
        for name in os.listdir(base_path)
        if name.isascii() and name.isdecimal()
    }
