"""Makes the virtual environment for scripts/run, unless it exists and is up to date.

    set_up_environment.py ENVIRONMENT CONSTRAINTS

Runs on the Python that the environment is for, and needs only the standard library.
Runs on Python 3.6 and later, so that an old Python can say that it is too old.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

OLDEST = (3, 10)
NEWEST = (3, 13)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

LOCK = "set-up.lock"
LOG = "set-up.log"
STAMP = "set-up.stamp"
PINNED_BUILDERS = "set-up.builders.txt"
LINES_OF_STAMP_HEADER = 5

# pip itself, and the packages that a build without isolation takes from this environment.
BUILDERS = ("pip", "setuptools", "wheel", "packaging")

# The sections of setup.cfg and pyproject.toml that decide what is installed. The others hold
# settings of tools and can change without a new environment.
PACKAGING_SECTIONS = ("[metadata]", "[options", "[build-system]", "[project", "[tool.setuptools")


class SetUpError(Exception):
    """The environment cannot be made; the message is for the user."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


def say(text):
    print(f"scripts/run: {text}", file=sys.stderr, flush=True)


def dotted(version):
    return ".".join(str(part) for part in version)


# Which Python


def is_supported(version, newest=NEWEST):
    return tuple(version[:2]) >= OLDEST and (newest is None or tuple(version[:2]) <= newest)


def version_of(python):
    """Returns the version of an executable as a tuple, or None if it does not run."""
    question = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        answer = subprocess.check_output(
            [python, "-c", question], stderr=subprocess.DEVNULL, universal_newlines=True
        )
        return tuple(int(part) for part in answer.split("."))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def go_on_with_supported_python(newest=NEWEST):
    """Returns if this Python is supported; if not, replaces this process by one that is.

    Args:
      newest: major and minor version; None for any later one.

    Raises:
      SetUpError: PYTHON names one that is not supported, or PATH holds none that is.
    """
    version = sys.version_info[:3]
    if is_supported(version, newest):
        return
    until = f"to {dotted(newest)}" if newest else "or later"
    allowed = f"Python {dotted(OLDEST)} {until} is needed"
    if os.environ.get("PYTHON"):
        raise SetUpError(
            f"{allowed}, and PYTHON={os.environ['PYTHON']} is {dotted(version)}", status=2
        )
    found = [f"python3 {dotted(version)}"]
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        python = shutil.which(f"python3.{minor}")
        version = python and version_of(python)
        if not version:
            continue
        if is_supported(version, newest):
            os.execv(python, [python, *sys.argv])
        found.append(f"python3.{minor} {dotted(version)}")
    raise SetUpError(
        f"{allowed}; found on PATH: {', '.join(found)}. Set PYTHON to one that fits.", status=2
    )


def leave_environment():
    """Continues outside an activated environment, which may be the one that is made again."""
    # Not sys._base_executable: before Python 3.11 it is the one of the environment itself.
    base = os.path.realpath(sys.executable)
    if sys.prefix != sys.base_prefix and base != sys.executable:
        os.execv(base, [base, *sys.argv])


