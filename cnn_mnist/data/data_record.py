"""The record of the data that a model was trained on, `model_dir/dataset.json`.

Validations can be compared, and the best checkpoint be chosen by them, only while they are of the
same images.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os

import numpy as np

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config
from cnn_mnist.data import appearance, class_names
from cnn_mnist.data.loading import Dataset, Examples, Selected
from cnn_mnist.networks.architecture import LEAST_CLASSES, MOST_CLASSES
from cnn_mnist.support import records
from cnn_mnist.support.files import write_whole

_KINDS = {
    "dataset": records.TEXT,
    "name": records.optional(records.TEXT),
    "class_names": records.list_of(records.TEXT),
    "digits": records.optional(records.TRUTH),
    "train_sha256": records.optional(records.SHA256),
    "validation_examples": records.count(),
    "validation_sha256": records.optional(records.SHA256),
}


@dataclasses.dataclass(frozen=True)
class DataRecord:
    """What a model was trained on.

    A folder of an older version has no such record; what it does not tell is None then.

    Attributes:
      dataset: `config.dataset`, with the absolute path of a folder.
      name: the data set's own name.
      class_names: a name for each class.
      digits: whether pictures are framed as MNIST's are, see `data.appearance`.
      train_sha256: of the published training images and labels.
      validation_examples: the number of validation images.
      validation_sha256: of the validation images and labels.
    """

    dataset: str
    name: str | None
    class_names: tuple[str, ...] | None
    digits: bool | None
    train_sha256: str | None
    validation_examples: int
    validation_sha256: str | None


def record_of(config: Config, dataset: Dataset, validation: Examples) -> DataRecord:
    """Returns the record of a run's data; `validation` holds the validation examples."""
    return DataRecord(
        dataset=place_of(config.dataset),
        name=dataset.name,
        class_names=dataset.class_names,
        digits=appearance.is_framed_as_mnist(dataset.name, dataset.train.images),
        train_sha256=sha256_of(dataset.train),
        validation_examples=len(validation),
        validation_sha256=sha256_of(validation),
    )


def write(model_dir: str, record: DataRecord) -> None:
    """Writes `model_dir/dataset.json`, whole or not at all."""
    text = json.dumps(dataclasses.asdict(record), indent=1, ensure_ascii=False)
    write_whole(os.path.join(model_dir, config_lib.DATASET_FILE), text + "\n")


def read(model_dir: str) -> DataRecord | None:
    """Returns the record of a folder, or None if it has none.

    None also if it is damaged, with a warning.
    """
    return records.whole(os.path.join(model_dir, config_lib.DATASET_FILE), _from_json)


def _from_json(text: str) -> DataRecord:
    stored = records.parsed(text)
    records.check(stored, _KINDS)
    if unknown := sorted(set(stored) - set(_KINDS)):
        raise ValueError(f"{records.shown(unknown[0])} is unknown, perhaps from a newer version")
    names = tuple(stored.pop("class_names"))
    if not LEAST_CLASSES <= len(names) <= MOST_CLASSES:
        raise ValueError(f"{len(names):,} classes; allowed: {LEAST_CLASSES} to {MOST_CLASSES}")
    return DataRecord(class_names=names, **stored)


def read_or_infer(model_dir: str) -> DataRecord | None:
    """Returns the record of a folder, or what the files of an older version tell.

    None for a folder without a record that this package did not train in.

    Raises:
      SettingsError: `config.json` cannot be used.
    """
    record = read(model_dir)
    stored = None if record else config_lib.load_or_none(model_dir)
    if stored is None:
        return record
    return DataRecord(
        dataset=place_of(stored.dataset),
        name=None,
        class_names=None,
        digits=None,
        train_sha256=None,
        validation_examples=stored.validation_examples,
        validation_sha256=None,
    )


def frames_digits(model_dir: str) -> bool:
    """Returns whether pictures for the model of a folder are framed as MNIST's digits are.

    In a folder of an older version the class names say it, `0` to `9`.

    Raises:
      DataError: `classes.txt` cannot be used.
    """
    record = read(model_dir)
    if record is not None and record.digits is not None:
        return record.digits
    return class_names.are_digits(class_names.saved_class_names(model_dir))


def mismatch(config: Config, dataset: Dataset) -> str | None:
    """Returns a line if a run's data are not those that its model was trained on, else None.

    Raises:
      UserError: as `read_or_infer` does.
    """
    before = read_or_infer(config.model_dir)
    if before is None or place_of(config.dataset) == before.dataset:
        return None
    if before.train_sha256 == sha256_of(dataset.train):
        return None
    return (
        f"the data are {config.dataset}, and the model in {config.model_dir} was trained on "
        f"{before.dataset}"
    )


def split_mismatch(config: Config, split: str, examples: Examples | Selected) -> str | None:
    """Returns a line if a split is to measure a model on images that it was trained on, else None.

    Args:
      config: the run.
      split: one of `config.choices.SPLITS`; only `validation` promises other images.
      examples: those of the split.
    """
    if split != "validation" or config.limit_examples is not None:
        return None
    before = read(config.model_dir)
    if before is None or before.validation_sha256 in (None, sha256_of(examples)):
        return None
    return (
        f"these are not the {before.validation_examples:,} images that the model in "
        f"{config.model_dir} was validated on; it may have been trained on some of them"
    )


def measured_mismatch(
    config: Config, dataset: Dataset, split: str, examples: Examples | Selected
) -> str | None:
    """Returns a line if what is measured does not fit the model's training, else None.

    Args:
      config: the run.
      dataset: its data.
      split: one of `config.choices.SPLITS`.
      examples: those of the split.

    Raises:
      UserError: as `read_or_infer` does.
    """
    return mismatch(config, dataset) or split_mismatch(config, split, examples)


def place_of(dataset: str) -> str:
    """Returns the absolute path of a folder or file, and any other name as it is."""
    path = os.path.expanduser(dataset)
    return os.path.abspath(path) if os.path.isabs(path) or os.path.exists(path) else dataset


def sha256_of(examples: Examples | Selected) -> str:
    """Returns the sha256 of images and labels, in hexadecimal digits."""
    digest = hashlib.sha256()
    for array in (examples.images, examples.labels):
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
