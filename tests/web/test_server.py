"""The server beside clients that are slow, many, or do not keep to HTTP; on real sockets."""

import contextlib
import errno
import gzip
import os
import re
import socket
import threading
import time

import psutil
import pytest
import web_process

from cnn_mnist.web import server

CONTENT = bytes(range(256)) * 4
SMUGGLED = b"GET /smuggled.js HTTP/1.1\r\n\r\n"


class Site:
    """One file, at /a.js."""

    def __init__(self, folder):
        self.path = folder / "a.js"
        self.path.write_bytes(CONTENT)

    def file(self, path):
        return str(self.path) if path == "/a.js" else None

    def models(self):
        raise PermissionError(errno.EACCES, "Permission denied", "/the folder")


@contextlib.contextmanager
def serving(site):
    with server.Server(0, site) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with serving(Site(tmp_path_factory.mktemp("site"))) as running:
        yield running


def connected(running):
    return socket.create_connection(("127.0.0.1", running.server_port), web_process.PATIENCE)


def everything(client):
    return b"".join(iter(lambda: client.recv(65_536), b""))


def sent(running, request):
    """Returns all that the server sends for a request, after which the client sends no more."""
    with connected(running) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return everything(client)


def request(running, *fields, line="GET /a.js HTTP/1.1", host=None):
    host = host or f"127.0.0.1:{running.server_port}"
    return "\r\n".join([line, f"Host: {host}", *fields, "", ""]).encode("latin-1")


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-Length: 30", "Content-Length: 30"],
        ["Content-Length: 0", "Content-Length: 30"],
        ["Content-Length: 30, 30"],
        ["Content-Length : 30"],
        ["Content-Length: 3 0"],
        ["Content-Length: +30"],
        ["Content-Length: -30"],
        ["Content-Length: 99999999999999999999"],
        ["Content-Length: 30", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 30"],
        ["X: a", " folded: b"],
        ["X: a\0b"],
        ["X"],
        ["Host: 127.0.0.1"],
    ],
)
def test_an_unclear_request_is_refused_and_what_follows_is_not_read(running, fields):
    received = sent(running, request(running, *fields) + SMUGGLED)
    assert statuses(received) == [400]
    assert received.endswith(b"\r\n\r\n400: Bad Request.\n")
    assert b"Connection: close" in received


@pytest.mark.parametrize("character", ["\0", "\x1b", "\r", "\x08", "\x7f", "\x01"])
@pytest.mark.parametrize("place", ["before", "within", "after"])
def test_a_host_with_a_control_character_is_refused_and_not_repeated(running, character, place):
    good = f"127.0.0.1:{running.server_port}"
    before, after = {"before": ("", good), "within": ("evil", good), "after": (good, "")}[place]
    received = sent(running, request(running, host=f"{before}{character}{after}"))
    assert statuses(received) == [400]
    assert b"evil" not in received and good.encode() not in received
    assert not re.search(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]", received)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /a.js HTTP/1.1\r\nHost: 127.0.0.1", 400),
        (b"GET /a.js HTTP/1.1\r\n", 400),
        (b"GET /a.js", 400),
        (b"GET /a.js\r\n\r\n", 400),
        (b"GET /a.js HTTP/1.1\r\n\r\n", 400),
        (b"\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 10_000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000, 431),
    ],
)
def test_half_old_new_and_endless_requests_get_a_status(running, head, status):
    assert statuses(sent(running, head)) == [status]


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://127.0.0.1:{port}/a.js", 200),
        ("HTTP://localhost:{port}/a.js?x", 200),
        ("http://127.0.0.1:{port}", 404),
        ("http://127.0.0.1:1/a.js", 403),
        ("http://example.org/a.js", 403),
        ("http://user@127.0.0.1:{port}/a.js", 403),
        ("https://127.0.0.1:{port}/a.js", 404),
        ("//example.org/a.js", 404),
        ("/a.js#x", 404),
        ("/a%2ejs", 404),
        ("/a.js%00", 404),
    ],
)
def test_an_absolute_target_names_this_server_too(running, target, status):
    line = f"GET {target.format(port=running.server_port)} HTTP/1.1"
    assert statuses(sent(running, request(running, line=line))) == [status]


