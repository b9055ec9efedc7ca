"""The package as it is installed: complete, from any folder."""

from __future__ import annotations

import ast
import graphlib
import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import pytest
from places import REPOSITORY

import cnn_mnist
from cnn_mnist.config.fields import FLAGS

PACKAGE = REPOSITORY / "cnn_mnist"

TABLE = """
11  main, sweep
10  cli, web (model_folder.exports, support.shell, support.suggestions, support.terminal, errors), tf1 (tf_compat, data.idx, support.suggestions, support.terminal, errors)
 9  experiment, reports
 8  training, evaluation
 7  hooks, exporting
 6  input_fns, estimator
 5  data, model, model_folder
 4  config, metrics, plots
 3  networks, serving, cluster
 2  tf_compat, uncertainty
 1  errors, support
 0  support.terminal
"""  # noqa: E501
"""The units of the package. One imports only units on lower lines, and where it has others in
brackets behind it, only those. A new module of a unit needs no entry."""

LINE_OF: dict[str, int] = {}
ONLY: dict[str, set[str]] = {}
for number, units in re.findall(r"^ *(\d+)  (.*)$", TABLE, re.M):
    for unit, allowed in re.findall(r"([\w.]+)(?: \(([^)]*)\))?", units):
        LINE_OF[unit] = int(number)
        if allowed:
            ONLY[unit] = set(allowed.split(", "))


def name_of(path: pathlib.Path) -> str:
    """Returns a module's dotted name within the package; that of the package itself is empty."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported_by(path: pathlib.Path) -> set[str]:
    """Returns the modules of the package that one imports, at its top or within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole.removeprefix("cnn_mnist.") in MODULES else node.module)
    return {name.removeprefix("cnn_mnist.") for name in found if name.startswith("cnn_mnist.")}


FLAG = re.compile(r"--[a-z]")

COMMANDS = (
    "main",
    "cli",
    "sweep",
    "web",
    "tf1",
    "serving.launcher",
    "serving.launch_options",
    "serving.__main__",
    "cluster.launcher",
)
"""The units and modules that only commands use."""


def of_commands(module: str) -> bool:
    return module == "__main__" or any(f"{module}.".startswith(f"{name}.") for name in COMMANDS)


def calls(tree: ast.AST, *names: str) -> list[ast.Call]:
    """Returns the calls of functions or methods with these names."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        call for call in found if getattr(call.func, "attr", getattr(call.func, "id", "")) in names
    ]


def strings_for_all(tree: ast.AST) -> list[str]:
    """Returns a module's strings without docstrings, progress lines and the parts for commands."""
    left_out = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    left_out = [value for value in left_out if isinstance(value, ast.Constant)]
    left_out += [node for call in calls(tree, "wording", "say") for node in ast.walk(call)]
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out
    ]


def room_of(module: str) -> str:
    """Returns the folder, or the file at the top, that a module is of."""
    return module.split(".")[0] or "__init__"


ROOMS = sorted({room_of(module) for module in MODULES})


@pytest.mark.parametrize("room", ROOMS)
def test_errors_for_callers_from_python_name_arguments_not_flags(room):
    for module, path in MODULES.items():
        # The table of settings has the help of each flag.
        if room_of(module) != room or of_commands(module) or module == "config.fields":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        assert [text for text in strings_for_all(tree) if FLAG.search(text)] == [], module


@pytest.mark.parametrize("room", ROOMS)
def test_every_argument_that_an_error_names_is_a_flag(room):
    for module, path in MODULES.items():
        if room_of(module) != room:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        named = {keyword.arg for call in calls(tree, "given") for keyword in call.keywords}
        firsts = [call.args[0] for call in calls(tree, "argument")]
        named |= {first.value for first in firsts if isinstance(first, ast.Constant)}
        assert named <= set(FLAGS), module


ARROWS = {name: imported_by(path) for name, path in MODULES.items() if name}


