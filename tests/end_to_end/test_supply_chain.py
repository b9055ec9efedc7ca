"""What comes from outside has a known hash, and runs nothing; what listens does so on loopback."""

from __future__ import annotations

import ast
import functools
import hashlib
import http.server
import json
import os
import pathlib
import re
import socket
import threading

import numpy as np
import psutil
import pytest
import web_process
from places import REPOSITORY

from cnn_mnist import experiment
from cnn_mnist.data import loading
from cnn_mnist.data import tfds as tfds_lib
from cnn_mnist.errors import UserError
from cnn_mnist.training import trainer

CI = REPOSITORY / ".ci" / "run"
FOLDERS = [REPOSITORY / "cnn_mnist", REPOSITORY / "scripts"]
MODULES = sorted(path for folder in FOLDERS for path in folder.rglob("*.py"))
TEXTS = sorted(
    path
    for folder in FOLDERS
    for path in folder.rglob("*")
    if path.is_file() and (path.suffix == ".py" or not path.suffix)
)

PICKLES = {"_pickle", "cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
NETWORK = {
    "aiohttp",
    "asyncio",
    "ftplib",
    "http",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "wsgiref",
    "xmlrpc",
}
FETCHERS = {"get_file", "load_data", "load_state_dict_from_url", "urlopen", "urlretrieve"}
SERVERS = {"bind", "create_server", "listen", "serve_forever", "start_server"}


@functools.cache
def tree_of(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(tree: ast.AST) -> set[str]:
    """Returns every module that is imported, also within functions and by its name as text."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and called(node) in ("__import__", "import_module"):
            found |= {text.value for text in node.args if isinstance(text, ast.Constant)}
    return found


def called(node: ast.Call) -> str:
    """Returns the last part of the name that is called."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def imports_of(tree: ast.AST, names: set[str]) -> set[str]:
    """Returns the modules among `names` that are imported, by themselves or a part of them."""
    found = imports(tree)
    return {
        name
        for name in names
        for imported in found
        if imported == name or imported.startswith(f"{name}.")
    }


def runs_text(tree: ast.AST) -> bool:
    """Tells whether text is run as code, by a built-in function."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("compile", "eval", "exec")
        for node in ast.walk(tree)
    )


def array_readers(tree: ast.AST) -> list[ast.Call]:
    """Returns each call of np.load."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load")
    ]


def forbids_pickles(call: ast.Call) -> bool:
    return any(
        keyword.arg == "allow_pickle" and ast.unparse(keyword.value) == "False"
        for keyword in call.keywords
    )


def relative(path: pathlib.Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "def f():\n    from pickle import loads",
        "import joblib.numpy_pickle as x",
        "__import__('dill')",
        "importlib.import_module('shelve')",
    ],
)
def test_an_import_of_pickles_would_be_noticed(text):
    assert imports_of(ast.parse(text), PICKLES)


def test_an_array_reader_that_takes_pickles_would_be_noticed():
    for text in ("np.load(p)", "np.load(p, allow_pickle=True)", "np.load(p, allow_pickle=x)"):
        [call] = array_readers(ast.parse(text))
        assert not forbids_pickles(call)


def test_no_module_imports_what_reads_pickles():
    assert not {relative(path) for path in MODULES if imports_of(tree_of(path), PICKLES)}


def test_every_array_file_is_read_without_pickles():
    calls = [(relative(path), call) for path in MODULES for call in array_readers(tree_of(path))]
    assert len(calls) >= 3
    assert not {f"{path}: {call.lineno}" for path, call in calls if not forbids_pickles(call)}


def opens_any_format(tree) -> list[ast.Call]:
    """Returns the calls of `Image.open` that do not say which formats may be read."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("Image.open", "PIL.Image.open")
        and "formats" not in {keyword.arg for keyword in node.keywords}
    ]


def test_every_picture_is_opened_with_a_list_of_formats():
    """Some of Pillow's readers run programs, or open whatever is inside a file."""
    assert opens_any_format(ast.parse("Image.open(path)"))
    assert not opens_any_format(ast.parse("Image.open(path, formats=('PNG',))"))
    assert not {relative(path) for path in MODULES if opens_any_format(tree_of(path))}


def test_no_text_is_run_as_code_but_the_script_that_the_user_names():
    assert runs_text(ast.parse("exec(text)"))
    assert {relative(path) for path in MODULES if runs_text(tree_of(path))} == {
        "cnn_mnist/tf1/compiling.py",
        "cnn_mnist/tf1/launcher.py",
    }


