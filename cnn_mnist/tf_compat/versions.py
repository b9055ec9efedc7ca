"""Checks which TensorFlow is installed, and whether the packages it needs fit."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys

from cnn_mnist.errors import InstallationError

OLDEST = (2, 15)
NEWEST = (2, 21)
ESTIMATOR_REQUIREMENT = "tensorflow-estimator==2.15.0"

# The names under which TensorFlow has been published on PyPI.
_TENSORFLOW_DISTRIBUTIONS = (
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-macos",
    "tensorflow-intel",
    "tensorflow-rocm",
)


def installed_version(*distributions: str) -> str | None:
    """Returns the version of the first of `distributions` that is installed, or None."""
    for distribution in distributions:
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def tensorflow_version() -> str | None:
    """Returns the installed TensorFlow's version without importing it, or None."""
    return installed_version(*_TENSORFLOW_DISTRIBUTIONS)


def major_minor(version: str) -> tuple[int, int]:
    """Returns the first two numbers of a version: `(2, 21)` for `"2.21.0rc1"`.

    Raises:
      InstallationError: the text does not begin with two numbers.
    """
    match = re.match(r"(\d+)\.(\d+)", version)
    if not match:
        raise InstallationError(f"cannot read the package version {version!r}")
    return int(match[1]), int(match[2])


def keras_is_version_3() -> bool:
    """Returns whether the installed Keras is version 3, which has no `tf.layers`.

    TensorFlow 2.16 and later come with it.
    """
    keras = installed_version("keras")
    return keras is not None and major_minor(keras)[0] >= 3


def check_installation() -> None:
    """Checks that the installed packages work together, before any is imported.

    Raises:
      InstallationError: TensorFlow is missing, older than 2.15 or newer than
        2.21; tf-keras or tensorflow-estimator is missing or has another version
        than TensorFlow needs; or protobuf is too new for TensorFlow.
    """
    found = tensorflow_version()
    if found is None:
        if importlib.util.find_spec("tensorflow") is None:
            raise InstallationError(
                f"TensorFlow is not installed: pip install 'tensorflow=={_dotted(NEWEST)}.*' "
                f"'tf-keras=={_dotted(NEWEST)}.*' {ESTIMATOR_REQUIREMENT}"
            )
        return  # Built from source: there is no version to compare.
    tensorflow = major_minor(found)
    _check_tensorflow(found, tensorflow)
    if keras_is_version_3():
        _check_tf_keras(found, tensorflow)
    _check_estimator(found)
    _check_protobuf(found, tensorflow)


def check_keras_choice(environment) -> None:
    """Checks that Keras 3, which has no `tf.layers`, was neither chosen nor loaded already.

    Args:
      environment: a mapping such as `os.environ`.

    Raises:
      InstallationError: the user has set `TF_USE_LEGACY_KERAS` to off, or Keras 3 was
        loaded through `tf.keras` before this package.
    """
    if not keras_is_version_3():
        return
    choice = environment.get("TF_USE_LEGACY_KERAS")
    if choice is not None and choice not in ("1", "true", "True"):
        raise InstallationError(
            f"TF_USE_LEGACY_KERAS={choice} asks for Keras 3, which has no tf.layers: "
            "unset TF_USE_LEGACY_KERAS or set it to 1"
        )
    if "keras._tf_keras.keras" in sys.modules:
        raise InstallationError(
            "tf.keras was used before cnn_mnist was imported and is Keras 3, which has no "
            "tf.layers: import cnn_mnist.tf_compat first, or set TF_USE_LEGACY_KERAS=1"
        )


def _check_tensorflow(found: str, tensorflow: tuple[int, int]) -> None:
    if OLDEST <= tensorflow <= NEWEST:
        return
    age = "older than the oldest" if tensorflow < OLDEST else "newer than the newest"
    wanted = OLDEST if tensorflow < OLDEST else NEWEST
    keras = f" 'tf-keras=={_dotted(wanted)}.*'" if wanted > OLDEST else ""
    raise InstallationError(
        f"TensorFlow {found} is {age} supported {_dotted(wanted)}: "
        f"pip install 'tensorflow=={_dotted(wanted)}.*'{keras} {ESTIMATOR_REQUIREMENT}"
    )


def _check_tf_keras(found: str, tensorflow: tuple[int, int]) -> None:
    fix = f"pip install 'tf-keras=={_dotted(tensorflow)}.*'"
    tf_keras = installed_version("tf-keras")
    if tf_keras is None:
        raise InstallationError(
            f"TensorFlow {found} comes with Keras 3, so tf.layers needs tf-keras: {fix}"
        )
    if major_minor(tf_keras) != tensorflow:
        raise InstallationError(f"tf-keras {tf_keras} does not fit TensorFlow {found}: {fix}")


def _check_estimator(found: str) -> None:
    version = installed_version("tensorflow-estimator")
    if version is None:
        raise InstallationError(
            f"TensorFlow {found} needs tensorflow-estimator for tf.estimator: "
            f"pip install {ESTIMATOR_REQUIREMENT}"
        )
    if major_minor(version) != (2, 15):
        raise InstallationError(
            f"tensorflow-estimator {version} is not the one this package was tested with: "
            f"pip install {ESTIMATOR_REQUIREMENT}"
        )


def _check_protobuf(found: str, tensorflow: tuple[int, int]) -> None:
    """Refuses protobuf 7 with TensorFlow up to 2.20.

    That calls `MessageToString(float_format=…)`, an option which protobuf 7 dropped.
    """
    protobuf = installed_version("protobuf")
    if protobuf is None or major_minor(protobuf)[0] < 7 or tensorflow >= (2, 21):
        return
    raise InstallationError(
        f"protobuf {protobuf} is too new for TensorFlow {found}, which then cannot train: "
        "pip install 'protobuf<7'"
    )


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
