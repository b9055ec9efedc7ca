"""The page separates the digits of a picture as Python does, in the same order and pixels."""

from __future__ import annotations

import io
import json

import javascript
import numpy as np
import pytest
from PIL import Image

from cnn_mnist.data.framing import several_digits


def drawings(images):
    """Pictures of several digits, of one, and of none, dark on light."""
    large = [255 - np.kron(image[..., 0], np.ones((4, 4), np.uint8)) for image in images]
    rng = np.random.default_rng(0)
    number = np.concatenate(large[:5], axis=1)
    uneven = number * np.linspace(0.6, 1, number.shape[1])
    sheet = np.concatenate([np.concatenate(large[i : i + 4], axis=1) for i in (0, 4)])
    noisy = np.clip(number + rng.normal(0, 6, number.shape), 0, 255)
    blank = np.full((90, 130), 240)
    return [np.uint8(each) for each in (number, uneven, sheet, noisy, large[7], blank)]


def test_the_page_finds_the_same_digits_as_python(mnist, tmp_path):
    pictures = drawings(mnist.test.images[:8])
    sizes = [{"width": p.shape[1], "height": p.shape[0]} for p in pictures]
    (tmp_path / "pictures.json").write_text(json.dumps(sizes))
    (tmp_path / "pictures.bin").write_bytes(b"".join(p.tobytes() for p in pictures))
    ended = javascript.run("tests/web/several_digits.mjs", str(tmp_path))
    assert ended.returncode == 0, ended.stdout
    counts = []
    for picture, found in zip(pictures, json.loads(ended.stdout), strict=True):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        expected = several_digits.frame_and_find(file.getvalue())[1]
        counts.append(len(expected))
        assert [one["pixels"] for one in found] == [e.image.ravel().tolist() for e in expected]
        assert [one["box"] for one in found] == [pytest.approx(e.box) for e in expected]
    assert counts == [5, 5, 8, 5, 1, 0]