def unit_of(module: str) -> str:
    """Returns the unit that a module belongs to, or its own name where the table has none."""
    if module == "__main__":
        return "main"
    parts = module.split(".")
    heads = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((head for head in heads if head in LINE_OF), module)


def test_every_module_belongs_to_a_unit():
    assert [name for name in ARROWS if unit_of(name) not in LINE_OF] == []


def test_no_unit_imports_upwards_or_sideways():
    upwards = {
        f"{module} imports {other}"
        for module, others in ARROWS.items()
        for other in others
        if unit_of(module) != unit_of(other) and LINE_OF[unit_of(module)] <= LINE_OF[unit_of(other)]
    }
    assert upwards == set()


def test_what_may_import_little_imports_no_more():
    for module, others in ARROWS.items():
        unit = unit_of(module)
        if unit in ONLY:
            allowed = {unit, *ONLY[unit]}
            assert {o for o in others if o not in allowed and unit_of(o) not in allowed} == set()


@pytest.mark.parametrize("unit", LINE_OF)
def test_there_is_no_circle_inside_a_unit(unit):
    inside = {module for module in ARROWS if unit_of(module) == unit}
    graph = {module: ARROWS[module] & inside for module in inside}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_build_md_quotes_the_table():
    assert TABLE in (REPOSITORY / "BUILD.md").read_text("utf-8")


def test_build_md_maps_every_file_and_folder_of_the_package():
    text = (REPOSITORY / "BUILD.md").read_text("utf-8")
    mapped = re.findall(r"^  (\w+)(?:\.py|/) ", text.partition("```\ncnn_mnist/\n")[2], re.M)
    there = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    there |= {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    assert sorted(mapped) == sorted(there)


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
    data = {
        str(p.relative_to(REPOSITORY))
        for p in (PACKAGE / "data").rglob("*.*")
        if p.suffix in (".gz", ".png", ".txt", ".pb")
    }
    assert data <= names and len(data) == 4 + 10 + 1 + 2
    assert [name for name in names if name.endswith("LICENSE")]
    outside = {name.split("/")[0] for name in names}
    assert outside == {"cnn_mnist", f"cnn_mnist-{cnn_mnist.__version__}.dist-info"}


def test_the_wheel_holds_the_pages_and_what_npm_needs_for_them(wheel):
    web = PACKAGE / "web"
    files = [path for path in (web / "pages").rglob("*") if path.is_file()]
    assert len(files) > 40
    files += [web / name for name in ("package.json", "package-lock.json", ".npmrc")]
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {str(path.relative_to(REPOSITORY)) for path in files} <= names


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder of a wheel that is unpacked, as pip does it."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run_installed(installed, folder, *arguments, **environment):
    """Runs Python in a folder, with the installed package and nothing but the standard library."""
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(installed), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_the_web_server_of_the_wheel_runs_from_another_folder(installed, tmp_path):
    ran = run_installed(installed, tmp_path, "-m", "cnn_mnist.web", "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("usage: python -m cnn_mnist.web [MODEL_DIR]...")
    assert "\n~/.cache/cnn_mnist/web_packages; XDG_CACHE_HOME changes ~/.cache" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 100
    assert "scripts/" not in ran.stdout
    ran = run_installed(installed, tmp_path, "-m", "cnn_mnist.web", "no such")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "python -m cnn_mnist.web: there is no folder no such; python -m cnn_mnist.main "
        "--model_dir='no such' --preset=drawn --export_formats=saved_model,tfjs trains a model "
        "there\n"
    )


def test_the_launcher_of_tensorboard_in_the_wheel_runs_from_another_folder(installed, tmp_path):
    launcher = ("-m", "cnn_mnist.cli.tensorboard")
    ran = run_installed(installed, tmp_path, *launcher, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"usage: python {' '.join(launcher)} [MODEL_DIR]")
    ran = run_installed(installed, tmp_path, *launcher)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "python -m cnn_mnist.cli.tensorboard: there is no folder mnist_model; "
        "python -m cnn_mnist.main --model_dir=mnist_model trains one\n"
    )


