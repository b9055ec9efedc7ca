"""The verbs, each a function of a `Config`: what the tutorial's `main` does, step by step.

from cnn_mnist import config, experiment

settings = config.from_preset("/tmp/mnist", variant="nn")
result = experiment.train_and_evaluate(settings)
print(result.evaluation.accuracy, result.export)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from cnn_mnist.config import Config, classes
from cnn_mnist.data import splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.data.splits import load_dataset
from cnn_mnist.errors import DivergedError
from cnn_mnist.estimator import build_estimator
from cnn_mnist.evaluation.evaluator import evaluate, predict
from cnn_mnist.evaluation.predictor import Predictor
from cnn_mnist.evaluation.results import Evaluation
from cnn_mnist.evaluation.tfjs_model import evaluate_layers_model
from cnn_mnist.exporting import exporter
from cnn_mnist.exporting.exporter import export
from cnn_mnist.model_folder import checkpoints, runs
from cnn_mnist.support.progress import Progress
from cnn_mnist.tf_compat import KERNELS
from cnn_mnist.training import trainer
from cnn_mnist.training.result import TrainResult
from cnn_mnist.training.trainer import train

__all__ = [
    "Predictor",
    "TrainAndEvaluateResult",
    "build_estimator",
    "evaluate",
    "evaluate_layers_model",
    "export",
    "load_dataset",
    "predict",
    "train",
    "train_and_evaluate",
    "train_and_record",
]


@dataclasses.dataclass(frozen=True)
class TrainAndEvaluateResult:
    """What `train_and_evaluate` did.

    Attributes:
      trained: what training did.
      evaluation: what the test images gave; None where a signal stopped training.
      export: the folder of the exported version; None where training was stopped before its
        first validation.
    """

    trained: TrainResult
    evaluation: Evaluation | None
    export: str | None


def train_and_evaluate(
    config: Config,
    progress: Progress | None = None,
    dataset: Dataset | None = None,
    checkpoint: str = "best",
    command: Sequence[str] = ("experiment.train_and_evaluate",),
) -> TrainAndEvaluateResult:
    """Trains, evaluates on the test images, exports, and adds a line to `model_dir/runs.jsonl`.

    If a signal stops training, or it diverges, the checkpoint that did best on the validation
    images is exported, if there is one. A folder that is trained already is evaluated and
    exported again.

    Args:
      config: the run.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.
      checkpoint: which is evaluated and exported, see `model_folder.checkpoints.find`.
      command: the command line for the record.

    Raises:
      SettingsError: early stopping has no validation images, or the data hold too few.
      DataError: the data cannot be used.
      CheckpointError: the checkpoint does not exist, or `model_dir` cannot be trained in.
      DivergedError: the loss or a weight became NaN or infinite, see `train`.
      ExportError: the export cannot be written.
      InstallationError: a package that writes the `export_formats` is missing.
    """
    progress = progress or Progress()
    # Before training, not after it.
    exporter.check_installed(config)
    if checkpoint not in ("best", "last"):
        checkpoints.find(classes.as_trained(config), checkpoint)
    trainer.check(config)
    dataset = dataset or splits.load_dataset(config, progress)
    config = splits.with_train_steps(config, dataset, progress.say)
    try:
        trained = train_and_record(config, "train_and_evaluate", command, progress, dataset)
    except DivergedError as error:
        _export_best(config, error.result, progress, dataset)
        raise
    if trained.stopped_by is not None:
        return TrainAndEvaluateResult(
            trained, None, _export_best(config, trained, progress, dataset)
        )
    progress.say(f"Evaluating on the {len(dataset.test):,} test images")
    evaluation = evaluate(config, "test", dataset=dataset, checkpoint=checkpoint)
    exported = export(config, checkpoint=checkpoint, dataset=dataset)
    return TrainAndEvaluateResult(trained, evaluation, exported)


def train_and_record(
    config: Config,
    mode: str,
    command: Sequence[str],
    progress: Progress | None = None,
    dataset: Dataset | None = None,
) -> TrainResult:
    """Trains as `train` does, and adds a line to `model_dir/runs.jsonl`, also if it diverged.

    Args:
      config: the run.
      mode: one of `config.choices.MODES`, for the record.
      command: the command line for the record.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.

    Raises:
      UserError: as `train` does.
    """
    progress = progress or Progress()
    trainer.check(config)
    dataset = dataset or splits.load_dataset(config, progress)
    # The record says what was trained, not what the preset has for other data.
    config = splits.with_train_steps(config, dataset, progress.say)
    try:
        trained = train(config, progress, dataset)
    except DivergedError as error:
        _record(config, mode, command, error.result)
        raise
    _record(config, mode, command, trained)
    return trained


def _record(config: Config, mode: str, command: Sequence[str], trained: TrainResult) -> None:
    kernels, result = dataclasses.asdict(KERNELS), dataclasses.asdict(trained)
    runs.record(config, mode, command, kernels=kernels, trained=result)


def _export_best(
    config: Config, trained: TrainResult, progress: Progress, dataset: Dataset
) -> str | None:
    if trained.best is None:
        return None
    exported = export(config, checkpoint="best", dataset=dataset)
    best = trained.best.validation
    progress.say(
        f"The best so far, step {best.step:,} with {best.metrics['accuracy']:.2%} of the "
        f"validation images, is exported to {exported}"
    )
    return exported
