"""Loads data sets by TFDS name; prepares and decodes each once, and downloads none if offline."""

from __future__ import annotations

import contextlib
import fcntl
import io
import logging
import os
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnn_mnist.config.choices import DATASETS
from cnn_mnist.data import decoded, emnist
from cnn_mnist.data.decoded import Arrays, Decoded
from cnn_mnist.data.found import Found, numbered
from cnn_mnist.errors import DataError, InstallationError, argument, given, one_line, wording
from cnn_mnist.networks.architecture import IMAGE_SHAPE, LEAST_CLASSES, MOST_CLASSES
from cnn_mnist.support import paths
from cnn_mnist.support.suggestions import nearest

SHIPPED_MNIST = os.path.join(os.path.dirname(__file__), "mnist")
"""The folder of the four original files; their sha256 are those that TFDS records."""

_PLACE_VARIABLE = "TFDS_DATA_DIR"
"""The environment variable that tensorflow-datasets takes in place of `data_dir`."""


def load(name: str, data_dir: str | None, offline: bool, say: Callable[[str], None]) -> Decoded:
    """Loads a set by its TFDS name, and prepares it first if necessary.

    `mnist` is prepared from the files of this package, any other set from its source. A set
    that was loaded before is read without importing TFDS.

    Returns:
      Images (uint8 `[count, 28, 28, 1]`) and labels (int32 `[count]`) of `train` and
      `test`, and the names of the classes.

    Raises:
      DataError, InstallationError: see `data.loading.load`.
    """
    _check_place(data_dir)
    folder = decoded.newest_folder(name, data_dir)
    if folder is not None:
        found = decoded.read(folder)
        if found is not None:
            return found
        say(f"{os.path.join(folder, decoded.FILE)} cannot be used, so {name} is decoded again")
    return _load_by_tfds(name, data_dir, offline, say)


def _check_place(data_dir: str | None) -> None:
    """Refuses a URL, for which tensorflow-datasets would use the network."""
    name = argument("data_dir") if data_dir else _PLACE_VARIABLE
    place = data_dir or os.environ.get(_PLACE_VARIABLE, "")
    if paths.is_url(place):
        raise DataError(f"{name} is {paths.help_for_url(place)}")


def _load_by_tfds(
    name: str, data_dir: str | None, offline: bool, say: Callable[[str], None]
) -> Decoded:
    builder = _tfds_builder(name, data_dir, offline)
    _check_features(name, builder)
    with _prepared(builder, name, offline, say):
        found = decoded.read(builder.data_dir)
        if found is None:
            say(f"Decoding {name} (once, about 5 s)")
            with _hushed():
                parts = {split: _decode(builder, split) for split in ("train", "test")}
            found = _named(name, parts, tuple(builder.info.features["label"].names))
            decoded.write(builder.data_dir, *found)
    return found


def _named(name: str, parts: dict[str, Arrays], names: tuple[str, ...]) -> Decoded:
    """Returns the parts with EMNIST's own class names; TFDS counts 37 letters, from 0."""
    known = emnist.class_names(name)
    found = numbered(Found(name, name, parts, known or names))
    return found.parts, found.class_names or names


def _tfds_builder(name: str, data_dir: str | None, offline: bool) -> Any:
    tfds = _import_tfds()
    if not re.fullmatch(r"[a-z0-9_]+(/[\w.-]+)?(:\d+\.\d+\.\d+)?", name):
        # Other forms name community sets, whose code TFDS would fetch from the network.
        raise DataError(
            f"{given(dataset=name)} is neither a folder nor a TFDS name such as mnist{_meant(name)}"
        )
    try:
        with _hushed():
            return tfds.builder(name, data_dir=os.path.expanduser(data_dir) if data_dir else None)
    except (tfds.core.DatasetNotFoundError, ValueError, AssertionError) as error:
        raise DataError(
            f"{given(dataset=name)} is neither a folder nor a data set of "
            "tensorflow-datasets; for example mnist, fashion_mnist, kmnist, emnist/digits"
            f"{_meant(name)}"
        ) from error


def _meant(name: str) -> str:
    near = nearest(name, DATASETS, {"fashion": "fashion_mnist", "letters": "emnist/letters"})
    return f"; did you mean {near}?" if near else ""


def _import_tfds() -> Any:
    from cnn_mnist import tf_compat  # noqa: F401 - TensorFlow must be set up before TFDS loads it

    try:
        with _hushed():
            import tensorflow_datasets
            from tensorflow_datasets.core import dataset_info
            from tensorflow_datasets.core.utils import gcs_utils
        # Where a module of its own fails, tensorflow_datasets may be there without its names.
        tensorflow_datasets.disable_progress_bar()
    # Also protobuf's VersionError, which is none of the classes that imports raise.
    except Exception as error:
        raise InstallationError(
            f"tensorflow-datasets cannot be imported ({one_line(error)}): pip install "
            "tensorflow-datasets importlib_resources, and with TensorFlow 2.15 to 2.19 also "
            "'tensorflow-metadata<1.18'"
        ) from error
    # TFDS 4.9.4 reads each set's metadata from a bucket, even offline, and checks no sha256. With
    # that disabled it finds nothing there, and leaves an empty folder in /tmp for each set.
    gcs_utils._is_gcs_disabled = True
    dataset_info.DatasetInfo.initialize_from_bucket = lambda self: None
    return tensorflow_datasets


