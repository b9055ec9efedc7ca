"""Packages that do not fit together are named with the pip command that fixes it.

`versions.installed_version` is replaced here, so that combinations need not be installed; the
real function is tested on the installed packages.
"""

import importlib.metadata

import pytest

from cnn_mnist.errors import InstallationError, UserError
from cnn_mnist.tf_compat import versions

FITTING = {
    "tensorflow": "2.21.0",
    "keras": "3.12.0",
    "tf-keras": "2.21.0",
    "tensorflow-estimator": "2.15.0",
    "protobuf": "7.34.0",
}
OLDEST = {
    "tensorflow": "2.15.1",
    "keras": "2.15.0",
    "tensorflow-estimator": "2.15.0",
    "protobuf": "4.25.3",
}


@pytest.fixture
def installed(monkeypatch):
    """Pretends that only the given packages are installed."""

    def pretend(packages):
        def version(*distributions):
            return next((packages[name] for name in distributions if name in packages), None)

        monkeypatch.setattr(versions, "installed_version", version)

    return pretend


def refusal():
    with pytest.raises(InstallationError) as caught:
        versions.check_installation()
    return str(caught.value)


def test_the_installed_packages_fit():
    versions.check_installation()


@pytest.mark.parametrize(
    "packages",
    [
        FITTING,
        OLDEST,
        {**FITTING, "tensorflow": "2.16.2", "tf-keras": "2.16.0", "protobuf": "4.25.3"},
        {**FITTING, "tensorflow": "2.20.0", "tf-keras": "2.20.1", "protobuf": "6.33.0"},
        {**FITTING, "tensorflow": "2.21.0rc1", "tf-keras": "2.21.0.dev1"},
        {"tensorflow-cpu": "2.15.0", **{k: v for k, v in OLDEST.items() if k != "tensorflow"}},
        {k: v for k, v in FITTING.items() if k != "protobuf"},
    ],
)
def test_a_set_that_fits_is_let_through(installed, packages):
    installed(packages)
    versions.check_installation()


def test_tensorflow_missing_is_named(installed, monkeypatch):
    installed({})
    monkeypatch.setattr(versions.importlib.util, "find_spec", lambda name: None)
    assert refusal() == (
        "TensorFlow is not installed: pip install 'tensorflow==2.21.*' 'tf-keras==2.21.*' "
        "tensorflow-estimator==2.15.0"
    )


def test_a_tensorflow_built_from_source_is_accepted(installed):
    """It can be imported, but there is no distribution with a known name."""
    installed({})
    versions.check_installation()


@pytest.mark.parametrize("version", ["2.14.1", "2.9.0", "1.15.5"])
def test_a_tensorflow_that_is_too_old_is_named_with_the_oldest(installed, version):
    installed({**OLDEST, "tensorflow": version})
    assert refusal() == (
        f"TensorFlow {version} is older than the oldest supported 2.15: "
        "pip install 'tensorflow==2.15.*' tensorflow-estimator==2.15.0"
    )


@pytest.mark.parametrize("version", ["2.22.0", "2.100.0", "3.0.0"])
def test_a_tensorflow_that_is_too_new_is_named_with_the_newest(installed, version):
    installed({**FITTING, "tensorflow": version})
    assert refusal() == (
        f"TensorFlow {version} is newer than the newest supported 2.21: "
        "pip install 'tensorflow==2.21.*' 'tf-keras==2.21.*' tensorflow-estimator==2.15.0"
    )


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"tf-keras": None},
            "TensorFlow 2.21.0 comes with Keras 3, so tf.layers needs tf-keras: "
            "pip install 'tf-keras==2.21.*'",
        ),
        (
            {"tf-keras": "2.20.1"},
            "tf-keras 2.20.1 does not fit TensorFlow 2.21.0: pip install 'tf-keras==2.21.*'",
        ),
        (
            {"tensorflow-estimator": None},
            "TensorFlow 2.21.0 needs tensorflow-estimator for tf.estimator: "
            "pip install tensorflow-estimator==2.15.0",
        ),
        (
            {"tensorflow-estimator": "2.14.0"},
            "tensorflow-estimator 2.14.0 is not the one this package was tested with: "
            "pip install tensorflow-estimator==2.15.0",
        ),
        (
            {"tensorflow": "2.20.0", "tf-keras": "2.20.1"},
            "protobuf 7.34.0 is too new for TensorFlow 2.20.0, which then cannot train: "
            "pip install 'protobuf<7'",
        ),
    ],
)
def test_a_companion_that_does_not_fit_is_named_with_the_pip_line(installed, change, message):
    packages = {**FITTING, **change}
    installed({name: version for name, version in packages.items() if version is not None})
    assert refusal() == message


