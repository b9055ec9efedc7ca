"""Which part of a file is sent: conditions and ranges."""

import email
import random

import pytest

from cnn_mnist.web import conditions
from cnn_mnist.web.conditions import Answer

TAG = '"1-a"'
WHOLE = Answer(200, 0, 10)


def answer(*lines, size=10, has_body=True):
    fields = email.message_from_string("\n".join(lines) + "\n\n")
    return conditions.answer(fields, TAG, size, has_body)


@pytest.mark.parametrize(
    ("asked", "start", "count"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=3-5", 3, 3),
        ("bytes=3-", 3, 7),
        ("bytes=-3", 7, 3),
        ("bytes=-300", 0, 10),
        ("bytes=9-99999999999999999999", 9, 1),
        ("Bytes=3-5 ", 3, 3),
    ],
)
def test_a_range_is_answered_with_its_bytes(asked, start, count):
    assert answer(f"Range: {asked}") == Answer(206, start, count)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=9999999999-"])
def test_a_range_outside_the_file_is_refused(asked):
    assert answer(f"Range: {asked}") == Answer(416)


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_an_empty_file_has_no_range(asked):
    assert answer(f"Range: {asked}", size=0) == Answer(416)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-3",
        "bytes=0-1,3-4",
        "bytes=-",
        "bytes=",
        "bytes 0-1",
        "bytes=+1-2",
        "bytes=1--2",
        "bytes=a-b",
        "bytes=\N{SUPERSCRIPT TWO}-",
        f"bytes={'9' * 5000}-",
        "lines=0-1",
        "",
    ],
)
def test_several_malformed_and_other_ranges_are_answered_with_the_whole(asked):
    assert answer(f"Range: {asked}") == WHOLE


def test_two_ranges_in_two_fields_are_answered_with_the_whole():
    assert answer("Range: bytes=0-1", "Range: bytes=2-3") == WHOLE


def test_a_range_is_not_defined_for_head():
    assert answer("Range: bytes=0-1", has_body=False) == WHOLE


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        (TAG, Answer(206, 2, 1)),
        ('"2-a"', WHOLE),
        (f"W/{TAG}", WHOLE),
        ("Sat, 29 Oct 1994 19:43:31 GMT", WHOLE),
    ],
)
def test_a_range_of_another_file_is_answered_with_the_whole(holds, expected):
    assert answer("Range: bytes=2-2", f"If-Range: {holds}") == expected


@pytest.mark.parametrize(
    "lines",
    [
        [f"If-None-Match: {TAG}"],
        ["If-None-Match: *"],
        [f'If-None-Match: "x", W/{TAG}'],
        ['If-None-Match: "x"', f"If-None-Match: {TAG}"],
        [f"If-None-Match: {TAG}", "Range: bytes=0-1"],
        [f"If-Match: {TAG}", f"If-None-Match: {TAG}"],
    ],
)
def test_a_file_that_the_client_has_is_not_sent(lines):
    assert answer(*lines) == Answer(304)
    assert answer(*lines, has_body=False) == Answer(304)


@pytest.mark.parametrize("listed", ['"2-a"', "", "1-a", 'W/"2-a"', '"1-a'])
def test_a_file_that_the_client_does_not_have_is_sent(listed):
    assert answer(f"If-None-Match: {listed}") == WHOLE


@pytest.mark.parametrize("listed", ['"2-a"', "", f"W/{TAG}"])
def test_a_file_that_is_no_longer_the_expected_one_is_not_sent(listed):
    assert answer(f"If-Match: {listed}", "Range: bytes=0-1") == Answer(412)


@pytest.mark.parametrize("listed", [TAG, "*", f'"x", {TAG}'])
def test_a_file_that_is_the_expected_one_is_sent(listed):
    assert answer(f"If-Match: {listed}") == WHOLE


def test_what_is_sent_always_lies_in_the_file():
    source = random.Random(2)
    for _ in range(3000):
        size = source.choice([0, 1, 2, 10])
        asked = "".join(source.choices("0129-", k=source.randrange(6)))
        found = answer(f"Range: bytes={asked}", size=size)
        if found.status == 206:
            assert 0 <= found.start < found.start + found.count <= size
        else:
            assert found in (Answer(200, 0, size), Answer(416))
