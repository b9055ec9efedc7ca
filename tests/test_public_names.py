"""What the package and its rooms give to others, and that naming it costs no TensorFlow."""

import ast
import importlib
import inspect
import subprocess
import sys

import pytest
from places import REPOSITORY

import cnn_mnist
from cnn_mnist import errors

PACKAGE = REPOSITORY / "cnn_mnist"
ROOMS = sorted(
    ".".join(path.parent.relative_to(REPOSITORY).parts)
    for path in PACKAGE.rglob("__init__.py")
    if "node_modules" not in path.parts
)
VERBS = {"train", "evaluate", "predict", "export", "train_and_evaluate"}
KINDS = {
    name
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.UserError)
}


def names_in_a_new_process(code):
    """Returns what a new Python prints, split into words."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_package_gives_settings_verbs_and_errors():
    expected = {
        "Config",
        "from_preset",
        "history",
        "LitePredictor",
        "OnnxPredictor",
        "Predictor",
        *VERBS,
        *KINDS,
    }
    assert set(cnn_mnist.__all__) == expected
    assert set(cnn_mnist.__all__) <= set(dir(cnn_mnist))


def test_type_checkers_see_the_names_that_the_package_gives():
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert set(seen) == set(cnn_mnist.__all__)
    for name, module in seen.items():
        assert getattr(cnn_mnist, name) is getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    "module", ["", ".config", ".data", ".networks", ".serving", ".cli", ".networks.architecture"]
)
def test_importing_loads_no_tensorflow(module):
    code = f"import sys, cnn_mnist{module}; print(*[m for m in sys.modules if 'tensorflow' in m])"
    assert names_in_a_new_process(code) == []


def test_settings_and_errors_load_no_tensorflow_and_a_verb_does():
    """An import of TensorFlow takes seconds, so it is noticed and refused instead."""
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'tensorflow':\n"
        "            print('wanted')\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from cnn_mnist import Config, UserError, from_preset\n"
        "from_preset('x'); print('none')\n"
        "try:\n"
        "    from cnn_mnist import export\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')"
    )
    assert names_in_a_new_process(code) == ["none", "wanted", "stopped"]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_is_a_function_also_when_every_room_is_imported(verb):
    for room in ROOMS:
        importlib.import_module(room)
    from cnn_mnist import experiment

    assert getattr(cnn_mnist, verb) is getattr(experiment, verb)
    assert inspect.isfunction(getattr(cnn_mnist, verb))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_for_and_what_others_may_use(room):
    package = importlib.import_module(room)
    assert len(package.__doc__.splitlines()[0]) > 40
    assert package.__all__ == sorted(package.__all__, key=lambda name: (not name.isupper(), name))
    for name in package.__all__:
        scope: dict = {}
        exec(f"from {room} import {name}", scope)
        assert scope[name] is not None


@pytest.mark.parametrize("room", ["cnn_mnist", "cnn_mnist.data", "cnn_mnist.networks"])
def test_a_name_that_a_package_does_not_have_is_named(room):
    package = importlib.import_module(room)
    with pytest.raises(AttributeError, match=f"^module '{room}' has no attribute 'nothing'$"):
        _ = package.nothing
