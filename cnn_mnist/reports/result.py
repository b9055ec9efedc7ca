"""The first part of a report: what a model reached, and the time it took."""

from __future__ import annotations

import time

import numpy as np

from cnn_mnist.config import Config
from cnn_mnist.data import splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.evaluation.results import Evaluation, Predictions
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.reports import tables
from cnn_mnist.reports.html import Section, Table
from cnn_mnist.reports.texts import Texts


class Times:
    """The wall time of writing a report, part by part.

    Attributes:
      parts: the seconds of each part by name, in the order in which they first ended.
    """

    def __init__(self, began: float) -> None:
        self.parts: dict[str, float] = {}
        self._ended = began

    def end(self, part: str) -> None:
        """Counts the time since the part before as that of this one, which may come again."""
        now = time.perf_counter()
        self.parts[part] = self.parts.get(part, 0.0) + now - self._ended
        self._ended = now

    @property
    def whole(self) -> float:
        """The seconds of all parts."""
        return sum(self.parts.values())


def section(
    config: Config,
    dataset: Dataset,
    evaluation: Evaluation,
    answers: Predictions,
    times: Times,
    texts: Texts,
) -> Section:
    """Returns the table of the result: what the checkpoint reached, on which images, how fast."""
    best = best_checkpoint.read(config.model_dir)
    steps = {"step": f"{evaluation.step:,}", "steps": f"{config.train_steps:,}"}
    rows = [
        (texts("test_accuracy"), f"{evaluation.accuracy:.2%}"),
        (texts("test_loss"), f"{evaluation.loss:.4f}"),
        (texts("training_step"), texts("step_of", **steps)),
    ]
    if best and best.validation.step == evaluation.step:
        measured = best.validation.metrics
        facts = {"accuracy": f"{measured['accuracy']:.2%}", "loss": f"{measured['loss']:.4f}"}
        text = texts("validation_is", monitor=config.monitor, **facts)
        rows.append((texts("validation"), text))
    if answers.uncertain is not None:
        rates = _uncertain_rates(answers, dataset.test.labels, texts)
        rows.append((texts("marked_uncertain"), rates))
    training, validation = splits.training_and_validation(dataset, config)
    total = f"{evaluation.total:,}"
    parts = {"training": f"{len(training):,}", "validation": f"{len(validation):,}"}
    rows.append((texts("images"), texts("images_are", test=total, **parts)))
    if spent := tables.training_time(config, texts):
        rows.append((texts("training_time"), spent))
    rows.append((texts("report_time"), _report_time(times, total, texts)))
    if machine := tables.machine(config, texts):
        rows.append((texts("machine"), machine))
    return Section(texts("result"), "", [Table(rows)])


def _report_time(times: Times, total: str, texts: Texts) -> str:
    parts = {name: texts.duration(seconds) for name, seconds in times.parts.items()}
    return texts("report_times", time=texts.duration(times.whole), total=total, **parts)


def _uncertain_rates(answers: Predictions, labels: np.ndarray, texts: Texts) -> str:
    is_marked, is_wrong = np.asarray(answers.uncertain), answers.classes != labels
    of_right, of_wrong = is_marked[~is_wrong], is_marked[is_wrong]
    return texts(
        "marked_rates",
        wrong=f"{of_wrong.sum():,}",
        wrongs=f"{len(of_wrong):,}",
        right=f"{of_right.sum():,}",
        rights=f"{len(of_right):,}",
    )
