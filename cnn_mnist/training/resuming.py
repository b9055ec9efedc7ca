"""What differs from the earlier training in a folder: refused, begun anew, or reported."""

from __future__ import annotations

from typing import Any

from cnn_mnist import config as config_lib
from cnn_mnist.config import Config, fields
from cnn_mnist.data import data_record, splits
from cnn_mnist.data.data_record import DataRecord
from cnn_mnist.data.loading import Dataset, Examples
from cnn_mnist.errors import CheckpointError, argument, given
from cnn_mnist.model_folder import best, checkpoints, runs
from cnn_mnist.support.progress import Progress
from cnn_mnist.training import readiness

# These change nothing in a training that is resumed, or follow from other settings, or are said
# in another line.
_UNSAID = (
    *("preset", "initializer", "epochs", "deterministic"),
    *("dataset", "data_dir", "validation_examples", "validation_seed"),
)
_MOST_NAMES = 3


def check_same_data(
    config: Config, dataset: Dataset | None = None, progress: Progress | None = None
) -> None:
    """Refuses another data set than the one that the model in `model_dir` was trained on.

    Args:
      config: the run.
      dataset: its data; without them they are loaded only if their name differs.
      progress: shows what happens while they are loaded.

    Raises:
      CheckpointError: the images are others and of another data set, or the classes are others.
      DataError: the data cannot be used.
    """
    before = data_record.read_or_infer(config.model_dir)
    if before is None or checkpoints.latest_step(config.model_dir) is None:
        return
    place = data_record.place_of(config.dataset)
    if dataset is None:
        if place == before.dataset:
            return
        if before.train_sha256 is not None:
            dataset = splits.load_dataset(config, progress)
    is_other = place != before.dataset or (dataset and before.name not in (None, dataset.name))
    if is_other and not _holds_same_images(before, dataset):
        names = config.dataset, before.dataset
        if place == before.dataset and dataset and before.name:
            names = dataset.name, before.name
        raise CheckpointError(
            f"{given(dataset=names[0])} differs: {config.model_dir} was trained on {names[1]}; go "
            f"on with {given(dataset=names[1])}, or give another {argument('model_dir')}"
        )
    if dataset and before.class_names not in (None, dataset.class_names):
        raise CheckpointError(
            f"{given(dataset=config.dataset)} has other classes ({_short(dataset.class_names)}) "
            f"than {config.model_dir} was trained on ({_short(before.class_names)}); give another "
            f"{argument('model_dir')}"
        )


def _holds_same_images(before: DataRecord, dataset: Dataset | None) -> bool:
    return dataset is not None and data_record.sha256_of(dataset.train) == before.train_sha256


def _short(names: tuple[str, ...] | None) -> str:
    names = names or ()
    more = f", … {len(names)} in all" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def prepare(config: Config, dataset: Dataset, validation: Examples, progress: Progress) -> None:
    """Has the best begin anew if the validation images are others, and records the data.

    Says so, and which settings of training differ from before. Call it only while holding the
    folder's `TrainingLock`, before `config.json` is written.

    Args:
      config: the run.
      dataset: its data.
      validation: the validation examples.
      progress: receives what differs.
    """
    step = checkpoints.latest_step(config.model_dir)
    now = data_record.record_of(config, dataset, validation)
    if step is not None and step >= config.train_steps:
        return
    if step:
        _begin_best_anew(config, now, progress)
        if not readiness.is_finished(config):
            _say_changed_settings(config, step, progress)
    data_record.write(config.model_dir, now)


def _begin_best_anew(config: Config, now: DataRecord, progress: Progress) -> None:
    before = data_record.read_or_infer(config.model_dir)
    why = before and _other_validation_images(config, before, now)
    if why and best.set_aside(config.model_dir):
        progress.say(
            f"The validation images are not those of before ({why}), so the best checkpoint begins "
            f"anew; the one of before is in {best.set_aside_place(config.model_dir)}"
        )


def _other_validation_images(config: Config, before: DataRecord, now: DataRecord) -> str | None:
    """Returns in which way the validation images are others, in a few words, or None."""
    counts = before.validation_examples, now.validation_examples
    if counts[0] != counts[1]:
        return f"{counts[1]:,}, before {counts[0]:,}"
    if before.validation_sha256 is not None:
        is_same = before.validation_sha256 == now.validation_sha256
        return None if is_same else _why_others(config)
    kept = best.read(config.model_dir)
    name = runs.earlier_data_set(config.model_dir, kept.validation.step) if kept else None
    return f"before of {name}" if name else None


def _why_others(config: Config) -> str:
    stored = config_lib.load_or_none(config.model_dir)
    if stored is None or stored.validation_seed == config.validation_seed:
        return "other pixels or labels"
    return f"validation_seed {config.validation_seed}, before {stored.validation_seed}"


def _say_changed_settings(config: Config, step: int, progress: Progress) -> None:
    changed = changed_settings(config)
    if changed:
        shown = [f"{name} {now} (so far {before})" for name, (now, before) in changed.items()]
        progress.say(f"From step {step:,} on: {', '.join(shown)}")


def changed_settings(config: Config) -> dict[str, tuple[str, str]]:
    """Returns the settings of training that differ from those that `model_dir` was trained with.

    Args:
      config: the run.

    Returns:
      For each setting's name its value and that of before, as texts; empty for a new folder.

    Raises:
      SettingsError: `config.json` cannot be read.
    """
    stored = config_lib.load_or_none(config.model_dir)
    if stored is None:
        return {}
    rows = (*fields.GROUPS["Recipe"], *fields.GROUPS["Data"])
    names = [row.name for row in rows if row.in_config and row.stored]
    return {
        name: (_shown(getattr(config, name)), _shown(getattr(stored, name)))
        for name in names
        if name not in _UNSAID and getattr(config, name) != getattr(stored, name)
    }


def _shown(value: Any) -> str:
    if value is None:
        return "all"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else f"{value}"