def test_the_launcher_of_the_wheel_has_its_settings(installed, tmp_path):
    launcher = ("-m", "cnn_mnist.serving")
    ran = run_installed(installed, tmp_path, *launcher, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"usage: python {' '.join(launcher)} [MODEL_DIR] [FLAG]...")
    assert "scripts/" not in ran.stdout
    export = tmp_path / "mnist" / "export" / "1"
    export.mkdir(parents=True)
    (export / "saved_model.pb").touch()
    ran = run_installed(installed, tmp_path, *launcher, "mnist", "--launcher=binary", "--dry_run")
    assert (ran.returncode, ran.stderr) == (0, "")
    files = re.findall(r"_file=(\S+)", ran.stdout)
    assert len(files) == 2
    assert all(name.startswith(str(installed)) and os.path.isfile(name) for name in files)
    ran = run_installed(installed, tmp_path, *launcher, "--write_requests=requests")
    assert (ran.returncode, ran.stderr) == (0, "")
    for file in re.findall(r"@(\S+)", ran.stdout):
        json.loads((tmp_path / file).read_text())
    assert len(list((tmp_path / "requests").iterdir())) == 4


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HOME": "/home/me"}, "/home/me/.cache/cnn_mnist/web_packages"),
        ({"HOME": "/home/me", "XDG_CACHE_HOME": "/tmp/c"}, "/tmp/c/cnn_mnist/web_packages"),
        ({"HOME": "/home/me", "XDG_CACHE_HOME": "c"}, "/home/me/.cache/cnn_mnist/web_packages"),
        ({"CNN_MNIST_WEB_PACKAGES": "/tmp/p", "XDG_CACHE_HOME": "/tmp/c"}, "/tmp/p"),
        ({"CNN_MNIST_WEB_PACKAGES": "p"}, "{here}/p"),
    ],
)
def test_the_packages_of_the_pages_are_kept_in_the_users_cache(
    installed, tmp_path, environment, folder
):
    code = "from cnn_mnist.web import packages; print(packages.folder())"
    ran = run_installed(installed, tmp_path, "-c", code, **environment)
    assert (ran.stdout, ran.stderr) == (folder.format(here=tmp_path) + "\n", "")


def test_the_wheel_works_from_another_folder_with_its_own_data(installed, tmp_path):
    code = (
        "import cnn_mnist.data.tfds as t, cnn_mnist.data.idx as idx, os; "
        "print(t.__file__); "
        "print(len(idx.read_labels(os.path.join(t.SHIPPED_MNIST, 'train-labels-idx1-ubyte.gz'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    path, count = ran.stdout.split()
    assert path.startswith(str(installed)) and count == "60000"


def test_the_wheel_installs_the_command(wheel):
    metadata = zipfile.ZipFile(wheel).read(
        f"cnn_mnist-{cnn_mnist.__version__}.dist-info/entry_points.txt"
    )
    assert b"cnn-mnist = cnn_mnist.main:run" in metadata


def test_the_package_runs_as_its_module_main_does():
    for module in ("cnn_mnist", "cnn_mnist.main"):
        command = [sys.executable, "-m", module, "--version"]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ran.stdout == f"cnn-mnist {cnn_mnist.__version__}\n"


def test_the_console_command_runs():
    program = os.path.join(os.path.dirname(sys.executable), "cnn-mnist")
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"cnn-mnist {cnn_mnist.__version__}\n"


@pytest.mark.parametrize("room", ROOMS)
def test_public_functions_have_docstrings_and_modules_stay_small(room):
    for path in (path for module, path in MODULES.items() if room_of(module) == room):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        assert ast.get_docstring(tree), f"{path} has no docstring"
        assert len(text.splitlines()) <= 320, path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name}"