def test_the_server_does_not_ask_for_a_body(running):
    received = sent(running, request(running, "Expect: 100-continue", "Content-Length: 5"))
    assert statuses(received) == [200]


def test_requests_sent_at_once_are_answered_in_turn_up_to_the_one_that_closes(running):
    kept, missing = request(running), request(running, line="GET /b.js HTTP/1.1")
    last = request(running, "Connection: TE, close")
    received = sent(running, (kept + missing) * 100 + last + kept)
    assert statuses(received) == [200, 404] * 100 + [200]


def test_the_answer_to_a_refused_request_after_head_has_a_body(running):
    received = sent(running, request(running, line="HEAD /a.js HTTP/1.1") + b"\0\r\n\r\n")
    assert statuses(received) == [200, 400]
    assert received.endswith(b"400: Bad Request.\n")


@pytest.mark.parametrize(
    ("fields", "status", "part", "range_"),
    [
        (["Range: bytes=10-19"], 206, slice(10, 20), b"bytes 10-19/1024"),
        (["Range: bytes=-4"], 206, slice(1020, 1024), b"bytes 1020-1023/1024"),
        (["Range: bytes=1024-"], 416, slice(0, 0), b"bytes */1024"),
        (["Range: bytes=0-1,4-5"], 200, slice(None), None),
        (["Range: bytes=10-19", 'If-Range: "old"'], 200, slice(None), None),
        (['If-Match: "old"'], 412, slice(0, 0), None),
        (["If-None-Match: *"], 304, slice(0, 0), None),
    ],
)
def test_parts_and_conditions_of_a_file(running, fields, status, part, range_):
    received = sent(running, request(running, *fields, "Connection: close"))
    head, body = received.split(b"\r\n\r\n", 1)
    assert (statuses(received), body) == ([status], CONTENT[part])
    assert b"\r\nAccept-Ranges: bytes" in head and b'\r\nETag: "' in head
    assert (b"Content-Range" in head) == (range_ is not None)
    assert range_ is None or b"\r\nContent-Range: " + range_ in head
    assert (b"Content-Length" in head) == (status != 304)


def test_a_range_is_not_answered_to_head(running):
    received = sent(running, request(running, "Range: bytes=1-2", line="HEAD /a.js HTTP/1.1"))
    assert statuses(received) == [200]
    assert b"\r\nContent-Length: 1024\r\n" in received and received.endswith(b"\r\n\r\n")


GZIP = "Accept-Encoding: gzip, deflate, br, zstd"


def head_and_body(received):
    head, body = received.split(b"\r\n\r\n", 1)
    return head.decode("latin-1") + "\r\n", body


def tag_of(head):
    return re.search("ETag: (.*)\r\n", head)[1]


def test_a_browser_gets_a_compressed_file_and_others_the_file_itself(running):
    plain, content = head_and_body(sent(running, request(running)))
    head, body = head_and_body(sent(running, request(running, GZIP)))
    assert content == CONTENT and "Content-Encoding" not in plain
    assert gzip.decompress(body) == CONTENT and len(body) < len(CONTENT)
    assert "\r\nContent-Encoding: gzip\r\n" in head
    assert f"\r\nContent-Length: {len(body)}\r\n" in head
    assert "\r\nVary: Accept-Encoding\r\n" in head and "\r\nVary: Accept-Encoding\r\n" in plain
    assert tag_of(head) != tag_of(plain)


def test_head_has_the_fields_of_the_compressed_file(running):
    head, _ = head_and_body(sent(running, request(running, GZIP)))
    other, body = head_and_body(sent(running, request(running, GZIP, line="HEAD /a.js HTTP/1.1")))
    names = ("Content-Length", "Content-Encoding", "ETag", "Vary", "Content-Type")
    assert body == b""
    for name in names:
        found = re.findall(f"\r\n{name}: .*\r\n", head)
        assert len(found) == 1 and found == re.findall(f"\r\n{name}: .*\r\n", other)


