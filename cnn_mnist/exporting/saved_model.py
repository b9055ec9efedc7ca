"""Writes the SavedModel of an export: by Estimator, with named signatures and warm-up."""

from __future__ import annotations

import os

from cnn_mnist.config import Config
from cnn_mnist.data import data_record
from cnn_mnist.data.class_names import CLASS_NAMES_FILE
from cnn_mnist.estimator import build_estimator
from cnn_mnist.exporting import signatures, warm_up
from cnn_mnist.exporting.signatures import DEFAULT_SIGNATURE, INPUTS
from cnn_mnist.tf_compat import SavedModel

_SAVED_MODEL_FILE = "saved_model.pb"


def name_signatures(folder: str) -> None:
    """Renames a SavedModel's signatures to the names in `INPUTS`.

    Estimator names the additional ones `image_bytes:serving_default` and so on.
    """
    path = os.path.join(folder, _SAVED_MODEL_FILE)
    saved = SavedModel()
    with open(path, "rb") as file:
        saved.ParseFromString(file.read())
    for graph in saved.meta_graphs:
        for name in INPUTS:
            made = f"{name}:{DEFAULT_SIGNATURE}"
            if made in graph.signature_def:
                graph.signature_def[name].CopyFrom(graph.signature_def.pop(made))
    with open(path, "wb") as file:
        file.write(saved.SerializeToString(deterministic=True))


def write(config: Config, checkpoint: str, place: str) -> str:
    """Writes a checkpoint's SavedModel to a new folder within `place`, and returns its path."""
    names = os.path.join(config.model_dir, CLASS_NAMES_FILE)
    digits = data_record.frames_digits(config.model_dir)
    written = build_estimator(config, training=False).export_saved_model(
        place,
        signatures.input_receiver_fn(digits),
        assets_extra={CLASS_NAMES_FILE: names} if os.path.exists(names) else None,
        checkpoint_path=checkpoint,
    )
    folder = os.fsdecode(written)
    name_signatures(folder)
    warm_up.write(folder)
    return folder
