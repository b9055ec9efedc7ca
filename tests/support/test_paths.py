"""A URL is told from a path as TensorFlow tells them."""

import pytest

from cnn_mnist.support import paths


@pytest.mark.parametrize(
    "text", ["gs://b/m", "S3://b", "hdfs://h/m", "file:///m", "ram://m", "a.b+c-1://m", "x://"]
)
def test_a_url_begins_with_a_scheme(text):
    assert paths.is_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "/m",
        "./gs://b",
        "gs:/b",
        "gs:",
        "://b",
        "/tmp/gs://b",
        "1://b",
        "a b://c",
        "~/gs://b",
    ],
)
def test_everything_else_is_a_path(text):
    assert not paths.is_url(text)


def test_a_file_url_is_answered_with_its_path():
    assert paths.help_for_url("file:///tmp/a%20b") == (
        "'file:///tmp/a%20b', a URL; allowed: a path on this machine, here '/tmp/a b'"
    )


def test_what_is_shown_of_a_url_is_short_and_has_no_control_character():
    said = paths.help_for_url("file:///\x1b[31m%1b" + "x" * 100_000)
    assert said.isprintable()
    assert len(said) < 600
