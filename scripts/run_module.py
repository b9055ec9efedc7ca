"""Runs a module of this repository that needs only the standard library, without an environment.

    run_module.py MODULE [ARGUMENT]...

Runs on Python 3.6 and later, so that an old Python can say that it is too old.
"""

import importlib.util
import os
import runpy
import sys

SCRIPTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(SCRIPTS)


def go_on_with_supported_python():
    """Returns if this is Python 3.10 or later; if not, replaces this process by one that is."""
    sys.path.insert(0, SCRIPTS)
    import set_up_environment

    try:
        set_up_environment.go_on_with_supported_python(newest=None)
    except set_up_environment.SetUpError as error:
        fail(error)
    sys.path[:] = [ROOT, *(path for path in sys.path if path != SCRIPTS)]


def fail(text):
    print(f"scripts/run: {text}", file=sys.stderr)
    sys.exit(2)


def is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def main():
    go_on_with_supported_python()
    name = sys.argv[1]
    if not is_there(name):
        fail(f"there is no module {name}")
    del sys.argv[1]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