def test_tensorflow_2_15_needs_no_tf_keras_but_the_estimator(installed):
    packages = dict(OLDEST)
    del packages["tensorflow-estimator"]
    installed(packages)
    assert refusal().startswith("TensorFlow 2.15.1 needs tensorflow-estimator for tf.estimator")


def test_an_installation_error_is_a_users_error_and_an_import_error():
    assert issubclass(InstallationError, UserError)
    assert issubclass(InstallationError, ImportError)


@pytest.mark.parametrize(
    "version, numbers", [("2.21.0rc1", (2, 21)), ("3.0", (3, 0)), ("10.11.12", (10, 11))]
)
def test_the_first_two_numbers_of_a_version(version, numbers):
    assert versions.major_minor(version) == numbers


@pytest.mark.parametrize("version", ["", "2", "unknown"])
def test_a_version_without_two_numbers_is_named(version):
    with pytest.raises(InstallationError) as caught:
        versions.major_minor(version)
    assert str(caught.value) == f"cannot read the package version {version!r}"


@pytest.mark.parametrize(
    "keras, is_3", [("3.0.0", True), ("3.12.1", True), ("2.15.0", False), (None, False)]
)
def test_keras_3_is_known_by_its_version(installed, keras, is_3):
    installed({"keras": keras} if keras else {})
    assert versions.keras_is_version_3() is is_3


@pytest.mark.parametrize("choice", ["0", "false", ""])
def test_a_choice_of_keras_3_is_named_with_what_to_do(installed, choice):
    installed(FITTING)
    with pytest.raises(InstallationError) as caught:
        versions.check_keras_choice({"TF_USE_LEGACY_KERAS": choice})
    assert str(caught.value) == (
        f"TF_USE_LEGACY_KERAS={choice} asks for Keras 3, which has no tf.layers: "
        "unset TF_USE_LEGACY_KERAS or set it to 1"
    )


@pytest.mark.parametrize("environment", [{}, *({"TF_USE_LEGACY_KERAS": t} for t in ("1", "true"))])
def test_legacy_keras_or_no_choice_is_let_through(installed, monkeypatch, environment):
    installed(FITTING)
    monkeypatch.delitem(versions.sys.modules, "keras._tf_keras.keras", raising=False)
    versions.check_keras_choice(environment)


def test_keras_3_loaded_before_is_named_with_what_to_do(installed, monkeypatch):
    installed(FITTING)
    monkeypatch.setitem(versions.sys.modules, "keras._tf_keras.keras", versions)
    with pytest.raises(InstallationError) as caught:
        versions.check_keras_choice({})
    assert str(caught.value) == (
        "tf.keras was used before cnn_mnist was imported and is Keras 3, which has no tf.layers: "
        "import cnn_mnist.tf_compat first, or set TF_USE_LEGACY_KERAS=1"
    )


def test_with_keras_2_every_choice_is_let_through(installed):
    installed(OLDEST)
    versions.check_keras_choice({"TF_USE_LEGACY_KERAS": "0"})


def test_the_version_is_that_of_the_first_installed_distribution():
    pytest_version = importlib.metadata.version("pytest")
    assert versions.installed_version("no-such-package", "pytest") == pytest_version
    assert versions.installed_version("pytest", "numpy") == pytest_version
    assert versions.installed_version("no-such-package") is None
    assert versions.installed_version() is None


def test_the_version_of_tensorflow_is_the_one_that_is_imported():
    import tensorflow

    assert versions.major_minor(versions.tensorflow_version()) == versions.major_minor(
        tensorflow.__version__
    )
