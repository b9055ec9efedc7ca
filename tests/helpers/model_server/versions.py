"""Watches the folder of versions of one model, and serves those that its policy names."""

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
from model_server import batching, options, servable, statuses

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
    """The versions of one model; by default the newest is served."""

    def __init__(self, config: Any, chosen: options.Options, merging: batching.Parameters | None):
        self.config = config
        self._chosen = chosen
        self._merging = merging
        self._versions: dict[int, Version] = {}
        self._changed = threading.Condition()
        self._polling = threading.Lock()

    def failures(self) -> list[str] | None:
        """Returns what failed to load, or None while nothing is loaded yet."""
        with self._changed:
            if not any(version.state in _DONE for version in self._versions.values()):
                return None
            return [
                f"{{name: {self.config.name} version: {version.number}}} due to error: "
                f"{version.error}"
                for version in self._versions.values()
                if version.error
            ]

    @contextlib.contextmanager
    def use(self, pinned: int | None) -> Iterator[Version]:
        """Yields the version of a number, or the newest; it stays loaded meanwhile."""
        with self._changed:
            version = self._find(pinned)
            version.users += 1
        try:
            yield version
        finally:
            with self._changed:
                version.users -= 1
                self._changed.notify_all()

    def states(self) -> list[Version]:
        """Returns copies of the versions, newest first."""
        with self._changed:
            found = sorted(self._versions.values(), key=lambda v: v.number, reverse=True)
            return [dataclasses.replace(version) for version in found]

    def state(self, number: int) -> str | None:
        version = self._versions.get(number)
        return version and version.state

    def _find(self, pinned: int | None) -> Version:
        found = [
            version
            for version in self._versions.values()
            if version.state == "AVAILABLE" and pinned in (None, version.number)
        ]
        if not found:
            raise not_found(self.config.name, pinned)
        return max(found, key=lambda version: version.number)

    def poll(self) -> None:
        """Loads the versions that the policy names, then unloads the others."""
        with self._polling:
            self._poll()

    def _poll(self) -> None:
        try:
            folders = _folders(self.config.base_path)
        except OSError as error:
            _LOG.error(
                "FileSystemStoragePathSource encountered a filesystem access error: %s", error
            )
            return
        wanted = _wanted(self.config, sorted(folders, reverse=True))
        if not wanted:
            _LOG.warning(
                "No versions of servable %s found under base path %s",
                self.config.name,
                self.config.base_path,
            )
            return
        states = []
        for number in wanted:
            known = self._versions.get(number)
            if known is None or (known.state == "END" and not known.error):
                known = self._load(number, folders[number])
            states.append(known.state)
        # A version is unloaded only when those that replace it are there.
        if set(states) == {"AVAILABLE"}:
            self._unload_all_but(wanted)

    def remove(self) -> None:
        """Unloads every version."""
        with self._polling:
            self._unload_all_but([])

    def _unload_all_but(self, wanted: list[int]) -> None:
        for version in list(self._versions.values()):
            if version.state == "AVAILABLE" and version.number not in wanted:
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
                version.loaded = servable.Servable(folder, self._chosen, self._merging)
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
        return f"{{name: {self.config.name} version: {version.number}}}"


_DONE = ("AVAILABLE", "END")


def not_found(name: str, pinned: int | None) -> statuses.StatusError:
    """Returns the error for a model or a version that is not loaded."""
    wanted = f"Latest({name})" if pinned is None else f"Specific({name}, {pinned})"
    return statuses.not_found(f"Servable not found for request: {wanted}")


def _wanted(config: Any, numbers: list[int]) -> list[int]:
    """Returns the numbers that the policy names, of those on disk, newest first."""
    policy = config.model_version_policy
    kind = policy.WhichOneof("policy_choice") or "latest"
    if kind == "all":
        return numbers
    if kind == "specific":
        return [number for number in numbers if number in policy.specific.versions]
    return numbers[: max(policy.latest.num_versions, 1)]


def _folders(base_path: str) -> dict[int, str]:
    """Returns the folders whose name is a number, by that number."""
    return {
        int(name): os.path.join(base_path, name)
        for name in os.listdir(base_path)
        if name.isascii() and name.isdecimal()
    }