def test_an_unchanged_compressed_file_is_not_sent_again_nor_taken_for_the_file_itself(running):
    tag = tag_of(head_and_body(sent(running, request(running, GZIP)))[0])
    head, body = head_and_body(sent(running, request(running, GZIP, f"If-None-Match: {tag}")))
    assert (statuses(head.encode()), body, tag_of(head)) == ([304], b"", tag)
    assert "Vary: Accept-Encoding" in head and "Content-Length" not in head
    head, body = head_and_body(sent(running, request(running, f"If-None-Match: {tag}")))
    assert (statuses(head.encode()), body) == ([200], CONTENT)


def test_a_download_of_the_compressed_file_goes_on_in_its_own_bytes(running):
    head, whole = head_and_body(sent(running, request(running, GZIP)))
    fields = [GZIP, "Range: bytes=100-", f"If-Range: {tag_of(head)}"]
    head, body = head_and_body(sent(running, request(running, *fields)))
    assert (statuses(head.encode()), body) == ([206], whole[100:])
    assert f"\r\nContent-Range: bytes 100-{len(whole) - 1}/{len(whole)}\r\n" in head
    assert "\r\nContent-Encoding: gzip\r\n" in head
    head, body = head_and_body(sent(running, request(running, GZIP, "Range: bytes=1000-")))
    assert (statuses(head.encode()), body) == ([416], b"") and "Content-Encoding" not in head
    # The rest of one is not joined to the beginning of the other.
    head, body = head_and_body(sent(running, request(running, *fields[1:])))
    assert (statuses(head.encode()), body) == ([200], CONTENT)


def test_a_folder_that_cannot_be_listed_is_status_500_and_one_line(running, capfd):
    received = sent(running, request(running, line="GET /models.json HTTP/1.1"))
    assert statuses(received) == [500]
    assert b"/the folder" not in received
    assert capfd.readouterr().err.count("\n") == 1


def test_a_server_that_is_out_of_files_pauses_and_goes_on(tmp_path, monkeypatch):
    failures, pauses = [errno.EMFILE, errno.ENFILE, errno.ENOMEM], []
    accept = socket.socket.accept

    def failing(listening):
        if failures:
            raise OSError(failures.pop(), "no file is left")
        return accept(listening)

    class Clock:
        monotonic = time.monotonic

        @staticmethod
        def sleep(seconds):
            pauses.append(seconds)

    monkeypatch.setattr(server, "time", Clock)
    monkeypatch.setattr(socket.socket, "accept", failing)
    with serving(Site(tmp_path)) as running:
        assert statuses(sent(running, request(running))) == [200]
    assert pauses == [0.5] * 3


def test_the_time_of_slow_readers_and_writers_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(server.connections, "SECONDS_TO_ASK", 0.2)
    monkeypatch.setattr(server.connections, "_SECONDS_TO_ANSWER", 0.2)
    monkeypatch.setattr(server.connections, "_SLOWEST", 1e12)
    site = Site(tmp_path)
    os.truncate(site.path, 2**30)
    with serving(site) as running:
        threads = threading.active_count()
        with connected(running) as writer, connected(running) as reader:
            reader.sendall(request(running))
            with pytest.raises(ConnectionError):
                while True:
                    writer.sendall(b"a")
                    time.sleep(0.01)
            web_process.wait_until(lambda: threading.active_count() <= threads, "threads stay")


@pytest.mark.slow
def test_150_held_connections_and_100_files_leave_the_server_answering(tmp_path):
    copy = web_process.Copy(tmp_path)
    copy.fill_packages()
    copy.export("mnist")
    os.truncate(copy.export("mnist") / "weights.bin", 2**30)
    script = copy.root / "scripts" / "web"
    script.write_text(script.read_text().replace("\nexec ", "\nulimit -n 100\nexec ", 1))
    with copy.serving("mnist") as running, contextlib.ExitStack() as held:
        process = psutil.Process(running.process.pid)
        assert process.rlimit(psutil.RLIMIT_NOFILE)[0] == 100
        for number in range(150):
            client = socket.socket()
            held.callback(client.close)
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", running.port))
            if number % 3 == 0:
                with contextlib.suppress(OSError):
                    client.send(b"GET / HTTP/1.1\r\nHost: ")
        before, began = sum(process.cpu_times()[:2]), time.monotonic()
        for _ in range(20):
            assert running.ask("/main.js").status == 200
            time.sleep(0.1)
        used = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
        assert used < 0.5
        assert process.num_fds() < 100
