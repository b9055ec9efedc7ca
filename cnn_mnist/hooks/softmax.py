"""The tutorial's hook, which logs the softmax tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnn_mnist.support.progress import LogLine
from cnn_mnist.tf_compat import tf

# Of more classes than this, the line would be too long with all.
_FEW_CLASSES = 12
_MOST_PROBABLE = 5


def softmax_logging_hook(softmax_tensor: str, step_tensor: str, every_steps: int) -> Any:
    """Returns the tutorial's LoggingTensorHook on the softmax tensor, with readable lines.

    Args:
      softmax_tensor: name of the tensor of probabilities, float32 `[batch, classes]`.
      step_tensor: name of the tensor of the steps done before this one.
      every_steps: steps between two lines.
    """
    return tf.train.LoggingTensorHook(
        tensors={"probabilities": softmax_tensor, "step": step_tensor},
        every_n_iter=every_steps,
        formatter=_softmax_line,
    )


def _softmax_line(values: dict[str, Any]) -> LogLine:
    first = values["probabilities"][0]
    if len(first) <= _FEW_CLASSES:
        numbers = " ".join(map(_shown, first))
    else:
        most = np.argsort(-first, kind="stable")[:_MOST_PROBABLE]
        numbers = ", ".join(f"{label} {_shown(first[label])}" for label in most)
    return LogLine(
        f"step {int(values['step']) + 1:,}  softmax {numbers}  "
        f"first image: {int(np.argmax(first))} ({first.max():.0%})"
    )


def _shown(probability: float) -> str:
    return "1.0" if probability >= 0.995 else f"{probability:.2f}"[1:]
