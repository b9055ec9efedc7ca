"""scripts/run makes its environment once, safely, and says what it does.

Most tests run a copy of the scripts in a folder of their own, where a module `venv` beside
the set-up stands in for the real one: it makes a real environment, but with a double of pip
that installs nothing and notes each call. So no test needs the network.
"""

import configparser
import hashlib
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest
from places import REPOSITORY

VENV_DOUBLE = """
import pathlib
import subprocess
import sys


class EnvBuilder:
    def __init__(self, symlinks, with_pip):
        assert symlinks and with_pip

    def create(self, path):
        make = [sys.executable, "-I", "-m", "venv", "--without-pip", path]
        subprocess.run(make, check=True)
        [packages] = pathlib.Path(path).glob("lib/python*/site-packages")
        double = pathlib.Path(__file__).with_name("pip_double.py")
        (packages / "pip").mkdir()
        (packages / "pip" / "__main__.py").write_text(double.read_text())
"""

# Told what to do by comments in the pins.
PIP_DOUBLE = """
import os
import pathlib
import sys
import time

files = [text for option, text in zip(sys.argv, sys.argv[1:]) if option in ("-c", "-r")]
pins = "".join(pathlib.Path(name).read_text() for name in files)
with open("pip-calls", "a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if "# slow" in pins:
    time.sleep(0.4)
if "# hang" in pins:
    pathlib.Path("pip-hangs.new").write_text(f"{os.getppid()} {os.getpid()}")
    os.replace("pip-hangs.new", "pip-hangs")
    time.sleep(30)
if "# fail" in pins:
    print("\\n".join(f"line {number}" for number in range(100)))
    print("ERROR: No matching distribution found for tensorflow")
    sys.exit(1)
"""

SETUP_CFG = """\
[metadata]
name = tiny
version = 1

[options]
py_modules = tiny

[options.extras_require]
develop =

[tool:pytest]
addopts = -q
"""

PYPROJECT_TOML = """\
[build-system]
requires = ["setuptools"]

[tool.ruff]
line-length = 100
"""


class Project:
    """A copy of the scripts with a package of its own."""

    def __init__(self, root):
        self.root = root
        self.venv = root / ".venv"
        self.stamp = self.venv / "set-up.stamp"
        scripts = root / "scripts"
        scripts.mkdir(parents=True)
        for name in ["run", "run_module.py", "set_up_environment.py"]:
            shutil.copy(REPOSITORY / "scripts" / name, scripts)
        (scripts / "venv.py").write_text(VENV_DOUBLE)
        (scripts / "pip_double.py").write_text(PIP_DOUBLE)
        self.pins = scripts / "constraints.txt"
        self.pins.write_text("# nothing\n")
        (root / "setup.cfg").write_text(SETUP_CFG)
        (root / "pyproject.toml").write_text(PYPROJECT_TOML)
        (root / "tiny.py").write_text("")
        self.tools = root / "tools"
        self.add_tools()
        kept = {name: os.environ[name] for name in ["LANG", "TMPDIR"] if name in os.environ}
        self.environment = {
            **kept,
            "PATH": str(self.tools),
            "HOME": "",
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
        }

    def add_tools(self):
        """Makes a PATH of what the tests use and one Python, without those of this machine."""
        self.tools.mkdir()
        for name in ["bash", "echo", "env", "pwd", "sh", "true"]:
            (self.tools / name).symlink_to(shutil.which(name))
        # A script, as a link to the python of an environment would lose that environment.
        write_script(self.tools / "python3", f'exec "{sys.executable}" "$@"')

    def start(self, *command, cwd=None, **environment):
        return subprocess.Popen(
            [self.root / "scripts" / "run", *command],
            cwd=cwd or self.root,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command, **options):
        process = self.start(*command, **options)
        output, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def pip_calls(self):
        calls = self.root / "pip-calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0


def write_script(path, body):
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def write_python_double(path, version):
    """Writes an executable that runs Python and calls itself another version."""
    numbers = tuple(int(part) for part in version.split("."))
    lie = f"sys.version_info = {numbers}"
    body = f"""case $1 in
  -c) echo {version}; exit ;;
esac
exec "{sys.executable}" -c '
import runpy, subprocess, sys
{lie}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")' "$@" """
    write_script(path, body)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "with a space")


@pytest.fixture
def ready_project(project):
    assert project.run("true").returncode == 0
    return project


