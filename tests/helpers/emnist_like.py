"""Digits as EMNIST holds them, for tests on machines without EMNIST."""

from __future__ import annotations

import numpy as np
from PIL import Image


def upright(images: np.ndarray) -> np.ndarray:
    """Returns MNIST's digits enlarged to EMNIST's size: 24 pixels, in the middle by their box."""
    made = np.zeros_like(images)
    for place, image in enumerate(images[..., 0]):
        rows, columns = np.nonzero(image)
        cut = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        width, height = (max(1, round(24 * side / max(cut.shape))) for side in cut.shape[::-1])
        whole = Image.new("L", (28, 28))
        corner = (28 - width) // 2, (28 - height) // 2
        whole.paste(Image.fromarray(cut).resize((width, height)), corner)
        made[place, ..., 0] = np.asarray(whole)
    return made


def as_filed(images: np.ndarray) -> np.ndarray:
    """Returns them transposed, as EMNIST's files hold them."""
    return upright(images).swapaxes(1, 2)