def require_venv():
    """Raises SetUpError if Python lacks venv or ensurepip, as Debian's does."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        name = f"python3.{sys.version_info[1]}-venv"
        raise SetUpError(
            f"{sys.executable} has no module {error.name}; "
            f"on Debian and Ubuntu, install it with: apt install {name}",
            status=2,
        ) from None


# Whether the environment is up to date


def sources(constraints):
    """Returns the text of the files that the environment is made from."""
    paths = [constraints, os.path.join(ROOT, "setup.cfg"), os.path.join(ROOT, "pyproject.toml")]
    texts = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            texts.append(file.read().rstrip("\n") + "\n")
    return "".join(texts)


def packaging_parts(text):
    """Returns the pins and the sections that decide what is installed, without comments."""
    kept = []
    keep = True
    for line in text.splitlines():
        if line.startswith("["):
            keep = line.startswith(PACKAGING_SECTIONS)
        if keep and line.strip() and not line.lstrip().startswith("#"):
            kept.append(line)
    return kept


def python_of(environment):
    return os.path.realpath(os.path.join(environment, "bin", "python"))


def write_stamp(environment, constraints, made_from):
    """Marks the environment as complete. scripts/run compares this text with its own.

    Args:
      environment: folder of the environment.
      constraints: file with the pins.
      made_from: the result of `sources` before the installation, because it may have changed.
    """
    header = [
        python_of(environment),
        os.environ.get("PYTHON", ""),
        environment,
        ROOT,
        constraints,
    ]
    path = os.path.join(environment, STAMP)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write("\n".join(header) + "\n" + made_from)
    os.replace(path + ".new", path)


def is_up_to_date(environment, constraints, made_from):
    """Tells whether a whole environment was made from the same pins and dependencies."""
    try:
        with open(os.path.join(environment, STAMP), encoding="utf-8") as file:
            lines = file.read().split("\n", LINES_OF_STAMP_HEADER)
    except FileNotFoundError:
        return False
    if len(lines) <= LINES_OF_STAMP_HEADER:
        return False
    python = python_of(environment)
    if not os.path.exists(python) or lines[0] != python:
        return False
    if lines[2:LINES_OF_STAMP_HEADER] != [environment, ROOT, constraints]:
        return False
    if os.environ.get("PYTHON") and python != os.path.realpath(sys.executable):
        return False
    return packaging_parts(lines[-1]) == packaging_parts(made_from)


# Making it


def require_own_folder(environment):
    """Raises SetUpError if a folder holds something else, because its content is deleted later."""
    if os.path.exists(environment):
        try:
            names = os.listdir(environment)
        except NotADirectoryError:
            raise SetUpError(f"{environment} is a file, not a folder", status=2) from None
        if names and LOCK not in names:
            raise SetUpError(
                f"{environment} was not made by scripts/run; "
                "move it away, or name another folder in CNN_MNIST_VENV",
                status=2,
            )


@contextlib.contextmanager
def locked(environment):
    """Keeps other set-ups out. The system releases the lock when its holders end."""
    import fcntl

    path = os.path.join(environment, LOCK)
    while True:
        os.makedirs(environment, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"Waiting for another set-up of {environment}")
                fcntl.flock(file, fcntl.LOCK_EX)
            # The folder may have been deleted in the meantime, and the lock with it.
            if os.path.exists(path) and os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                yield file.fileno()
                return


def clear(environment, keep=(LOCK,)):
    # The stamp first: without it, the rest counts as half-made.
    for name in sorted(os.listdir(environment), key=lambda name: name != STAMP):
        path = os.path.join(environment, name)
        if name in keep:
            continue
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)


def last_lines(path, count):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line.rstrip() for line in file if line.strip()][-count:]


def wait_showing_progress(process, log, start):
    """Waits for pip; on a terminal, shows the seconds and the last line of its output."""
    if not sys.stderr.isatty():
        process.wait()
        return
    columns = shutil.get_terminal_size().columns
    while True:
        try:
            process.wait(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            line = "".join(last_lines(log, 1)).strip()
            text = f"  {time.monotonic() - start:3.0f} s  {line}"
            print("\r\033[K" + text[: columns - 1], end="", file=sys.stderr, flush=True)
    print("\r\033[K", end="", file=sys.stderr, flush=True)


def run_pip(environment, arguments, lock):
    """Runs `pip install`, its output in the log.

    Raises:
      SetUpError: pip failed.
    """
    log = os.path.join(environment, LOG)
    command = [os.path.join(environment, "bin", "python"), "-I", "-m", "pip", "install"]
    command += ["--disable-pip-version-check", "--no-input"]
    if not sys.dont_write_bytecode:
        # Python compiles what it imports, a quarter of all modules; pip would compile all of them.
        command.append("--no-compile")
    command += ["--progress-bar", "off", *arguments]
    with open(log, "a", encoding="utf-8") as file:
        # pip holds the lock too, so that no other set-up clears the folder under a pip left behind.
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, pass_fds=(lock,)
        )
        try:
            wait_showing_progress(process, log, time.monotonic())
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        lines = "\n".join("  " + line for line in last_lines(log, 8))
        raise SetUpError(f"pip failed. The end of its output:\n{lines}\nAll of it: {log}")


def make_folder_with_pip(environment):
    import venv

    try:
        venv.EnvBuilder(symlinks=True, with_pip=True).create(environment)
    except (OSError, subprocess.CalledProcessError) as error:
        output = getattr(error, "output", None) or b""
        raise SetUpError(
            f"could not make {environment}: {error}\n{output.decode(errors='replace')}".rstrip()
        ) from None


def read_pins(constraints):
    """Returns the pins, each on one line with its marker and hashes."""
    with open(constraints, encoding="utf-8") as file:
        lines = file.read().replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def install(environment, constraints, lock):
    # The builders come first and pinned, because pip would fetch newer ones for each build.
    run_pip(environment, ["-c", constraints, "setuptools", "wheel"], lock)
    run_pip(environment, ["-c", constraints, "--no-build-isolation", "-e", ".[develop]"], lock)


def install_with_hashes(environment, constraints, pins, lock):
    """Installs exactly the pinned packages; pip refuses a file with another hash."""
    builders = os.path.join(environment, PINNED_BUILDERS)
    with open(builders, "w", encoding="utf-8") as file:
        file.writelines(pin + "\n" for pin in pins if pin.split("==")[0].strip() in BUILDERS)
    # The builders come first, because the others may be built with them.
    for requirements in (builders, constraints):
        run_pip(environment, ["--require-hashes", "--no-build-isolation", "-r", requirements], lock)
    run_pip(environment, ["--no-deps", "--no-build-isolation", "-e", "."], lock)


def make(environment, constraints, lock):
    start = time.monotonic()
    version = dotted(sys.version_info[:3])
    say(f"Making the environment {environment} with Python {version} (once, 1 to 3 minutes)")
    clear(environment)
    make_folder_with_pip(environment)
    say(f"Installing the packages pinned in {os.path.relpath(constraints, ROOT)}")
    pins = read_pins(constraints)
    if any("--hash" in pin for pin in pins):
        install_with_hashes(environment, constraints, pins, lock)
    else:
        install(environment, constraints, lock)
    say(f"Ready in {time.monotonic() - start:.0f} s")


def set_up(environment, constraints):
    """Makes the environment, or leaves it as it is if it is up to date.

    Raises:
      SetUpError: it cannot be made; a failed attempt leaves only the log.
    """
    go_on_with_supported_python()
    leave_environment()
    require_own_folder(environment)
    with locked(environment) as lock:
        made_from = sources(constraints)
        if is_up_to_date(environment, constraints, made_from):
            write_stamp(environment, constraints, made_from)
            return
        require_venv()
        try:
            make(environment, constraints, lock)
            write_stamp(environment, constraints, made_from)
        except BaseException:
            clear(environment, keep=(LOCK, LOG))
            raise


def stop(signal_number, frame):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, stop)
    environment, constraints = sys.argv[1:]
    try:
        set_up(environment, constraints)
    except SetUpError as error:
        say(error)
        sys.exit(error.status)
    except OSError as error:
        say(f"could not make {environment}: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("Interrupted; the next scripts/run starts again")
        sys.exit(130)


if __name__ == "__main__":
    main()