def test_only_the_rooms_of_tensorflow_datasets_and_of_servers_and_the_web_server_know_the_network():
    found = {relative(path): imports_of(tree_of(path), NETWORK) for path in MODULES}
    assert {path: names for path, names in found.items() if names} == {
        "cnn_mnist/serving/rest.py": {"requests", "urllib3"},
        # To check certificates that a server's settings name.
        "cnn_mnist/serving/credentials.py": {"ssl"},
        "cnn_mnist/data/tfds.py": {"socket", "urllib.request"},
        # To see whether a port of this machine is in use.
        "cnn_mnist/serving/launcher.py": {"socket"},
        "cnn_mnist/web/connections.py": {"socket"},
        # To find the address by which others reach this machine.
        "cnn_mnist/web/classroom.py": {"socket"},
        # To see whether the tasks that TF_CONFIG names take connections.
        "cnn_mnist/cluster/watchdog.py": {"socket"},
        # To find free ports of this machine for the tasks.
        "cnn_mnist/cluster/launcher.py": {"socket"},
        "cnn_mnist/web/server.py": {"http", "socket", "socketserver"},
        # A server on loopback, whose replies are hostile.
        "scripts/soaks/volumes.py": {"http"},
        # It asks the TensorBoard that it has started on loopback.
        "scripts/soaks/boards.py": {"urllib.request"},
    }


def test_that_room_asks_for_a_connection_and_reads_nothing_itself():
    tree = tree_of(REPOSITORY / "cnn_mnist" / "data" / "tfds.py")
    names = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert {name for name in names if re.fullmatch(r"(socket|urllib\.request)\.\w+", name)} == {
        "socket.create_connection",
        "urllib.request.getproxies",
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (FETCHERS, {}),
        (
            SERVERS,
            {
                "cnn_mnist/web/__main__.py": {"serve_forever"},
                # To find free ports, on loopback.
                "cnn_mnist/cluster/launcher.py": {"bind"},
                # Arguments to the parameters of a function.
                "cnn_mnist/tf1/op_counts.py": {"bind"},
            },
        ),
    ],
)
def test_nothing_is_fetched_or_served_by_a_library_either(names, expected):
    found = {}
    for path in MODULES:
        calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
        found[relative(path)] = {called(call) for call in calls} & names
    assert {path: names for path, names in found.items() if names} == expected


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """scripts/web, running."""
    copy = web_process.Copy(tmp_path_factory.mktemp("web"))
    copy.fill_packages()
    copy.export("mnist")
    with copy.serving("mnist") as running:
        yield running


@pytest.mark.slow
def test_the_web_server_listens_on_loopback_only_and_asks_nobody(web):
    for path in ("/", "/models.json", "/packages/tf.min.js"):
        assert web.ask(path).status == 200
    process = psutil.Process(web.process.pid)
    assert process.children() == []
    connections = process.net_connections("inet")
    listening = [(c.laddr, c.type) for c in connections if not c.raddr]
    assert listening == [(("127.0.0.1", web.port), socket.SOCK_STREAM)]
    assert {c.raddr.ip for c in connections if c.raddr} <= {"127.0.0.1"}


def test_the_web_server_listens_on_loopback_unless_host_names_another_address():
    tree = tree_of(REPOSITORY / "cnn_mnist" / "web" / "server.py")
    [made] = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"
    ]
    assert ast.unparse(made.args[0]) == "(host, port)"
    [begin] = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and made in ast.walk(f)]
    assert ast.unparse(begin.args) == "self, port: int, site: Site, host: str=ADDRESS"
    command = tree_of(REPOSITORY / "cnn_mnist" / "web" / "__main__.py")
    hosts = [ast.unparse(node) for node in ast.walk(command) if "'--host'" in ast.unparse(node)]
    assert "parser.add_argument('--host', default=ADDRESS)" in hosts
    assigned = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    assert [text for text in assigned if text.startswith("ADDRESS ")] == ["ADDRESS = '127.0.0.1'"]


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org:{port}", "192.168.1.2"])
def test_the_web_server_is_nothing_to_a_page_from_elsewhere(web, host):
    named = host.format(port=web.port)
    assert web.ask("/models.json", Host=named).status == 403
    answer = web.ask("/models.json", Origin="http://example.org")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("place", ["cnn_mnist/web", "tests/web"])
def test_every_package_of_npm_is_pinned_with_its_sha512_and_from_no_named_host(place):
    asked = json.loads((REPOSITORY / place / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((REPOSITORY / place / "package-lock.json").read_text("utf-8"))["packages"]
    assert locked.pop("")["dependencies"] == asked
    for name, version in asked.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    for name, package in locked.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package and not package.get("dev"), name
    settings = (REPOSITORY / place / ".npmrc").read_text("utf-8").split()
    assert "omit-lockfile-registry-resolved=true" in settings


def test_no_package_of_npm_runs_anything_when_it_is_installed():
    texts = {path: path.read_text("utf-8", errors="ignore") for path in [*TEXTS, CI]}
    installs = {
        relative(path): re.findall(r"\bnpm\W+(?:ci|install|exec|i)\b.{,40}", text)
        for path, text in texts.items()
    }
    assert {path for path, found in installs.items() if found} == {
        ".ci/run",
        "cnn_mnist/web/packages.py",
    }
    for found in installs.values():
        assert all("--ignore-scripts" in install for install in found)


class Source:
    """A web server on loopback that gives `content` to whoever asks."""

    def __init__(self) -> None:
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                source.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(source.content)))
                self.end_headers()
                self.wfile.write(source.content)

            def log_message(self, *arguments):
                pass

        self.content = b""
        self.asked = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = ""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def source():
    source = Source()
    yield source
    source.server.shutdown()
    source.server.server_close()


