"""Makes the summaries that TensorBoard's *HParams* compares runs by.

A model folder is one session. TensorBoard finds the results of sessions below the folder that it is
opened on, not of that folder itself. tensorboard is imported within the functions: it takes 0.1 s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

METRICS = (
    ("eval_test", "accuracy", "test accuracy"),
    ("eval_test", "loss", "test loss"),
    ("eval_validation", "accuracy", "validation accuracy"),
    ("eval_validation", "loss", "validation loss"),
)
"""The columns of results: folder in the model folder, tag, and the name shown."""


def experiment(names_and_values: Mapping[str, Any], shown_first: Sequence[str]) -> bytes:
    """Returns the serialized summary that describes the columns of the table.

    Each run holds the same one: TensorBoard takes the first that it finds.

    Args:
      names_and_values: the hyper-parameters of one run; a column is of the kind of its value.
      shown_first: the names that the table shows at first, where TensorBoard lets one choose.
    """
    from tensorboard.plugins.hparams import api_pb2, summary

    parameters = [
        api_pb2.HParamInfo(name=name, type=_kind(value)) for name, value in names_and_values.items()
    ]
    # TensorBoard shows five columns at first: those that differ, by name; 2.15 takes the first.
    parameters.sort(key=lambda parameter: parameter.name not in shown_first)
    for parameter in parameters:
        if "differs" in parameter.DESCRIPTOR.fields_by_name:
            parameter.differs = parameter.name in shown_first
    metrics = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(group=folder, tag=tag), display_name=shown)
        for folder, tag, shown in METRICS
    ]
    return _serialized(summary.experiment_pb(parameters, metrics))


def session_start(names_and_values: Mapping[str, Any]) -> bytes:
    """Returns the serialized summary of a run's hyper-parameters.

    Args:
      names_and_values: texts, numbers and truth values by name.
    """
    from tensorboard.plugins.hparams import summary

    return _serialized(summary.session_start_pb(dict(names_and_values)))


def session_end() -> bytes:
    """Returns the serialized summary that says that a run is finished."""
    from tensorboard.plugins.hparams import api_pb2, summary

    return _serialized(summary.session_end_pb(api_pb2.STATUS_SUCCESS))


def _kind(value: Any) -> Any:
    from tensorboard.plugins.hparams import api_pb2

    if isinstance(value, bool):
        return api_pb2.DATA_TYPE_BOOL
    if isinstance(value, int | float):
        return api_pb2.DATA_TYPE_FLOAT64
    return api_pb2.DATA_TYPE_STRING


def _serialized(message: Any) -> bytes:
    # tensorboard has protocol buffers of its own, which TensorFlow's writer takes as bytes only.
    return bytes(message.SerializeToString())
