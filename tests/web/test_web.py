"""scripts/web serves the pages and the exports over HTTP, and nothing else.

The tests use real processes and real HTTP on loopback; `web_process` says what is replaced.
"""

import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import threading

import psutil
import pytest
import web_process

from cnn_mnist.web import packages, server, urls

OLD, NEW, NEWEST = 1763000000, 1763000001, 1763000002
LARGE = 300 * 2**20
HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture
def copy(tmp_path):
    copy = web_process.Copy(tmp_path)
    copy.fill_packages()
    return copy


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A copy with two model folders, the first with data."""
    copy = web_process.Copy(tmp_path_factory.mktemp("web"))
    copy.fill_packages()
    copy.export("mnist", OLD, **{"secret.json": b"secret"})
    copy.export("mnist", NEWEST, **{"calibration.json": b"[]"})
    copy.export("some fashion", NEW)
    data = {"data.json": b"{}", "images.png": b"png", "labels.bin": b"labels"}
    data["secret.json"] = b"secret"
    web_process.write(copy.folder / "mnist" / "export" / "data", data)
    web_process.write(copy.root, {"secret.js": b"secret"})
    hidden = {"notes.txt": b"secret", "config.py": b"secret", ".hidden.js": b"secret"}
    web_process.write(copy.pages, hidden)
    (copy.folder / "mnist" / "export" / str(OLD) / "saved_model.pb").write_bytes(b"secret")
    return copy


@pytest.fixture(scope="module")
def running(site):
    with site.serving("mnist", "--model_dir=some fashion") as running:
        yield running


def refusal(result):
    """Returns the one line with which the script refuses."""
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("scripts/web: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [
        ("/", "text/html; charset=utf-8", web_process.PAGES["index.html"]),
        ("/index.html", "text/html; charset=utf-8", web_process.PAGES["index.html"]),
        ("/index.html?backend=wasm", "text/html; charset=utf-8", web_process.PAGES["index.html"]),
        ("/style.css", "text/css; charset=utf-8", web_process.PAGES["style.css"]),
        ("/main.js", "text/javascript; charset=utf-8", web_process.PAGES["main.js"]),
        ("/texts/en.js", "text/javascript; charset=utf-8", web_process.PAGES["texts/en.js"]),
        ("/icon.svg", "image/svg+xml", web_process.PAGES["icon.svg"]),
        ("/packages/tf.min.js", "text/javascript; charset=utf-8", b""),
        ("/packages/tfjs-backend-wasm-simd.wasm", "application/wasm", b""),
        (f"/models/0/{OLD}/model.json", "application/json", b"{}"),
        (f"/models/0/{NEWEST}/calibration.json", "application/json", b"[]"),
        (f"/models/1/{NEW}/weights.bin", "application/octet-stream", b"weights"),
        ("/data/0/data.json", "application/json", b"{}"),
        ("/data/0/images.png", "image/png", b"png"),
        ("/data/0/labels.bin", "application/octet-stream", b"labels"),
    ],
)
def test_each_url_has_its_content_and_type(running, path, kind, content):
    answer, head = running.ask(path), running.ask(path, "HEAD")
    assert (answer.status, answer.content, head.content) == (200, content, b"")
    for each in (answer, head):
        assert each.headers["Content-Type"] == kind
        assert each.headers["Content-Length"] == str(len(content))


def test_every_file_of_the_real_pages_is_served():
    site = urls.Site("", [])
    files = {path for path in urls.PAGES.rglob("*") if path.is_file()}
    # Only Node needs this file, to know that the others are modules.
    files.remove(urls.PAGES / "package.json")
    assert len(files) > 40
    for path in files:
        assert site.file(f"/{path.relative_to(urls.PAGES)}") == str(path)
        assert path.suffix in urls.TYPES


def test_every_package_file_is_served(running):
    assert set(web_process.PACKAGES) == set(packages.FILES)
    assert {running.ask(f"/packages/{name}").status for name in packages.FILES} == {200}


def test_models_are_listed_newest_first_with_the_data_of_their_folder(running):
    assert running.models() == [
        {
            "name": f"mnist {NEWEST}",
            "folder": "mnist",
            "version": NEWEST,
            "url": f"models/0/{NEWEST}/model.json",
            "calibration": f"models/0/{NEWEST}/calibration.json",
            "data": "data/0/data.json",
        },
        {
            "name": f"some fashion {NEW}",
            "folder": "some fashion",
            "version": NEW,
            "url": f"models/1/{NEW}/model.json",
            "calibration": None,
            "data": None,
        },
        {
            "name": f"mnist {OLD}",
            "folder": "mnist",
            "version": OLD,
            "url": f"models/0/{OLD}/model.json",
            "calibration": None,
            "data": "data/0/data.json",
        },
    ]


def test_new_and_removed_exports_show_at_the_next_request(copy):
    copy.export("mnist", OLD)
    with copy.serving("mnist") as running:
        assert [model["version"] for model in running.models()] == [OLD]
        copy.export("mnist", NEW)
        for other in ("2/saved_model.pb", "3/tfjs/weights.bin", ".unfinished-1/4/tfjs/model.json"):
            web_process.write(copy.folder / "mnist" / "export", {other: b""})
        assert [model["version"] for model in running.models()] == [NEW, OLD]
        shutil.rmtree(copy.folder / "mnist" / "export" / str(OLD))
        assert [model["version"] for model in running.models()] == [NEW]
        gone = running.ask(f"/models/0/{OLD}/weights.bin")
        assert (gone.status, gone.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
        assert gone.content == b"404: There is nothing here.\n"
        shutil.rmtree(copy.folder / "mnist")
        assert running.models() == []
        assert running.end(signal.SIGTERM) == (143, "", "")


def test_folders_of_the_same_name_are_distinguished_and_duplicates_merged(copy):
    copy.export("a/mnist", OLD)
    copy.export("b/mnist", NEW)
    with copy.serving("a/mnist", "b/mnist", "./a/../a/mnist/") as running:
        names = [model["name"] for model in running.models()]
        assert names == [f"b/mnist {NEW}", f"a/mnist {OLD}"]


@pytest.mark.parametrize(
    "path",
    [
        "/texts",
        "/texts/",
        "/packages/",
        "/models/0/",
        "/data/0/",
        "/.hidden.js",
        "/notes.txt",
        "/config.py",
        "/main.js/",
        "/Main.js",
        "/main%2ejs",
        "/../../secret.js",
        "/texts/../../../secret.js",
        "/%2e%2e/%2e%2e/secret.js",
        "/..%2f..%2fsecret.js",
        "/..\\..\\secret.js",
        "/main.js%00",
        "/packages/packages.stamp",
        "/packages/../main.js",
        "/packages/%2e%2e/%2e%2e/secret.js",
        f"/models/0/{OLD}/saved_model.pb",
        f"/models/0/{OLD}/../saved_model.pb",
        f"/models/0/{OLD}/tfjs/model.json",
        f"/models/0/{NEW}/model.json",
        f"/models/2/{OLD}/model.json",
        f"/models/-1/{NEW}/model.json",
        f"/models/00000/{OLD}/model.json",
        f"/models/0/{'9' * 5000}/model.json",
        f"/models/{'9' * 5000}/{OLD}/model.json",
        f"/models/0/{OLD}/secret.json",
        "/data/1/data.json",
        "/data/2/data.json",
        f"/data/{'9' * 5000}/data.json",
        "/data/0/secret.json",
        "/data/0/../../config.json",
        "http://127.0.0.1:{port}/secret.js",
        "*",
        "secret.js",
    ],
)
def test_nothing_else_is_served(running, path):
    answer = running.ask(path.replace("{port}", str(running.port)))
    assert answer.status == 404
    assert b"secret" not in answer.content
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_links_out_of_the_folder_and_pipes_are_not_served(copy):
    export = copy.export("mnist", OLD).parent.parent
    outside = copy.folder / "outside"
    web_process.write(outside, {"model.json": b"secret", "weights.bin": b"secret", "a.js": b""})
    (export / str(NEW)).mkdir()
    (export / str(NEW) / "tfjs").symlink_to(outside)
    (copy.pages / "linked.js").symlink_to(outside / "a.js")
    (copy.pages / "within.js").symlink_to("main.js")
    (export / "data").mkdir()
    os.mkfifo(export / "data" / "images.png")
    with copy.serving("mnist") as running:
        assert [model["version"] for model in running.models()] == [OLD]
        for path in (f"/models/0/{NEW}/weights.bin", "/linked.js", "/data/0/images.png"):
            assert running.ask(path).status == 404
        assert running.ask("/within.js").status == 200


def test_model_folders_may_be_links(copy):
    copy.export("elsewhere", OLD)
    (copy.folder / "mnist").mkdir()
    (copy.folder / "mnist" / "export").symlink_to(copy.folder / "elsewhere" / "export")
    (copy.folder / "link").symlink_to("mnist")
    with copy.serving("link") as running:
        assert running.ask("/" + running.models()[0]["url"]).status == 200


def test_a_model_folders_name_may_be_a_number(copy):
    copy.export("2024", OLD)
    web_process.write(copy.folder / "2024", {"7/letter.txt": b""})
    with copy.serving("2024") as running:
        assert [model["name"] for model in running.models()] == [f"2024 {OLD}"]


def test_every_answer_isolates_the_page(running):
    tag = running.ask("/main.js").headers["ETag"]
    answers = [
        running.ask("/"),
        running.ask("/models.json"),
        running.ask("/main.js", If_None_Match=tag),
        running.ask("/", Host="example.org"),
        running.ask("/nothing"),
        running.ask("/", "POST"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 304, 403, 404, 405]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert policy[0] == "default-src 'self'"
        assert {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert not re.search(r"https?:|\*", " ".join(policy))
        assert "'unsafe-inline'" not in " ".join(policy)


def test_an_unchanged_file_is_not_sent_again(copy):
    copy.export("mnist")
    with copy.serving("mnist") as running:
        tag = running.ask("/main.js").headers["ETag"]
        again = running.ask("/main.js", If_None_Match=f'"other", W/{tag}')
        assert (again.status, again.content, again.headers["ETag"]) == (304, b"", tag)
        (copy.pages / "main.js").write_bytes(b"export const changed = 1;\n")
        changed = running.ask("/main.js", If_None_Match=tag)
        assert (changed.status, changed.content) == (200, b"export const changed = 1;\n")
        assert changed.headers["ETag"] != tag


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_local_names_of_the_host_are_accepted(running, name):
    assert running.ask("/models.json", Host=f"{name}:{running.port}").status == 200


@pytest.mark.parametrize("path", ["/", "/models.json", f"/models/0/{OLD}/weights.bin", "/nothing"])
@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org:{port}", "127.0.0.1", "localhost:1", "127.0.0.1.example.org", ""],
)
def test_other_hosts_are_refused_against_dns_rebinding(running, path, host):
    answer = running.ask(path, Host=host.format(port=running.port))
    assert answer.status == 403
    assert answer.content == b"403: This server answers only at its own address.\n"


@pytest.mark.parametrize(
    "hosts",
    [[], ["127.0.0.1:{port}", "example.org"], ["example.org", "127.0.0.1:{port}"]],
)
def test_a_request_without_one_host_is_refused(running, hosts):
    connection = running.connection()
    connection.putrequest("GET", "/models.json", skip_host=True)
    for host in hosts:
        connection.putheader("Host", host.format(port=running.port))
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(running, method):
    answer = running.ask("/index.html", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Connection"] == "close"


def test_a_connection_is_kept_for_further_requests(running):
    connection = running.connection()
    sockets = set()
    for path in ("/", "/models.json", "/nothing", "/main.js"):
        connection.request("GET", path)
        connection.getresponse().read()
        sockets.add(connection.sock)
    assert len(sockets) == 1 and None not in sockets
    connection.close()


def test_the_body_of_a_request_is_not_read_as_another_request(running):
    with socket.create_connection(("127.0.0.1", running.port), web_process.PATIENCE) as client:
        smuggled = f"GET /style.css HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n"
        head = f"GET /main.js HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
        client.sendall(f"{head}Content-Length: {len(smuggled)}\r\n\r\n{smuggled}".encode())
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.count(b"HTTP/1.1 ") == 1
    assert web_process.PAGES["main.js"] in received


@pytest.mark.parametrize("path", ["/main.js", "/models.json", "/nothing"])
def test_the_answer_to_head_ends_with_its_headers(running, path):
    with socket.create_connection(("127.0.0.1", running.port), web_process.PATIENCE) as client:
        host = f"Host: 127.0.0.1:{running.port}\r\nConnection: close\r\n\r\n"
        client.sendall(f"HEAD {path} HTTP/1.1\r\n{host}".encode())
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 ") and received.endswith(b"\r\n\r\n")


def test_malformed_http_is_refused_and_the_server_goes_on(running):
    for nonsense in (
        b"\x16\x03\x01\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"A" * 70000,
    ):
        with socket.create_connection(("127.0.0.1", running.port), web_process.PATIENCE) as client:
            client.sendall(nonsense)
            client.shutdown(socket.SHUT_WR)
            assert b"200" not in client.recv(65536)
    assert running.ask("/").status == 200


@pytest.mark.slow
def test_a_large_file_is_not_read_into_memory(copy):
    weights = copy.export("mnist", OLD) / "weights.bin"
    os.truncate(weights, LARGE)
    path = f"/models/0/{OLD}/weights.bin"
    with copy.serving("mnist") as running:
        process = psutil.Process(running.process.pid)
        before = process.memory_info().rss
        assert running.ask(path, "HEAD").headers["Content-Length"] == str(LARGE)
        connection = running.connection()
        connection.request("GET", path)
        answer = connection.getresponse()
        left, most = LARGE, 0
        while content := answer.read(2**20):
            left -= len(content)
            most = max(most, process.memory_info().rss)
        assert left == 0
        assert most - before < 30 * 2**20
        connection.close()


def test_a_file_that_is_cut_off_while_it_is_sent_ends_the_connection(copy):
    weights = copy.export("mnist", OLD) / "weights.bin"
    os.truncate(weights, LARGE)
    with copy.serving("mnist") as running:
        connection = running.connection()
        connection.request("GET", f"/models/0/{OLD}/weights.bin")
        answer = connection.getresponse()
        os.truncate(weights, 2**20)
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
        connection.close()
        assert running.end(signal.SIGTERM) == (143, "", "")


def test_slow_clients_do_not_block_others_and_closed_connections_are_not_reported(copy):
    os.truncate(copy.export("mnist", OLD) / "weights.bin", LARGE)
    with copy.serving("mnist") as running:
        idle = [running.connection() for _ in range(20)]
        for connection in idle:
            connection.request("GET", f"/models/0/{OLD}/weights.bin")
        assert running.ask("/").status == 200
        for connection in idle:
            connection.close()
        threads = psutil.Process(running.process.pid).num_threads
        web_process.wait_until(lambda: threads() <= 2, "threads stay")
        assert running.end(signal.SIGTERM) == (143, "", "")


def test_many_requests_at_once_are_answered(running):
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(running.ask("/main.js").status))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 50


def test_an_unreadable_file_is_status_500_and_reported_in_one_line(tmp_path, capfd):
    class Unreadable:
        """A site with an unreadable file: a folder, since root can read files of any mode."""

        def file(self, path):
            return str(tmp_path)

    with server.Server(0, Unreadable()) as unreadable:
        threading.Thread(target=unreadable.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", unreadable.server_port)
        connection.request("GET", "/main.js")
        assert connection.getresponse().status == 500
        connection.close()
        unreadable.shutdown()
    printed = capfd.readouterr()
    assert printed.out == ""
    assert (
        printed.err.startswith("scripts/web: IsADirectoryError: ") and printed.err.count("\n") == 1
    )


def test_it_prints_its_address_in_one_line(copy):
    copy.export("mnist_model")
    with copy.serving() as running:
        assert running.first_line == f"scripts/web: {running.address} (Ctrl-C ends it)\n"


def test_it_needs_no_tensorflow(running):
    loaded = [region.path for region in psutil.Process(running.process.pid).memory_maps()]
    assert any("python" in path for path in loaded)
    assert not [path for path in loaded if "tensorflow" in path or "numpy" in path]


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_it_silently(copy, sighup_is_heard, number, status):
    copy.export("mnist")
    with copy.serving("mnist") as running:
        # An open page keeps its connection.
        connection = running.connection()
        connection.request("GET", "/")
        connection.getresponse().read()
        assert running.end(number) == (status, "", "")
        connection.close()


def test_the_given_port_is_used_and_a_port_in_use_is_one_line(copy):
    copy.export("mnist")
    with copy.serving("mnist") as running:
        line = refusal(copy.run("mnist", f"--port={running.port}"))
        assert line == (
            f"scripts/web: port {running.port} is in use; "
            "choose another with --port=PORT, or a free one with --port=0\n"
        )
        running.end(signal.SIGTERM)
    process = copy.start("mnist", f"--port={running.port}")
    try:
        assert f"127.0.0.1:{running.port}/ " in process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def test_host_opens_the_server_at_this_machines_addresses_and_still_refuses_other_names(copy):
    copy.export("mnist")
    with copy.serving("mnist", "--host=0.0.0.0") as running:
        assert "opens pages, models and images to everybody" in running.process.stderr.readline()
        # On loopback too, 127.0.0.2 is another address than the server's own.
        connection = http.client.HTTPConnection("127.0.0.2", running.port, web_process.PATIENCE)
        statuses, fields = {}, {}
        for host in ("127.0.0.2", "127.0.0.1", "10.0.0.5", "example.org"):
            connection.request("GET", "/main.js", headers={"Host": f"{host}:{running.port}"})
            answer = connection.getresponse()
            statuses[host], fields = answer.status, fields or answer.headers
            answer.read()
        connection.close()
        assert statuses == {"127.0.0.2": 200, "127.0.0.1": 200, "10.0.0.5": 403, "example.org": 403}
        # Browsers isolate pages from elsewhere only over HTTPS, and complain otherwise.
        assert "Cross-Origin-Opener-Policy" not in fields
        assert fields["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Cross-Origin-Opener-Policy" in running.ask("/main.js").headers


def test_open_opens_the_page(copy, tmp_path):
    copy.export("mnist")
    copy.install("double", f'echo "$1" >{tmp_path}/opened')
    copy.environment["BROWSER"] = "double"
    opened = tmp_path / "opened"
    with copy.serving("mnist", "--open") as running:
        web_process.wait_until(lambda: opened.exists() and opened.read_text(), "nothing opened")
        assert opened.read_text() == f"{running.address}\n"
        assert running.end(signal.SIGTERM) == (143, "", "")


def test_open_reports_a_missing_browser(copy):
    copy.export("mnist")
    with copy.serving("mnist", "--open") as running:
        line = running.process.stderr.readline()
        assert line == f"scripts/web: --open found no browser; open {running.address} in one\n"
        assert running.ask("/").status == 200


TRAINS = (
    "scripts/run python -m cnn_mnist.main --model_dir={} --preset=drawn "
    "--export_formats=saved_model,tfjs trains"
)
EXPORTS = (
    "scripts/run python -m cnn_mnist.main --model_dir={} --mode=export "
    "--export_formats=saved_model,tfjs writes one"
)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "there is no folder mnist_model; "),
        (["no such"], "there is no folder no such; "),
        (["no such"], TRAINS.format("'no such'")),
        (["mnist", "no such"], "there is no folder no such; "),
        (["--model_dir", "no such"], "there is no folder no such; "),
        (["empty"], "empty holds no trained model; " + TRAINS.format("empty")),
        (["trained"], "trained holds no export; " + EXPORTS.format("trained")),
        (["served"], "served holds no export for the browser; " + EXPORTS.format("served")),
        (["mnist", "served"], "served holds no export for the browser; "),
        (["mnist/export"], "mnist/export holds the exports themselves; give the folder abov"),
        ([f"mnist/export/{OLD}"], f"{OLD} is a version of an export; give the folder two a"),
        ([f"mnist/export/{OLD}/"], f"{OLD}/ is a version of an export; "),
        ([""], "MODEL_DIR is empty"),
        (["--model_dir="], "MODEL_DIR is empty"),
        (["mnist", "--model_dir"], "argument --model_dir: expected one argument; --help lists"),
        (["mnist", "--port"], "argument --port: expected one argument; --help lists"),
        (["mnist", "--port=http"], "--port takes a number from 0 to 65535, not 'http'"),
        (["mnist", "--port="], "--port takes a number from 0 to 65535, not ''"),
        (["mnist", "--port=65536"], "not '65536'"),
        (["mnist", "--port=-1"], "not '-1'"),
        (["mnist", "--port=8080.0"], "not '8080.0'"),
        (["mnist", "--port=99999999999999999999"], "not '99999999999999999999'"),
        (["mnist", "--port=٣"], "not '٣'"),
        (["mnist", "--bind_all"], "unrecognized arguments: --bind_all; --help lists the flags"),
        (
            ["mnist", "--packages"],
            "unrecognized arguments: --packages; did you mean --packages_only? --help lists",
        ),
    ],
)
def test_a_mistake_is_one_line(copy, arguments, words):
    copy.export("mnist", OLD)
    files = {
        "empty/x": b"",
        "trained/config.json": b"{}",
        "served/config.json": b"{}",
        "served/export/1/saved_model.pb": b"",
    }
    web_process.write(copy.folder, files)
    assert words in refusal(copy.run(*arguments))


@pytest.mark.parametrize("arguments", [["mnist", "--port=0"], ["--port=0", "mnist"]])
def test_flags_and_folders_may_come_in_any_order(copy, arguments):
    copy.export("mnist", OLD)
    copy.export("other", NEW)
    with copy.serving(*arguments, "other") as running:
        assert [model["folder"] for model in running.models()] == ["other", "mnist"]


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--help"], 0), (["no such"], 2), (["--nonsense"], 2), ([], 2)]
)
def test_help_and_errors_make_no_environment(copy, arguments, status):
    result = copy.run(*arguments)
    assert result.returncode == status
    assert result.stderr.count("\n") == (1 if status else 0)
    assert "environment" not in result.stderr
    assert not (copy.root / ".venv").exists()


def test_a_python_that_is_too_old_or_missing_is_one_line(copy):
    lie = "import sys; sys.version_info = (3, 9, 2); sys.argv = sys.argv[1:]"
    run = 'import runpy; runpy.run_path(sys.argv[0], run_name="__main__")'
    double = f"exec {sys.executable} -c '{lie}; {run}' \"$@\""
    copy.install("python3", f'if [ "$1" = -c ]; then exit; fi\n{double}')
    old = copy.run("--help")
    assert (old.returncode, old.stdout) == (2, "")
    assert "Python 3.10 or later is needed; found on PATH: python3 3.9.2" in old.stderr
    copy.install("python3", "exit 127")
    missing = copy.run("--help")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "no Python found on PATH; Python 3.10 or later is needed" in missing.stderr
    assert old.stderr.count("\n") == missing.stderr.count("\n") == 1


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_needs_no_folder(copy, flag):
    result = copy.run("--port=1", flag)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: scripts/web [MODEL_DIR]...")
    assert max(map(len, result.stdout.splitlines())) <= 100
    source = pathlib.Path(server.__file__).with_name("__main__.py").read_text("utf-8")
    flags = re.findall(r'add_argument\("--(\w+)"', source)
    assert len(flags) == 8
    for name in flags:
        assert re.search(rf"--{name}\b", result.stdout), name
