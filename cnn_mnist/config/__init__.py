"""The settings of a run: `Config`, the recipes it starts from, and what each field may hold."""

from cnn_mnist.config.settings import (
    CONFIG_FILE,
    DATASET_FILE,
    NOT_STORED,
    Config,
    from_preset,
    load,
    load_or_none,
    save,
    with_length,
    with_train_steps,
)

__all__ = [
    "CONFIG_FILE",
    "DATASET_FILE",
    "NOT_STORED",
    "Config",
    "from_preset",
    "load",
    "load_or_none",
    "save",
    "with_length",
    "with_train_steps",
]
