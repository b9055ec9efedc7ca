"""scripts/web downloads its packages with npm, and says what to do when npm fails.

A double stands for npm, which needs the network: it writes files with the same names to the same
places. `.ci/run` downloads the real ones. `web_process` says what else is replaced.
"""

import hashlib
import os
import pathlib
import re
import signal

import psutil
import pytest
import web_process

from cnn_mnist.web import packages

FROM_NPM = [*packages.FILES.values(), *packages.LICENCES.values()]
KEPT = {*packages.FILES, *packages.LICENCES, "npm.log", "packages.lock", "packages.stamp"}

BRINGS = "".join(
    f"/bin/mkdir -p {os.path.dirname(path)} && echo {path} >{path}\n"
    for path in (f"node_modules/{path}" for path in FROM_NPM)
)
NEVER_ENDS = "trap 'exit 1' TERM\nwhile :; do /bin/sleep 0.05; done\n"


@pytest.fixture
def copy(tmp_path):
    return web_process.Copy(tmp_path)


@pytest.fixture
def calls(copy, tmp_path):
    """The file in which npm's double records each call: its process and its arguments."""
    return tmp_path / "calls"


def install_npm(copy, calls, script):
    copy.install("npm", f'echo "$$ $*" >>{calls}\n{script}')


def get(copy):
    return copy.run("--packages_only")


def refusal(result):
    """Returns the last line, which says what went wrong; the line before may say what it does."""
    assert (result.returncode, result.stdout) == (2, "")
    *tried, last = result.stderr.splitlines()
    assert len(tried) <= 1 and all(line.startswith("scripts/web: downloading ") for line in tried)
    return last


def test_the_needed_files_are_kept_and_the_others_removed(copy, calls):
    install_npm(copy, calls, f"test -f package.json -a -f .npmrc -a -f package-lock.json\n{BRINGS}")
    result = get(copy)
    assert (result.returncode, result.stdout) == (0, "")
    first, last = result.stderr.splitlines()
    assert first.startswith("scripts/web: downloading TensorFlow.js with npm, once")
    assert re.fullmatch(rf"scripts/web: 0\.0 MB in {copy.packages}, after \d+ s", last)
    assert set(os.listdir(copy.packages)) == KEPT
    for name, path in packages.FILES.items():
        text = (copy.packages / name).read_text("utf-8")
        assert text == f"node_modules/{path}\n"
    [call] = calls.read_text().splitlines()
    assert re.match(r"\d+ ci --ignore-scripts --omit=dev ", call)


def test_npm_is_not_run_again(copy, calls):
    install_npm(copy, calls, BRINGS)
    get(copy)
    result = get(copy)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert len(calls.read_text().splitlines()) == 1


@pytest.mark.parametrize("missing", ["packages.stamp", *packages.FILES])
def test_a_missing_file_is_downloaded_again(copy, calls, missing):
    install_npm(copy, calls, BRINGS)
    copy.fill_packages()
    (copy.packages / "packages.lock").touch()
    (copy.packages / missing).unlink()
    assert get(copy).returncode == 0
    assert set(os.listdir(copy.packages)) == KEPT


@pytest.mark.slow
def test_other_pins_are_downloaded_again(copy, calls):
    install_npm(copy, calls, BRINGS)
    get(copy)
    (copy.packages / "old.js").touch()
    lock = copy.root / "cnn_mnist" / "web" / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert get(copy).returncode == 0
    assert len(calls.read_text().splitlines()) == 2
    stamp = (copy.packages / "packages.stamp").read_text()
    assert stamp == hashlib.sha256(lock.read_bytes()).hexdigest()
    assert set(os.listdir(copy.packages)) == KEPT


