"""The verb `evaluate` of a model that TensorFlow.js saved."""

from __future__ import annotations

import dataclasses
import tempfile

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config
from cnn_mnist.data import splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.evaluation.evaluator import evaluate
from cnn_mnist.evaluation.results import Evaluation
from cnn_mnist.exporting.tfjs import reader
from cnn_mnist.support import unfinished
from cnn_mnist.support.progress import Progress


def evaluate_layers_model(
    config: Config,
    path: str,
    split: str = "test",
    progress: Progress | None = None,
    dataset: Dataset | None = None,
) -> Evaluation:
    """Measures a model that TensorFlow.js saved, as `evaluate` measures a checkpoint.

    Args:
      config: says which data; nothing is read from its `model_dir`, nor written to it.
      path: the model, see `exporting.tfjs.reader.read`.
      split: one of `config.choices.SPLITS`.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.

    Returns:
      What was measured; its `step` is that of no training, and 0.

    Raises:
      UserError: the model cannot be read, or is not a network that `--architecture` can
        describe; or the split is empty or unknown, or the data cannot be used.
    """
    progress = progress or Progress()
    found = reader.read(path)
    dataset = dataset or splits.load_dataset(config, progress)
    if found.class_names not in (None, dataset.class_names):
        progress.say(
            f"Warning: {found.path} is of other classes ({', '.join(found.class_names)}) than "
            f"--dataset={config.dataset}"
        )
    with unfinished.folder(tempfile.gettempdir(), "cnn_mnist_layers_model_") as folder:
        checkpoint = reader.write_checkpoint(found, folder)
        own = dataclasses.replace(config, model_dir=folder, architecture=found.architecture)
        # So that nothing has to be assumed about the checkpoint.
        config_lib.save(own)
        return evaluate(own, split, dataset=dataset, checkpoint=checkpoint)
