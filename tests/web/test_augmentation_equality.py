"""The page's augmentation gives the pixels of `--augmentation=affine` for the same amounts."""

from __future__ import annotations

import json
import pathlib
import subprocess

import javascript
import numpy as np

from cnn_mnist.data import augmentation
from cnn_mnist.tf_compat import tf

SCRIPT = pathlib.Path(__file__).parent / "augment_images.mjs"


def test_the_page_moves_images_as_python_does(small):
    chance = np.random.RandomState(5)
    images = small.test.images[:40]
    amounts = chance.uniform(-1, 1, (40, 6)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        transforms = augmentation._transforms(augmentation.AFFINE, tf.constant(amounts))
        expected = session.run(augmentation._moved(tf.constant(images), transforms))
    asked = [
        [image.ravel().tolist(), amount.tolist()]
        for image, amount in zip(images, amounts, strict=True)
    ]
    ran = subprocess.run(
        [javascript.node(), str(SCRIPT)],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = np.array(json.loads(ran.stdout)).reshape(expected.shape)
    # Python computes in float32, the page in float64, and both drop the fraction.
    differences = np.abs(found - expected.astype(int))
    assert differences.max() <= 1
    assert (differences > 0).mean() < 0.001
    assert (expected != images).mean() > 0.1