@pytest.fixture(scope="module")
def kept_project(tmp_path_factory):
    """A project with its environment. Do not change it."""
    project = Project(tmp_path_factory.mktemp("kept") / "with a space")
    assert project.run("true").returncode == 0
    return project


def wait_for(path):
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def test_first_use_makes_the_environment_and_runs_the_command_in_it(project):
    result = project.run("python", "-c", "import sys; print(sys.prefix)")
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{project.venv}\n"
    assert "Making the environment" in result.stderr
    assert "Installing the packages pinned in scripts/constraints.txt" in result.stderr
    assert "Ready in" in result.stderr


def test_the_package_is_installed_editable_with_pins_and_without_build_isolation(kept_project):
    builders, package = (kept_project.root / "pip-calls").read_text().splitlines()
    assert builders.endswith("setuptools wheel")
    assert package.endswith("--no-build-isolation -e .[develop]")
    assert f"-c {kept_project.pins}" in builders
    assert f"-c {kept_project.pins}" in package


@pytest.mark.parametrize(("forbidden", "compiled"), [("", False), ("1", True)])
def test_modules_are_compiled_beforehand_only_where_python_may_not_when_it_imports_them(
    project, forbidden, compiled
):
    assert project.run("true", PYTHONDONTWRITEBYTECODE=forbidden).returncode == 0
    for call in (project.root / "pip-calls").read_text().splitlines():
        assert ("--no-compile" not in call) == compiled


PINS_WITH_HASHES = """\
# A comment
pip==9 \\
    --hash=sha256:11
other==1 ; sys_platform == 'linux' \\
    --hash=sha256:22 \\
    --hash=sha256:33
setuptools==9 --hash=sha256:44
"""


def test_pins_with_hashes_are_all_installed_and_nothing_else(project):
    project.pins.write_text(PINS_WITH_HASHES)
    assert project.run("true").returncode == 0
    calls = (project.root / "pip-calls").read_text().splitlines()
    builders, everything, package = (call.split("--progress-bar off ")[1] for call in calls)
    named = project.venv / "set-up.builders.txt"
    assert builders == f"--require-hashes --no-build-isolation -r {named}"
    assert everything == f"--require-hashes --no-build-isolation -r {project.pins}"
    assert package == "--no-deps --no-build-isolation -e ."
    assert [line.split() for line in named.read_text().splitlines()] == [
        ["pip==9", "--hash=sha256:11"],
        ["setuptools==9", "--hash=sha256:44"],
    ]


def write_wheel(folder):
    """Writes a wheel that pip can install, and returns its path."""
    information = "digit-1.dist-info"
    parts = {
        "digit.py": "",
        f"{information}/METADATA": "Metadata-Version: 2.1\nName: digit\nVersion: 1\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{information}/RECORD": "",
    }
    folder.mkdir()
    path = folder / "digit-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in parts.items():
            wheel.writestr(name, text)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("altered", [False, True])
def test_the_real_pip_refuses_a_file_that_was_altered(project, tmp_path, altered):
    (project.root / "scripts" / "venv.py").unlink()
    wheel = write_wheel(tmp_path / "wheels")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    project.pins.write_text(f"digit==1 \\\n    --hash=sha256:{sha256}\n")
    if altered:
        with zipfile.ZipFile(wheel, "a") as file:
            file.writestr("digit/more.py", "")
    result = project.run("true", PIP_FIND_LINKS=str(wheel.parent))
    log = (project.venv / "set-up.log").read_text()
    # What follows, the package itself, needs setuptools, which not every Python brings.
    assert ("Successfully installed digit-1" in log) == (not altered)
    if altered:
        assert result.returncode == 1
        assert f"Expected sha256 {sha256}" in result.stderr


def test_second_use_calls_no_pip_and_says_nothing(kept_project):
    calls = kept_project.pip_calls()
    result = kept_project.run("true")
    assert (result.returncode, result.stderr) == (0, "")
    assert kept_project.pip_calls() == calls


def test_second_use_is_instant(kept_project):
    seconds = []
    for _ in range(10):
        start = time.monotonic()
        kept_project.run("true")
        seconds.append(time.monotonic() - start)
    # About 0.01 s; the bound leaves room for a busy machine.
    assert min(seconds) < 0.1


