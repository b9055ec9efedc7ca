"""Reads the scalars that training wrote for TensorBoard."""

from __future__ import annotations

import os

from google.protobuf.message import DecodeError

from cnn_mnist.tf_compat import tf


def scalars(folder: str) -> dict[str, list[tuple[int, float]]]:
    """Returns each scalar of a folder's event files, by tag, as (step, value) in order of steps.

    If a step has two values, from before and after a crash, the later counts. A file that
    was cut off gives the values before the cut; one that cannot be read gives none.
    """
    found: dict[str, dict[int, float]] = {}
    for path in _event_files(folder):
        for step, tag, value in _scalars_of(path):
            found.setdefault(tag, {})[step] = value
    return {tag: sorted(points.items()) for tag, points in found.items()}


def _event_files(folder: str) -> list[str]:
    try:
        names = [name for name in os.listdir(folder) if ".tfevents." in name]
    except OSError:
        return []
    # The number after `tfevents` is the time in seconds at which the file was opened.
    return [os.path.join(folder, name) for name in sorted(names)]


def _scalars_of(path: str) -> list[tuple[int, str, float]]:
    points = []
    try:
        for event in tf.train.summary_iterator(path):
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    points.append((event.step, value.tag, value.simple_value))
    # protobuf's own error, for a whole record that holds something else.
    except (tf.errors.OpError, DecodeError):
        pass
    return points
