"""Temperature scaling: makes probabilities as high as the rate of right answers.

C. Guo et al., On Calibration of Modern Neural Networks, 2017, https://arxiv.org/abs/1706.04599.
"""

from __future__ import annotations

import numpy as np

_LOWEST, _HIGHEST = 0.25, 8.0
_STEPS = 40


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Returns the softmax of logits divided by a temperature.

    Probabilities are enough for that: their logarithms are the logits but for a constant.

    Args:
      probabilities: floats `[count, classes]`, the softmax of the logits themselves.
      temperature: above 1 makes the highest probability lower.

    Returns:
      float64 `[count, classes]`.
    """
    # The smallest float32 stands for a probability that was rounded to 0.
    lowest = np.finfo(np.float32).tiny
    logits = np.log(np.maximum(np.asarray(probabilities, np.float64), lowest)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=1, keepdims=True)


def fit(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the temperature at which the mean cross-entropy is lowest, from 0.25 to 8.

    Args:
      probabilities: floats `[count, classes]`.
      labels: int `[count]`.
    """
    # The loss has one minimum in the logarithm of the temperature: golden-section search.
    golden = (np.sqrt(5) - 1) / 2
    low, high = np.log(_LOWEST), np.log(_HIGHEST)
    for _ in range(_STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _loss(probabilities, labels, left) <= _loss(probabilities, labels, right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _loss(probabilities: np.ndarray, labels: np.ndarray, logarithm: float) -> float:
    of_label = tempered(probabilities, float(np.exp(logarithm)))[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(of_label, np.finfo(np.float32).tiny)).mean())