def test_command_sees_the_environment_as_if_activated(kept_project):
    result = kept_project.run(
        "sh", "-c", 'echo "$VIRTUAL_ENV"; echo "$PATH"; echo "${PYTHONHOME-unset}"', PYTHONHOME="/x"
    )
    virtual_env, path, python_home = result.stdout.splitlines()
    assert virtual_env == str(kept_project.venv)
    assert path.startswith(f"{kept_project.venv}/bin:")
    assert python_home == "unset"


def test_current_folder_is_kept(kept_project, tmp_path):
    result = kept_project.run("pwd", cwd=tmp_path)
    assert result.stdout == f"{tmp_path}\n"
    assert kept_project.pip_calls() == 2


def test_exit_status_and_arguments_pass_through(kept_project):
    result = kept_project.run("sh", "-c", 'printf "%s|" "$@"; exit 42', "sh", "a b", "", "*")
    assert result.returncode == 42
    assert result.stdout == "a b||*|"


def test_no_command_prints_the_usage(project):
    result = project.run()
    assert result.returncode == 2
    assert result.stderr.startswith("usage: scripts/run COMMAND")
    assert not project.venv.exists()


def test_unknown_command_has_status_127(kept_project):
    result = kept_project.run("no-such-command")
    assert result.returncode == 127
    assert result.stderr.startswith("scripts/run: no command no-such-command")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("scripts/constraints.txt", "# nothing", "numpy==2.0"),
        ("setup.cfg", "develop =", "develop =\n    pytest"),
        ("pyproject.toml", '"setuptools"', '"setuptools>=68"'),
    ],
)
def test_change_of_pins_or_dependencies_makes_it_again(ready_project, name, old, new):
    path = ready_project.root / name
    path.write_text(path.read_text().replace(old, new))
    result = ready_project.run("true")
    assert "Making the environment" in result.stderr
    assert ready_project.pip_calls() == 4
    assert ready_project.run("true").stderr == ""


def test_activated_environment_can_be_made_again(ready_project):
    ready_project.pins.write_text("numpy==2.0\n")
    path = f"{ready_project.venv}/bin:{ready_project.environment['PATH']}"
    result = ready_project.run("python", "-c", "import sys; print(sys.prefix)", PATH=path)
    assert result.stdout == f"{ready_project.venv}\n", result.stderr
    assert ready_project.pip_calls() == 4


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("setup.cfg", "addopts = -q", "addopts = -v"),
        ("pyproject.toml", "100", "99"),
        ("pyproject.toml", "[tool", "# Lines\n\n[tool"),
    ],
)
def test_change_of_tool_settings_or_comments_keeps_it(ready_project, name, old, new):
    path = ready_project.root / name
    path.write_text(path.read_text().replace(old, new))
    assert ready_project.run("true").stderr == ""
    assert ready_project.pip_calls() == 2


@pytest.mark.slow
def test_moved_repository_makes_it_again(ready_project, tmp_path):
    moved = ready_project.root.rename(tmp_path / "moved")
    ready_project.environment["PATH"] = str(moved / "tools")
    ready_project.root, ready_project.venv = moved, moved / ".venv"
    result = ready_project.run("python", "-c", "import sys; print(sys.prefix)")
    assert result.stdout == f"{moved / '.venv'}\n"
    assert ready_project.pip_calls() == 4


@pytest.mark.slow
def test_two_at_once_make_it_once(project):
    project.pins.write_text("# slow\n")
    both = [project.start("echo", "done") for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in both]
    assert [output for output, _ in answers] == ["done\n", "done\n"]
    assert project.pip_calls() == 2
    assert sum("Waiting for another set-up" in errors for _, errors in answers) == 1


