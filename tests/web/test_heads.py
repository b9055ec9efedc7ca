"""The head of a request is taken only if it can be read in one way."""

import email
import io
import random

import pytest

from cnn_mnist.web import heads

LINE = b"GET / HTTP/1.1\r\n"


def refused(request_line: bytes, rest: bytes) -> int:
    with pytest.raises(heads.RefusedError) as caught:
        heads.read(request_line, io.BytesIO(rest))
    return caught.value.status


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_head_is_read_to_its_empty_line(end):
    stream = io.BytesIO(b"Host: a" + end + b"X:" + end + end + b"GET /next")
    assert heads.read(LINE, stream) == b"Host: a" + end + b"X:" + end + end
    assert stream.read() == b"GET /next"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\r\n",
        b"GET\r\n",
        b"GET /\r\n",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1 \r\n",
        b" GET / HTTP/1.1\r\n",
        b"GET  / HTTP/1.1\r\n",
        b"GET\t/ HTTP/1.1\r\n",
        b"GET /a b HTTP/1.1\r\n",
        b"GET /\0 HTTP/1.1\r\n",
        b"GET /\xe9 HTTP/1.1\r\n",
        b"GET / http/1.1\r\n",
        b"GET / HTTP/11\r\n",
        b"GET / HTTP/1.1\r\r\n",
        b"G(T / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\n",
    ],
)
def test_a_malformed_request_line_is_refused(line):
    assert refused(line, b"Host: a\r\n\r\n") == 400


@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"Host: a",
        b"Host: a\r\n",
        b"Host: a\r\nContent-Len",
        b"Host\r\n\r\n",
        b"Host : a\r\n\r\n",
        b" Host: a\r\n\r\n",
        b": a\r\n\r\n",
        b"Host: a\r\n folded\r\n\r\n",
        b"Host: a\r\n\tfolded\r\n\r\n",
        b"Host: a\0b\r\n\r\n",
        b"Host: a\x1b[31m\r\n\r\n",
        b"Host: a\rX: b\r\n\r\n",
        b"Host: a\x7f\r\n\r\n",
        b"From someone\r\n\r\n",
    ],
)
def test_malformed_folded_and_half_fields_are_refused(fields):
    assert refused(LINE, fields) == 400


@pytest.mark.parametrize(
    "fields", [b"X: 1\r\n" * 101, b"X: " + b"a" * 65_536, (b"X: " + b"a" * 1000 + b"\r\n") * 66]
)
def test_a_head_has_at_most_100_fields_and_64_kib(fields):
    assert refused(LINE, fields) == 431


def test_a_head_without_end_is_read_to_its_limit_only():
    stream = io.BytesIO(b"X: " + b"a" * 10_000_000)
    with pytest.raises(heads.RefusedError):
        heads.read(LINE, stream)
    assert stream.tell() <= 65_537


@pytest.mark.parametrize(
    "fields",
    [
        "Host: a",
        "Host: [::1]:8080\nContent-Length: 0",
        "Host: a\nContent-Length:  12 ",
        "Host: a\nTransfer-Encoding: chunked",
        "Host:",
    ],
)
def test_a_clear_request_is_taken(fields):
    heads.check(email.message_from_string(fields + "\n\n"))


@pytest.mark.parametrize(
    "fields",
    [
        "",
        "Host: a\nHost: a",
        "Host: a b",
        "Host: a/b",
        "Host: a\N{LATIN SMALL LETTER E WITH ACUTE}",
        "Host: a\nContent-Length: 5\nContent-Length: 5",
        "Host: a\nContent-Length: 5, 5",
        "Host: a\nContent-Length: 1 2",
        "Host: a\nContent-Length:",
        "Host: a\nContent-Length: +5",
        "Host: a\nContent-Length: -5",
        "Host: a\nContent-Length: 0x5",
        "Host: a\nContent-Length: 1_0",
        "Host: a\nContent-Length: \N{SUPERSCRIPT TWO}",
        "Host: a\nContent-Length: " + "9" * 5000,
        "Host: a\nContent-Length: 5\nTransfer-Encoding: chunked",
    ],
)
def test_an_unclear_length_or_host_is_refused(fields):
    with pytest.raises(heads.RefusedError) as caught:
        heads.check(email.message_from_string(fields + "\n\n"))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("fields", "closes"),
    [
        ("Host: a", False),
        ("Connection: keep-alive", False),
        ("Connection: Close", True),
        ("Connection: TE, close", True),
        ("Connection: TE\nConnection: close", True),
        ("Connection: closed", False),
    ],
)
def test_a_client_may_ask_to_close_the_connection(fields, closes):
    assert heads.asks_to_close(email.message_from_string(fields + "\n\n")) == closes


def test_random_heads_are_read_or_refused_and_never_lose_a_field():
    source = random.Random(1)
    pieces = [b"Host: a", b"Content-Length: 5", b"\r\n", b"\n", b"\r", b" ", b":", b"\0", b"X"]
    for _ in range(2000):
        head = b"".join(source.choices(pieces, k=source.randrange(1, 12))) + b"\r\n\r\n"
        try:
            fields = heads.read(LINE, io.BytesIO(head))
        except heads.RefusedError as error:
            assert error.status == 400
            continue
        lines = [line for line in fields.splitlines() if line]
        parsed = email.message_from_bytes(fields)
        assert len(parsed.items()) == len(lines) and not parsed.defects and not parsed.get_payload()
