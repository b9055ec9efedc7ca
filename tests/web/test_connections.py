"""Connections have places and time limits; the tests set the clock."""

import resource
import socket

import pytest

from cnn_mnist.web import connections
from cnn_mnist.web.connections import Connections


class Clock:
    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(connections, "time", clock)
    return clock


@pytest.fixture
def pair():
    made = []

    def make():
        made.append(socket.socketpair())
        return made[-1]

    yield make
    for each in made:
        for end in each:
            end.close()


def is_ended(client):
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


@pytest.mark.parametrize(
    ("files", "places"),
    [(1024, 100), (100, 42), (20, 2), (18, 1), (5, 1), (resource.RLIM_INFINITY, 100)],
)
def test_the_places_fit_below_the_limit_of_files(monkeypatch, files, places):
    monkeypatch.setattr(connections.resource, "getrlimit", lambda which: (files, files))
    assert connections.most() == places


def test_a_request_has_a_minute_however_often_a_byte_comes(clock, pair):
    held = Connections(1)
    server, client = pair()
    held.asks(server)
    for _ in range(60):
        clock.now += 1
        client.send(b"a")
        held.end_overdue()
        assert not is_ended(client)
    clock.now += 0.1
    held.end_overdue()
    assert is_ended(client)


def test_an_answer_has_time_by_its_size(clock, pair):
    held = Connections(2)
    (small, small_client), (large, large_client) = pair(), pair()
    held.is_answered(small, 0)
    held.is_answered(large, 12_000_000)
    clock.now += 61
    held.end_overdue()
    assert is_ended(small_client) and not is_ended(large_client)
    clock.now += 1200
    held.end_overdue()
    assert is_ended(large_client)


def test_the_next_request_has_a_minute_of_its_own(clock, pair):
    held = Connections(1)
    server, client = pair()
    for note in (held.asks, lambda each: held.is_answered(each, 10), held.asks):
        note(server)
        clock.now += 50
        held.end_overdue()
    assert not is_ended(client)


def test_a_connection_that_ends_has_two_seconds(clock, pair):
    held = Connections(1)
    server, client = pair()
    held.asks(server)
    held.ends(server)
    clock.now += 2.1
    held.end_overdue()
    assert is_ended(client)


def test_a_free_place_is_taken_and_given_back(pair):
    held = Connections(1)
    assert held.take_place(0)
    assert not held.take_place(0)
    held.give_back_place()
    assert held.take_place(0)
    server, _ = pair()
    held.asks(server)
    held.close(server)
    assert server.fileno() == -1
    assert held.take_place(0)


def test_a_connection_that_is_closed_twice_frees_one_place(pair):
    held = Connections(1)
    assert held.take_place(0)
    server, _ = pair()
    held.asks(server)
    held.close(server)
    held.close(server)
    assert held.take_place(0)
    assert not held.take_place(0)


@pytest.mark.parametrize(
    ("begun", "ended"),
    [
        # Seconds since the first and the second began to ask, and the third to be answered.
        ((5, 6, 60), 1),
        ((6, 5, 60), 0),
        ((0.5, 0.5, 6), 2),
        ((0.5, 0.5, 4), None),
        ((0.5, 2, 9), 1),
    ],
)
def test_for_a_new_connection_the_one_ends_that_asks_for_longest(clock, pair, begun, ended):
    held = Connections(3)
    pairs = [pair() for _ in begun]
    notes = (held.asks, held.asks, lambda each: held.is_answered(each, 10))
    start = clock.now
    for (server, _), seconds, note in zip(pairs, begun, notes, strict=True):
        assert held.take_place(0)
        clock.now = start - seconds
        note(server)
    clock.now = start
    # Its thread would close it.
    assert not held.take_place(0)
    assert [is_ended(client) for _, client in pairs] == [n == ended for n in range(3)]