@pytest.mark.slow
@pytest.mark.parametrize("number, status", [(signal.SIGTERM, 130), (signal.SIGKILL, 137)])
def test_interrupted_set_up_is_made_again(project, number, status):
    project.pins.write_text("# hang\n")
    process = project.start("true")
    wait_for(project.root / "pip-hangs")
    set_up, pip = map(int, (project.root / "pip-hangs").read_text().split())
    os.kill(set_up, number)
    if number == signal.SIGKILL:
        # Left behind by its parent, pip still keeps the lock.
        os.kill(pip, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == status
    assert not project.stamp.exists()

    project.pins.write_text("# nothing\n")
    result = project.run("echo", "done")
    assert result.stdout == "done\n"
    assert "Making the environment" in result.stderr
    assert "Waiting" not in result.stderr


def test_environment_without_its_stamp_is_made_again(ready_project):
    ready_project.stamp.unlink()
    (ready_project.venv / "left over").write_text("")
    assert "Making the environment" in ready_project.run("true").stderr
    assert not (ready_project.venv / "left over").exists()


def test_environment_whose_python_is_gone_is_made_again(ready_project):
    (ready_project.venv / "bin" / "python").unlink()
    assert "Making the environment" in ready_project.run("python", "-V").stderr


def test_failing_pip_is_told_and_leaves_only_the_log(project):
    project.pins.write_text("# fail\n")
    result = project.run("echo", "done")
    assert result.returncode == 1
    assert result.stdout == ""
    log = project.venv / "set-up.log"
    *_, last, whole = result.stderr.splitlines()
    assert last == "  ERROR: No matching distribution found for tensorflow"
    assert whole == f"All of it: {log}"
    assert len(result.stderr.splitlines()) < 15
    assert "line 0" in log.read_text()
    assert {path.name for path in project.venv.iterdir()} == {"set-up.lock", "set-up.log"}


@pytest.mark.slow
def test_failure_of_the_real_pip_is_told(project):
    (project.root / "scripts" / "venv.py").unlink()
    # No Python brings this version, and with PIP_NO_INDEX there is nowhere to look for it.
    project.pins.write_text("setuptools==1.2.3.4\n")
    result = project.run("true")
    assert result.returncode == 1
    assert "scripts/run: pip failed. The end of its output:\n" in result.stderr
    assert "  ERROR: " in result.stderr
    assert {path.name for path in project.venv.iterdir()} == {"set-up.lock", "set-up.log"}


SAYS_WHAT_IT_GOT = "import sys; print(sys.argv[1:], sys.prefix, __name__); sys.exit(42)"


def test_a_module_runs_without_an_environment(project, tmp_path):
    (project.root / "tiny.py").write_text(SAYS_WHAT_IT_GOT)
    result = project.run("--module", "tiny", "a b", "", "--help", cwd=tmp_path, PYTHONHOME="/x")
    assert (result.returncode, result.stderr) == (42, "")
    assert result.stdout == f"['a b', '', '--help'] {sys.prefix} __main__\n"
    assert not project.venv.exists()


def test_a_module_runs_on_the_python_of_an_environment_that_is_there(ready_project):
    calls = ready_project.pip_calls()
    (ready_project.root / "tiny.py").write_text("import sys; print(sys.prefix)")
    ready_project.pins.write_text("numpy==2.0\n")
    (ready_project.tools / "python3").unlink()
    result = ready_project.run("--module", "tiny")
    assert (result.stdout, result.stderr) == (f"{ready_project.venv}\n", "")
    assert ready_project.pip_calls() == calls


def test_a_module_imports_from_the_clone_and_not_from_the_scripts(project, tmp_path):
    (project.root / "tiny.py").write_text("import sys; print(sys.path[0]); import run_module")
    result = project.run("--module", "tiny", cwd=tmp_path)
    assert result.stdout == f"{project.root}\n"
    assert "No module named 'run_module'" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["non.sense", "x"]])
def test_no_such_module_is_refused(project, arguments):
    result = project.run("--module", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    if arguments:
        assert result.stderr == f"scripts/run: there is no module {arguments[0]}\n"
    else:
        assert result.stderr.startswith("usage: scripts/run COMMAND")


def test_a_module_may_run_on_a_newer_python_than_the_environment(project):
    (project.root / "tiny.py").write_text("import sys; print(sys.version_info)")
    write_python_double(project.tools / "python3", "3.14.0")
    assert project.run("--module", "tiny").stdout == "(3, 14, 0)\n"


def test_a_module_is_run_by_another_python_on_path_where_python3_is_too_old(project):
    (project.root / "tiny.py").write_text("import sys; print(sys.argv[1:], sys.version_info[1])")
    write_python_double(project.tools / "python3", "3.9.2")
    name = f"python3.{sys.version_info[1]}"
    write_script(project.tools / name, f'exec "{sys.executable}" "$@"')
    assert project.run("--module", "tiny", "a").stdout == f"['a'] {sys.version_info[1]}\n"


def test_a_module_for_which_there_is_no_python_is_one_line(project):
    write_python_double(project.tools / "python3", "3.9.2")
    result = project.run("--module", "tiny")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "scripts/run: Python 3.10 or later is needed; found on PATH: python3 3.9.2. "
        "Set PYTHON to one that fits.\n"
    )
    python = project.tools / "python3"
    result = project.run("--module", "tiny", PYTHON=str(python))
    assert (result.returncode, result.stderr) == (
        2,
        f"scripts/run: Python 3.10 or later is needed, and PYTHON={python} is 3.9.2\n",
    )
    python.unlink()
    result = project.run("--module", "tiny")
    assert (result.returncode, result.stderr) == (
        2,
        "scripts/run: no Python found on PATH; Python 3.10 or later is needed\n",
    )