@pytest.mark.slow
def test_two_at_once_run_npm_once(copy, calls):
    install_npm(copy, calls, f"/bin/sleep 1\n{BRINGS}")
    with copy.start("--packages_only") as one:
        web_process.wait_until(calls.exists, "npm was not called")
        other = get(copy)
        assert (one.wait(web_process.PATIENCE), other.returncode) == (0, 0)
        one.communicate()
    assert other.stderr == (
        "scripts/web: waiting for another scripts/web, which is downloading the packages\n"
    )
    assert len(calls.read_text().splitlines()) == 1
    assert set(os.listdir(copy.packages)) == KEPT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)]
)
def test_an_interrupted_download_leaves_no_files_and_the_next_is_complete(
    copy, calls, number, status
):
    first = packages.FILES["tf.min.js"]
    install_npm(copy, calls, BRINGS.partition(first)[0] + f"echo >{calls}.half\n{NEVER_ENDS}")
    with copy.start("--packages_only") as process:
        half = pathlib.Path(f"{calls}.half")
        web_process.wait_until(half.exists, "npm was not called")
        process.send_signal(number)
        process.wait(web_process.PATIENCE)
        npm = int(calls.read_text().split()[0])
        if number == signal.SIGKILL:
            # No process was left to end it.
            os.kill(npm, signal.SIGTERM)
        output, errors = process.communicate()
    assert (process.returncode, output, errors.count("\n")) == (status, "", 1)
    web_process.wait_until(lambda: not psutil.pid_exists(npm), "npm goes on")
    assert not set(os.listdir(copy.packages)) & {*packages.FILES, "packages.stamp"}
    if number != signal.SIGKILL:
        assert set(os.listdir(copy.packages)) == {"npm.log", "packages.lock"}
    install_npm(copy, calls, BRINGS)
    assert get(copy).returncode == 0
    assert set(os.listdir(copy.packages)) == KEPT


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo npm warn; echo npm error code ENOTFOUND >&2; exit 1", "ENOTFOUND"),
        ("echo npm ERR! code EINTEGRITY >&2; exit 1", "EINTEGRITY"),
        ("echo broken; exit 7", "exit status 7"),
    ],
)
def test_a_failure_of_npm_is_one_line_and_its_output_is_in_a_file(copy, calls, script, why):
    install_npm(copy, calls, BRINGS + script)
    line = refusal(get(copy))
    log = copy.packages / "npm.log"
    assert line == (
        f"scripts/web: npm could not download the packages ({why}); is there a network? "
        f"Its output is in {log}; run scripts/web again to retry"
    )
    output = re.findall(r"echo (.*?)(?: >&2)?;", script)
    assert log.read_text().splitlines() == output
    assert set(os.listdir(copy.packages)) == {"npm.log", "packages.lock"}


def test_a_missing_npm_is_one_line_that_says_how_to_install_it(copy):
    assert "npm is not on PATH; it is needed to download TensorFlow.js" in refusal(get(copy))
    copy.export("mnist")
    assert "apt-get install npm" in refusal(copy.run("mnist", "--port=0"))


def test_a_file_that_npm_does_not_install_is_one_line(copy, calls):
    first = packages.FILES["tf.min.js"]
    install_npm(copy, calls, BRINGS.replace(f" && echo node_modules/{first} ", " #"))
    assert refusal(get(copy)) == f"scripts/web: npm installed no file {first}"
    assert "packages.stamp" not in os.listdir(copy.packages)


def test_a_folder_with_other_files_is_left_alone(copy, calls, tmp_path):
    install_npm(copy, calls, BRINGS)
    web_process.write(tmp_path / "mine", {"letter.txt": b"dear"})
    copy.environment["CNN_MNIST_WEB_PACKAGES"] = str(tmp_path / "mine")
    assert f"{tmp_path / 'mine'} was not made by scripts/web; " in refusal(get(copy))
    assert os.listdir(tmp_path / "mine") == ["letter.txt"]


def test_the_folder_can_be_named_relative_to_the_repository(copy, calls):
    install_npm(copy, calls, BRINGS)
    copy.environment["CNN_MNIST_WEB_PACKAGES"] = "some packages"
    assert get(copy).returncode == 0
    assert set(os.listdir(copy.root / "some packages")) == KEPT
    assert not copy.packages.exists()


def test_complete_packages_need_no_npm_and_no_writing(copy):
    copy.fill_packages()
    before = set(os.listdir(copy.packages))
    result = get(copy)
    assert (result.returncode, result.stderr) == (0, "")
    assert set(os.listdir(copy.packages)) == before
