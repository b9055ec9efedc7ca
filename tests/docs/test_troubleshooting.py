"""Each message that docs/troubleshooting.md quotes is one of the source's, and its advice holds."""

from __future__ import annotations

import ast
import gzip
import importlib.metadata
import re
from collections.abc import Iterator

import pytest
from places import REPOSITORY

from cnn_mnist.cli import command_line
from cnn_mnist.config import fields

PAGE = (REPOSITORY / "docs" / "troubleshooting.md").read_text("utf-8")
# The launcher of TensorFlow 1 scripts has a page of its own.
PROGRAMS = [
    *(p for p in (REPOSITORY / "cnn_mnist").rglob("*.py") if "tf1" not in p.parts),
    REPOSITORY / "scripts" / "set_up_environment.py",
]
HOLE = "\0"


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


MESSAGES = [
    message
    for title, text in sections().items()
    if title != "Proxies and mirrors"
    for message in re.findall(r"^\| `(.+?)` \|", text, re.M)
]


def texts(path) -> Iterator[str]:
    """Gives every text of a program, with a hole where an f-string has a value."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                part.value if isinstance(part, ast.Constant) else HOLE for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope="module")
def templates() -> list[str]:
    found = [text for path in PROGRAMS for text in texts(path)]
    found += (REPOSITORY / "scripts" / "run").read_text("utf-8").splitlines()
    return [re.sub(r"\s+", " ", text) for text in found]


def is_of(template: str, message: str) -> bool:
    """Whether a message is a template with `…` for values; a `…` may cover several."""
    position = 0
    for fragment in message.split("…"):
        found = template.find(fragment.strip(), position)
        if found < 0:
            return False
        position = found + len(fragment.strip())
    return True


def test_the_page_has_many_messages():
    assert len(MESSAGES) > 50


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_one_of_the_source(message, templates):
    fragments = [fragment.strip(" ;:,()") for fragment in message.split("…")]
    assert max(map(len, fragments)) > 6, "there is too little of it to be found"
    assert any(is_of(template, message) for template in templates)


def test_a_message_that_nothing_prints_would_be_found(templates):
    assert not any(is_of(text, "… is being trained in by …; kill it") for text in templates)


def test_each_flag_of_the_page_exists():
    named = set(re.findall(r"(?<![\w-])--([a-z_]+)", PAGE))
    of_others = {"port", "install", "flag"}
    assert len(named) > 15
    assert named - of_others - set(fields.FLAGS) == set()


def test_a_flag_is_given_a_value_that_it_takes(tmp_path):
    for flag, value in re.findall(r"`--([a-z_]+)=([\w,.']+)`", PAGE):
        if flag != "port":
            mode = [] if "predict" not in fields.FLAGS[flag].modes else ["--mode=predict"]
            mode += ["--images=x"] if mode else []
            command_line.parse([f"--model_dir={tmp_path}", *mode, f"--{flag}={value}"])


def test_the_share_of_ones_is_that_of_the_test_images():
    files = REPOSITORY / "cnn_mnist" / "data" / "mnist"
    labels = gzip.decompress((files / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    share = re.search(r"\(([\d.]+) % on MNIST is", PAGE)[1]
    assert f"{labels.count(1) / len(labels):.2%}" == f"{share}%"


def test_tensorflow_has_the_extra_for_gpus():
    extras = importlib.metadata.metadata("tensorflow").get_all("Provides-Extra")
    assert "tensorflow[and-cuda]" in PAGE and "and-cuda" in extras


def test_windows_stops_at_the_module_that_the_page_names():
    unfinished = (REPOSITORY / "cnn_mnist" / "support" / "unfinished.py").read_text("utf-8")
    assert "No module named 'fcntl'" in PAGE and "\nimport fcntl\n" in unfinished


def test_variables_of_this_project_are_those_of_the_source(templates):
    for name in ("CNN_MNIST_WEB_PACKAGES", "TFDS_DATA_DIR", "CNN_MNIST_VENV"):
        assert name in PAGE and any(name in text for text in templates), name