@pytest.mark.parametrize("version", ["3.9.2", "3.14.0"])
def test_python_too_old_or_too_new_is_one_line(project, tmp_path, version):
    python = tmp_path / "python-double"
    write_python_double(python, version)
    result = project.run("true", PYTHON=str(python))
    assert result.returncode == 2
    assert result.stderr == (
        f"scripts/run: Python 3.10 to 3.13 is needed, and PYTHON={python} is {version}\n"
    )
    assert not project.venv.exists()


def test_another_python_on_path_is_taken_where_python3_is_too_old(project):
    write_python_double(project.tools / "python3", "3.9.2")
    name = f"python3.{sys.version_info[1]}"
    write_script(project.tools / name, f'exec "{sys.executable}" "$@"')
    result = project.run("true")
    assert result.returncode == 0, result.stderr
    assert f"with Python {sys.version.split()[0]}" in result.stderr


def test_no_fitting_python_names_what_was_found_and_what_is_allowed(project):
    write_python_double(project.tools / "python3", "3.9.2")
    write_script(project.tools / "python3.13", "exit 127")
    result = project.run("true")
    assert result.returncode == 2
    assert result.stderr == (
        "scripts/run: Python 3.10 to 3.13 is needed; found on PATH: python3 3.9.2. "
        "Set PYTHON to one that fits.\n"
    )


def test_no_python_at_all_is_one_line(project):
    (project.tools / "python3").unlink()
    result = project.run("true")
    assert result.returncode == 2
    assert result.stderr == "scripts/run: no Python found on PATH; Python 3.10 to 3.13 is needed\n"


def test_python_that_does_not_exist_is_one_line(project):
    result = project.run("true", PYTHON="no-such-python")
    assert result.returncode == 2
    assert result.stderr == ("scripts/run: PYTHON is no-such-python, which is not a command\n")


def test_missing_ensurepip_says_what_to_install(project):
    # Debian's Python has no ensurepip; this double cannot be imported either.
    (project.root / "scripts" / "ensurepip.py").write_text(
        "raise ModuleNotFoundError('no ensurepip', name='ensurepip')\n"
    )
    result = project.run("true")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "has no module ensurepip" in result.stderr
    assert f"apt install python3.{sys.version_info[1]}-venv" in result.stderr


def test_folder_of_somebody_else_is_left_alone(project):
    project.venv.mkdir()
    (project.venv / "precious").write_text("kept")
    result = project.run("true")
    assert result.returncode == 2
    assert "was not made by scripts/run" in result.stderr
    assert (project.venv / "precious").read_text() == "kept"


def test_folder_and_pins_can_be_named(project, tmp_path):
    (project.root / "other.txt").write_text("# other\n")
    result = project.run(
        "python",
        "-c",
        "import sys; print(sys.prefix)",
        CNN_MNIST_VENV=str(tmp_path / "elsewhere"),
        CNN_MNIST_CONSTRAINTS="other.txt",
    )
    assert result.stdout == f"{tmp_path / 'elsewhere'}\n"
    assert f"-c {project.root / 'other.txt'}" in (project.root / "pip-calls").read_text()
    assert not project.venv.exists()


def test_supported_pythons_are_those_of_setup_cfg():
    set_up = runpy.run_path(str(REPOSITORY / "scripts" / "set_up_environment.py"))
    config = configparser.ConfigParser()
    config.read(REPOSITORY / "setup.cfg")
    oldest, newest = set_up["OLDEST"], set_up["NEWEST"]
    allowed = f">={oldest[0]}.{oldest[1]}, <{newest[0]}.{newest[1] + 1}"
    assert config["options"]["python_requires"] == allowed
    text = f"Python {oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]} is needed"
    assert text in (REPOSITORY / "scripts" / "run").read_text()


def test_it_runs_under_any_shell():
    """`sh scripts/run`, as people type it, where sh is dash."""
    script = REPOSITORY / "scripts" / "run"
    ran = subprocess.run(["sh", script, "--help"], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("usage: scripts/run COMMAND [ARGUMENT]...")