def _check_features(name: str, builder: Any) -> None:
    features = builder.info.features
    try:
        shape, classes = features["image"].shape, features["label"].num_classes
    except (KeyError, AttributeError, TypeError) as error:
        raise DataError(
            f"{given(dataset=name)} has no image with a label; expected 28x28x1 images in "
            f"{LEAST_CLASSES} to {MOST_CLASSES} classes"
        ) from error
    if tuple(shape) != IMAGE_SHAPE or not LEAST_CLASSES <= classes <= MOST_CLASSES:
        raise DataError(
            f"{given(dataset=name)} has images of {'x'.join(str(size or '?') for size in shape)} "
            f"in {classes} classes; expected 28x28x1 in {LEAST_CLASSES} to {MOST_CLASSES}"
        )


@contextlib.contextmanager
def _prepared(builder: Any, name: str, offline: bool, say: Callable[[str], None]) -> Iterator[None]:
    """Prepares the set if it is not prepared yet, one process at a time."""
    if _is_prepared(builder) and decoded.exists(builder.data_dir):
        yield
        return
    try:
        os.makedirs(builder.data_dir_root, exist_ok=True)
        lock = open(os.path.join(builder.data_dir_root, f".{builder.name}.lock"), "w")  # noqa: SIM115
    except OSError as error:
        if _is_prepared(builder):
            yield
            return
        raise DataError(
            f"{given(data_dir=builder.data_dir_root)} cannot be written ({error.strerror}); "
            "give a folder that you can write to"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_prepared(builder):
            _prepare(builder, name, offline, say)
        yield


def _is_prepared(builder: Any) -> bool:
    return os.path.exists(os.path.join(builder.data_dir, "dataset_info.json"))


def _prepare(builder: Any, name: str, offline: bool, say: Callable[[str], None]) -> None:
    shipped = name.partition(":")[0] == "mnist"
    if offline and not shipped:
        flag = wording("offline=True", "--offline")
        raise DataError(
            f"{given(dataset=name)} is not prepared in {builder.data_dir_root} and {flag} forbids "
            f"downloading it; run once without {flag}, or give a folder of IDX files"
        )
    from tensorflow_datasets import download

    source = "the files of this package" if shipped else "its source on the network"
    if not shipped:
        _check_reachable(builder, name)
    say(f"Preparing {name} with tensorflow-datasets from {source} (once, about 20 s)")
    settings = download.DownloadConfig(
        manual_dir=SHIPPED_MNIST if shipped else None,
        try_download_gcs=False,
        force_checksums_validation=True,
    )
    fresh = _fresh_builder(builder)
    try:
        with _hushed():
            fresh.download_and_prepare(download_config=settings)
    except Exception as error:  # TFDS passes on every error of its downloaders.
        raise DataError(
            f"{given(dataset=name)} could not be prepared in {builder.data_dir_root}: "
            f"{_reason(error)}; fix that, or give a folder of IDX files"
        ) from error


def _reason(error: Exception) -> str:
    from tensorflow_datasets.core.download import download_manager

    if isinstance(error, download_manager.NonMatchingChecksumError):
        return "the download does not have the sha256 that tensorflow-datasets records"
    if str(error).startswith("Missing checksums"):
        return "tensorflow-datasets records no sha256 for the download"
    return (str(error) or type(error).__name__).strip().splitlines()[0][:200]


def _check_reachable(builder: Any, name: str) -> None:
    """Raises at once if the source is out of reach; TFDS retries ten times, for three minutes."""
    if urllib.request.getproxies():
        return
    url = urllib.parse.urlsplit(next(iter(builder.url_infos), ""))
    if not url.hostname:
        return
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((url.hostname, port), timeout=20).close()
    except OSError as error:
        raise DataError(
            f"{given(dataset=name)} is not prepared in {builder.data_dir_root} and its source "
            f"{url.hostname} cannot be reached ({error}); try again with a network, or give a "
            "folder of IDX files"
        ) from error


def _fresh_builder(builder: Any) -> Any:
    return type(builder)(data_dir=builder.data_dir_root, **_config_of(builder))


def _config_of(builder: Any) -> dict[str, Any]:
    return {"config": builder.builder_config.name} if builder.builder_config else {}


def _decode(builder: Any, split: str) -> Arrays:
    import tensorflow_datasets

    reader = _fresh_builder(builder)
    if split not in reader.info.splits:
        raise DataError(f"{given(dataset=builder.name)} has no split named {split}")
    data = reader.as_dataset(split=split, batch_size=-1)
    arrays = tensorflow_datasets.as_numpy(data)
    return np.asarray(arrays["image"]), np.asarray(arrays["label"]).astype(np.int32)


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Hides what TFDS prints about its progress; this package reports it in one line.

    TFDS logs by absl, which gives Python's root logger a handler if it has none. A program would
    then print each line of TensorFlow's logger twice.
    """
    handlers = list(logging.root.handlers)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.root.handlers = handlers
