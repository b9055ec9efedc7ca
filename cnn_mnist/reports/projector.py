"""The files of TensorBoard's *Projector*: images as points, by what the last hidden layer says.

`model_dir/projector_config.pbtxt`, where TensorBoard looks for it, names the three files of
`model_dir/projector/`: the layer's outputs, a table about the images, and the images themselves.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence

import numpy as np
from PIL import Image

from cnn_mnist import estimator, model
from cnn_mnist.config import Config
from cnn_mnist.data import splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.networks.architecture import IMAGE_SHAPE
from cnn_mnist.support import terminal
from cnn_mnist.support.files import make_folder, write_whole
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import forks, tf

FOLDER = "projector"
OUTPUTS_FILE = "outputs.tsv"
TABLE_FILE = "images.tsv"
SPRITE_FILE = "images.png"
MOST_IMAGES = 10_000
"""TensorBoard takes a sample where there are more."""


def write(
    config: Config,
    count: int,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
    checkpoint: str = "best",
) -> str:
    """Writes the last hidden layer's outputs for the first images of a split, in float32.

    Replaces what an earlier call wrote.

    Args:
      config: the run.
      count: how many images, at most `MOST_IMAGES`; all where the split has fewer.
      split: one of `config.choices.SPLITS`.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.
      checkpoint: which, see `model_folder.checkpoints.find`.

    Returns:
      The folder of the files.

    Raises:
      CheckpointError: the checkpoint does not exist, or belongs to another network.
      SettingsError: the split is empty or unknown.
      DataError: the data cannot be used.
      OSError: a file cannot be written.
    """
    forks.check()
    progress = progress or Progress()
    dataset = dataset or splits.load_dataset(config, progress)
    examples = splits.examples_of(dataset, split, config)
    first = examples.take(np.arange(min(count, len(examples), MOST_IMAGES)))
    images = np.asarray(first.images)
    progress.say(f"Writing {len(images):,} images for TensorBoard's Projector")
    step, layer, hidden, logits = checkpoints.read(
        config, checkpoint, lambda path: _outputs(config, images, path)
    )
    name = f"{layer}, {len(images):,} {split} images, step {step:,}"
    table = _table(np.asarray(first.labels), logits, dataset.class_names)
    return _write_files(config.model_dir, name, hidden, table, images)


def _outputs(
    config: Config, images: np.ndarray, path: str
) -> tuple[int, str, np.ndarray, np.ndarray]:
    """Returns step and last hidden layer, its outputs `[count, units]`, and `[count, classes]`."""
    with (
        tf.Graph().as_default(),
        tf.Session(config=estimator.session_config(config, training=False)) as session,
    ):
        image = tf.placeholder(tf.uint8, [None, *IMAGE_SHAPE])
        *_, (layer, hidden), (_, logits) = model.layer_outputs(image, config).items()
        tf.train.Saver(tf.trainable_variables()).restore(session, path)
        size = config.eval_batch_size
        batches = [
            session.run((hidden, logits), {image: images[start : start + size]})
            for start in range(0, len(images), size)
        ]
    outputs, answers = (np.concatenate(part) for part in zip(*batches, strict=True))
    return checkpoints.step_of(path), layer, outputs.reshape(len(outputs), -1), answers


def _table(labels: np.ndarray, logits: np.ndarray, names: Sequence[str]) -> str:
    """Returns a line with the column names and one for each image, as tab-separated values."""
    odds = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    probabilities = odds.max(axis=1) / odds.sum(axis=1)
    shown = [" ".join(terminal.visible(name).split()) for name in names]
    lines = ["label\tanswer\tcorrect\tprobability\timage"]
    for number, (label, answer) in enumerate(zip(labels, logits.argmax(axis=1), strict=True)):
        correct = "yes" if label == answer else "no"
        rate = f"{probabilities[number]:.4f}"
        lines.append("\t".join((shown[label], shown[answer], correct, rate, str(number))))
    return "\n".join(lines) + "\n"


def _write_files(
    model_dir: str, name: str, outputs: np.ndarray, table: str, images: np.ndarray
) -> str:
    from google.protobuf import text_format
    from tensorboard.plugins import projector

    folder = os.path.join(model_dir, FOLDER)
    make_folder(folder)
    # Four digits: the picture of a point is the same, and the file is half as long.
    rows = ("\t".join(f"{value:.4g}" for value in row) for row in outputs.tolist())
    write_whole(os.path.join(folder, OUTPUTS_FILE), "\n".join(rows) + "\n")
    write_whole(os.path.join(folder, TABLE_FILE), table)
    write_whole(os.path.join(folder, SPRITE_FILE), _sprite(images))
    described = projector.ProjectorConfig()
    embedding = described.embeddings.add(
        tensor_name=name,
        tensor_path=f"{FOLDER}/{OUTPUTS_FILE}",
        metadata_path=f"{FOLDER}/{TABLE_FILE}",
    )
    embedding.sprite.image_path = f"{FOLDER}/{SPRITE_FILE}"
    embedding.sprite.single_image_dim.extend(IMAGE_SHAPE[:2])
    text = text_format.MessageToString(described)
    write_whole(os.path.join(model_dir, "projector_config.pbtxt"), text)
    return folder


def _sprite(images: np.ndarray) -> bytes:
    """Returns a PNG file of all images in a square, row by row, as TensorBoard wants them."""
    height, width = IMAGE_SHAPE[:2]
    side = math.ceil(math.sqrt(len(images)))
    cells = np.zeros((side * side, height, width), np.uint8)
    cells[: len(images)] = images[..., 0]
    rows = cells.reshape(side, side, height, width).transpose(0, 2, 1, 3)
    file = io.BytesIO()
    Image.fromarray(rows.reshape(side * height, side * width)).save(file, "PNG")
    return file.getvalue()
