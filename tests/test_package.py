"""The package as it is installed: complete, from any folder."""

from __future__ import annotations

import ast
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import pytest

import cnn_mnist

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "cnn_mnist"

# From the top: a room imports only rooms below it.
FLOORS = [
    {"main"},
    {"commands"},
    {"report", "inspection", "server_commands"},
    {"command_images"},
    {"flags", "experiment", "summary"},
    {"training"},
    {"exporting"},
    {"flag_parsers", "served", "predictor"},
    {
        "flag_table",
        "checkpoints",
        "results",
        "validation_hook",
        "report_tables",
        "divergence",
        "sprite",
    },
    {
        "estimators",
        "input_fns",
        "tflite",
        "tfjs",
        "layers_model",
        "warm_up",
        "hooks",
        "stopping",
        "best_checkpoint",
        "run_data",
    },
    {"serving", "frozen"},
    {"model"},
    {
        "networks",
        "augmentation",
        "datasets",
        "metrics",
        "images",
        "pictures",
        "event_files",
        "run_log",
        "page",
        "sessions",
        "checkpoint_files",
        "layers_weights",
    },
    {"tfds_datasets", "idx", "config", "training_lock", "framing"},
    {"config_fields"},
    {"presets", "precision", "progress", "validations", "tf_config"},
    {"architecture", "files", "exports", "clients"},
    {"tf_compat", "servers"},
    {"errors"},
]


def rooms_imported_by(path: pathlib.Path) -> set[str]:
    """Returns the rooms of this package that a module imports, at its top or within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "cnn_mnist":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cnn_mnist."):
            found.add(node.module.split(".")[1])
    return found - {"__version__"}


def test_no_room_imports_upwards_or_sideways_in_a_circle():
    floor_of = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    upwards = []
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for imported in rooms_imported_by(path) - {room}:
            if floor_of[imported] <= floor_of[room]:
                upwards.append(f"{room} imports {imported}")
    assert upwards == []


def test_only_the_rooms_that_must_know_import_tensorflow():
    for path in PACKAGE.rglob("*.py"):
        if "tf_compat" in path.parts:
            continue
        assert not re.search(r"^\s*(import|from) tensorflow\b", path.read_text("utf-8"), re.M), path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without network by this environment's setuptools."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
            "--quiet",
            "--wheel-dir",
            str(folder),
            str(copy_of_the_source(folder)),
        ],
        check=True,
    )
    (path,) = folder.glob("*.whl")
    return path


def copy_of_the_source(folder: pathlib.Path) -> pathlib.Path:
    """Builds from a copy, so that no build folder appears in the repository."""
    import shutil

    source = folder / "source"
    source.mkdir()
    shutil.copytree(PACKAGE, source / "cnn_mnist", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source / name)
    return source


def test_the_wheel_holds_every_module_the_data_and_the_licence(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(p.relative_to(REPOSITORY)) for p in PACKAGE.rglob("*.py")}
    assert modules <= names
    data = {str(p.relative_to(REPOSITORY)) for p in (PACKAGE / "data").rglob("*.*")}
    assert data <= names and len(data) == 4 + 10
    assert [name for name in names if name.endswith("LICENSE")]
    outside = {name.split("/")[0] for name in names}
    assert outside == {"cnn_mnist", f"cnn_mnist-{cnn_mnist.__version__}.dist-info"}


def test_the_wheel_works_from_another_folder_with_its_own_data(wheel, tmp_path):
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    code = (
        "import cnn_mnist.tfds_datasets as t, cnn_mnist.idx as idx, os; "
        "print(t.__file__); "
        "print(len(idx.read_labels(os.path.join(t.SHIPPED_MNIST, 'train-labels-idx1-ubyte.gz'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    path, count = ran.stdout.split()
    assert path.startswith(str(unpacked)) and count == "60000"


def test_the_wheel_installs_the_command(wheel):
    metadata = zipfile.ZipFile(wheel).read(
        f"cnn_mnist-{cnn_mnist.__version__}.dist-info/entry_points.txt"
    )
    assert b"cnn-mnist = cnn_mnist.main:run" in metadata


def test_the_console_command_runs():
    program = os.path.join(os.path.dirname(sys.executable), "cnn-mnist")
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"cnn-mnist {cnn_mnist.__version__}\n"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_public_functions_have_docstrings_and_modules_stay_small(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), f"{path} has no docstring"
    assert len(path.read_text("utf-8").splitlines()) <= 320
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path}: {node.name}"
