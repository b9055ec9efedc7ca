"""The pins are complete and exact on every supported Python and platform."""

import configparser
import re
import runpy

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import REPOSITORY

SCRIPTS = REPOSITORY / "scripts"

PLATFORMS = [
    ("linux", "Linux", "x86_64"),
    ("linux", "Linux", "aarch64"),
    ("darwin", "Darwin", "arm64"),
]
ENVIRONMENTS = [
    (name, python, platform)
    for name, pythons in [
        ("constraints.txt", ["3.10", "3.11", "3.12", "3.13"]),
        ("constraints-oldest.txt", ["3.11"]),
    ]
    for python in pythons
    for platform in PLATFORMS
]


def lines_of(name):
    """Returns each pin with its hashes on one line."""
    lines = (SCRIPTS / name).read_text().replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def pins_of(name):
    return [Requirement(re.split(" --hash| # via", line)[0]) for line in lines_of(name)]


def requirements():
    """Returns what setup.cfg asks for, with every extra that is pinned."""
    config = configparser.ConfigParser()
    config.read(REPOSITORY / "setup.cfg")
    extras = {
        extra: text
        for extra, text in config["options.extras_require"].items()
        if extra not in ("spark", "ray")
    }
    texts = [config["options"]["install_requires"], *extras.values()]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def counts(requirement, python, platform):
    """Tells whether a requirement is one on a Python and a platform."""
    sys_platform, system, machine = platform
    environment = {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.5",
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def pinned_versions(name, python, platform):
    """Returns the version of each package that is pinned on a Python and a platform."""
    versions = {}
    for pin in pins_of(name):
        if counts(pin, python, platform):
            package = canonicalize_name(pin.name)
            assert package not in versions, f"{package} is pinned twice on Python {python}"
            [specifier] = pin.specifier
            versions[package] = specifier.version
    return versions


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_every_pin_is_exact(name):
    for pin in pins_of(name):
        assert [specifier.operator for specifier in pin.specifier] == ["=="], pin


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_every_pin_has_the_sha256_of_its_files(name):
    for line in lines_of(name):
        hashes = re.findall(r"--hash=(\S+)", line)
        assert hashes, line
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), line


@pytest.mark.parametrize("name, python, platform", ENVIRONMENTS)
def test_every_requirement_of_setup_cfg_is_pinned_and_fits(name, python, platform):
    versions = pinned_versions(name, python, platform)
    for requirement in requirements():
        if not counts(requirement, python, platform):
            continue
        package = canonicalize_name(requirement.name)
        assert package in versions, f"{package}: run scripts/refresh_pins"
        assert requirement.specifier.contains(versions[package]), f"{package}: {versions[package]}"


@pytest.mark.parametrize("name, python, platform", ENVIRONMENTS)
def test_tensorflow_and_its_companions_have_one_minor_version(name, python, platform):
    versions = pinned_versions(name, python, platform)
    minor = {"constraints.txt": "2.21", "constraints-oldest.txt": "2.15"}[name]
    for package in ["tensorflow", "tf-keras", "tensorboard"]:
        assert versions[package].startswith(f"{minor}."), package
    assert versions["tensorflow-estimator"] == "2.15.0"


def test_oldest_set_has_numpy_1():
    assert pinned_versions("constraints-oldest.txt", "3.11", PLATFORMS[0])["numpy"].startswith("1.")


def test_builders_are_pinned():
    builders = set(runpy.run_path(str(SCRIPTS / "set_up_environment.py"))["BUILDERS"])
    for name, python, platform in ENVIRONMENTS:
        assert builders <= set(pinned_versions(name, python, platform))


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_no_package_for_a_gpu_is_pinned(name):
    assert not [pin for pin in pins_of(name) if re.match("nvidia|cuda|triton", pin.name)]


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_pins_name_no_host_and_no_folder_of_a_machine(name):
    text = (SCRIPTS / name).read_text()
    assert "scripts/refresh_pins" in text.splitlines()[1]
    assert not re.search(r"://|--index|--find-links|file:|/(tmp|home|root|Users)/", text)
