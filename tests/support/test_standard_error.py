"""Notices that are written past Python are held back, and all else is replayed."""

from __future__ import annotations

import os
import re

import pytest

from cnn_mnist.support import standard_error

NOTICE = re.compile("INFO: ")


def test_all_but_the_notices_is_replayed_in_order(capfd):
    with standard_error.without(NOTICE):
        os.write(2, b"first\nINFO: a notice\nsecond INFO: here\n")
    assert capfd.readouterr().err == "first\nsecond INFO: here\n"


def test_it_is_replayed_also_when_the_block_fails(capfd):
    with pytest.raises(ValueError), standard_error.without(NOTICE):
        os.write(2, b"INFO: a notice\nwhy it failed\n")
        raise ValueError
    assert capfd.readouterr().err == "why it failed\n"


def test_afterwards_everything_is_written_at_once(capfd):
    with standard_error.without(NOTICE):
        pass
    os.write(2, b"INFO: later\n")
    assert capfd.readouterr().err == "INFO: later\n"