PIXELS = np.arange(20 * 784, dtype=np.uint32).astype(np.uint8)
"""Twenty images, the label of each its number modulo ten."""


@pytest.fixture(scope="module")
def tiny_digits(source):
    """A data set of tensorflow-datasets, `tiny_digits`, that downloads one file."""
    tfds = tfds_lib._import_tfds()

    class TinyDigits(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = {
                "image": tfds.features.Image(shape=(28, 28, 1)),
                "label": tfds.features.ClassLabel(num_classes=10),
            }
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features)
            )

        def _split_generators(self, dl_manager):
            path = dl_manager.download(source.url)
            return {split: self._generate_examples(path) for split in ("train", "test")}

        def _generate_examples(self, path):
            images = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 28, 28, 1)
            for number, image in enumerate(images):
                yield number, {"image": image, "label": number % 10}

    return TinyDigits


@pytest.fixture
def recorded(tiny_digits, source, monkeypatch, tmp_path):
    """What tensorflow-datasets has recorded of the source, which serves it whole."""
    from tensorflow_datasets.core.download import checksums

    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    # Each test has an address of its own, as TFDS remembers what was recorded of another's.
    source.url = f"http://127.0.0.1:{source.server.server_port}/{tmp_path.name}"
    source.content, source.asked = PIXELS.tobytes(), 0
    sha256 = hashlib.sha256(source.content).hexdigest()
    infos = {source.url: checksums.UrlInfo(len(source.content), sha256, "digits")}
    monkeypatch.setattr(tiny_digits, "url_infos", infos)
    return infos


def load(folder):
    return loading.load("tiny_digits", str(folder), offline=False)


def test_a_download_with_the_recorded_sha256_is_taken(recorded, source, tmp_path):
    loaded = load(tmp_path)
    assert source.asked == 1
    assert sorted(map(bytes, loaded.train.images)) == sorted(map(bytes, PIXELS.reshape(20, 784)))


@pytest.mark.parametrize("where", [0, -1])
def test_an_altered_download_is_refused_in_one_line(recorded, source, tmp_path, where):
    altered = bytearray(source.content)
    altered[where] ^= 1
    source.content = bytes(altered)
    with pytest.raises(UserError, match="does not have the sha256 that") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)
    assert source.asked == 1
    assert not list(tmp_path.rglob("dataset_info.json"))


def test_a_source_without_a_recorded_sha256_is_refused(recorded, source, tmp_path):
    recorded.clear()
    with pytest.raises(UserError, match="records no sha256 for the download"):
        load(tmp_path)
    assert not list(tmp_path.rglob("dataset_info.json"))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_no_bucket_is_asked_about_a_set(name, tmp_path, monkeypatch):
    tfds_lib._import_tfds()
    from tensorflow_datasets.core.utils import gcs_utils

    asked = []
    monkeypatch.setattr(gcs_utils, "exists", asked.append)
    tfds_lib._tfds_builder(name, str(tmp_path), offline=True)
    assert asked == []


@pytest.mark.slow
def test_training_opens_no_port(small_config, small, monkeypatch):
    import tensorflow.compat.v1 as tf

    def ports():
        connections = psutil.Process().net_connections("inet")
        return {c.laddr for c in connections if c.status == psutil.CONN_LISTEN}

    seen = []

    class Look(tf.train.SessionRunHook):
        def after_run(self, context, values):
            seen.append(ports())

    monkeypatch.setattr(trainer.hooks, "by_name", lambda *arguments: [Look()])
    before = ports()
    experiment.train(small_config, dataset=small)
    assert len(seen) == small_config.train_steps
    assert all(found <= before for found in seen)


def test_only_the_web_server_names_an_address_of_every_network():
    of_the_server = {
        REPOSITORY / "cnn_mnist" / "web" / name
        for name in ("__main__.py", "classroom.py", "server.py")
    }
    for path in set(TEXTS) - of_the_server:
        text = path.read_text("utf-8", errors="ignore")
        assert not re.search(r"0\.0\.0\.0|\[::\]|--host\b", text), path


def test_tensorboard_is_told_of_no_address_unless_the_user_names_one():
    script = (REPOSITORY / "cnn_mnist" / "cli" / "tensorboard.py").read_text("utf-8")
    lines = [line for line in script.splitlines() if re.search("bind_all|host", line)]
    # The usage, which names the flag for those who want it.
    assert lines == [
        "The flags are TensorBoard's own, such as --port=6007 or --bind_all; --helpfull lists them."
    ]
