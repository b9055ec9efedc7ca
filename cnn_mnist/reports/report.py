"""`model_dir/report/index.html`: what a model learned, and how, in pictures and tables."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Sequence

import numpy as np

from cnn_mnist import plots
from cnn_mnist.config import Config
from cnn_mnist.data import splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.evaluation import evaluator, results
from cnn_mnist.evaluation.results import Evaluation, Predictions
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import checkpoints, epochs, events, validations
from cnn_mnist.plots import words
from cnn_mnist.reports import html, result, tables
from cnn_mnist.reports.html import Picture, Section
from cnn_mnist.reports.result import Times
from cnn_mnist.reports.texts import Texts
from cnn_mnist.support.progress import Progress
from cnn_mnist.uncertainty import calibration

FOLDER = "report"
MISTAKES = 24
"""How many mistakes the gallery shows at most."""
MOST_CHOSEN = 12
"""How many images are shown with their probabilities at most."""
_CHOSEN = 8


@dataclasses.dataclass(frozen=True)
class Chosen:
    """Images to show with the probability of each class.

    Attributes:
      images: uint8 `[count, 28, 28, 1]`, 0 is background.
      captions: a text for each; at most `MOST_CHOSEN`.
    """

    images: np.ndarray
    captions: Sequence[str]


def write(
    config: Config,
    progress: Progress | None = None,
    dataset: Dataset | None = None,
    chosen: Chosen | None = None,
    checkpoint: str = "best",
    language: str = "en",
    began: float | None = None,
) -> tuple[str, Evaluation]:
    """Tests a checkpoint and writes the report on it.

    Args:
      config: the run.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.
      chosen: images to show; None for the first test images and the least certain ones.
      checkpoint: which, see `model_folder.checkpoints.find`.
      language: of the page and its pictures, a key of `reports.texts.TABLES`.
      began: `time.perf_counter()` when the command began, for the time that the page names; None
        for the time of this call.

    Returns:
      The path of the page, and what the test images gave.

    Raises:
      UserError: the checkpoint does not exist, or belongs to another network, or the data
        cannot be used, or the folder cannot be written.
    """
    times = Times(time.perf_counter() if began is None else began)
    progress = progress or Progress()
    # Before the data, which take longer.
    checkpoints.find(config, checkpoint)
    dataset = dataset or splits.load_dataset(config, progress)
    config = splits.with_train_steps(config, dataset)
    times.end("start")
    with words.in_language(language) as drawn:
        texts = Texts(language, drawn)
        return checkpoints.read(
            config,
            checkpoint,
            lambda path: _written(config, progress, dataset, chosen, path, texts, times),
        )


def _written(
    config: Config,
    progress: Progress,
    dataset: Dataset,
    chosen: Chosen | None,
    checkpoint: str,
    texts: Texts,
    times: Times,
) -> tuple[str, Evaluation]:
    step = checkpoints.step_of(checkpoint)
    progress.say(f"Testing step {step:,} on the {len(dataset.test):,} test images")
    evaluation, answers = evaluator.evaluate_and_predict(
        config, "test", dataset=dataset, checkpoint=checkpoint
    )
    times.end("testing")
    found = calibration.of_checkpoint(checkpoint, step)
    answers = results.marked(answers, np.asarray(dataset.test.images), found)
    if chosen is None:
        shown, shown_answers = _first_and_least_certain(dataset, answers, texts)
    else:
        shown, shown_answers = chosen, evaluator.predict(config, chosen.images, checkpoint)
    progress.say("Drawing")
    sections = [
        _curves(config, evaluation.step, texts),
        _classes(evaluation, texts),
        _mistakes(dataset, answers, texts),
        _probabilities(shown, shown_answers, dataset.class_names, texts),
        tables.network(config, texts),
        tables.flags(config, texts),
        *tables.runs(config, texts),
    ]
    times.end("drawing")
    sections.insert(0, result.section(config, dataset, evaluation, answers, times, texts))
    title = texts("title", preset=config.preset, dataset=dataset.name)
    counts = {"correct": f"{evaluation.correct:,}", "total": f"{evaluation.total:,}"}
    lead = texts("lead", rate=f"{evaluation.accuracy:.2%}", **counts)
    folder = os.path.join(config.model_dir, FOLDER)
    return html.write(folder, title, lead, sections, texts.language), evaluation


def most_confident_mistakes(
    labels: np.ndarray, answers: Predictions, count: int = MISTAKES
) -> np.ndarray:
    """Returns the indices of at most `count` misclassified images, most confident first, int64."""
    wrong = np.flatnonzero(answers.classes != labels)
    surest = answers.probabilities.max(axis=1)[wrong]
    return wrong[np.argsort(-surest, kind="stable")][:count]


def _first_and_least_certain(
    dataset: Dataset, answers: Predictions, texts: Texts
) -> tuple[Chosen, Predictions]:
    surest = answers.probabilities.max(axis=1)
    first = np.arange(min(_CHOSEN // 2, len(surest)))
    rest = np.setdiff1d(np.argsort(surest, kind="stable")[:_CHOSEN], first, assume_unique=True)
    numbers = [*first, *rest[: _CHOSEN - len(first)]]
    names = [dataset.class_names[dataset.test.labels[number]] for number in numbers]
    captions = [
        texts.in_pictures("test_image", number=number, name=name)
        for number, name in zip(numbers, names, strict=True)
    ]
    shown = Chosen(dataset.test.images[numbers], captions)
    return shown, answers.at(numbers)


def _curves(config: Config, step: int, texts: Texts) -> Section:
    scalars = events.scalars(config.model_dir)
    accuracies = dict(scalars.get("accuracy", []))
    training = [(s, loss, accuracies.get(s, np.nan)) for s, loss in scalars.get("loss", [])]
    history = [
        (v.step, v.metrics["loss"], v.metrics["accuracy"])
        for v in validations.read(config.model_dir)
    ]
    best = best_checkpoint.read(config.model_dir)
    kept = best.validation.step if best else None
    counts = {"batches": f"{len(training):,}", "validations": f"{len(history):,}"}
    text = texts("curves_text", step=f"{step:,}", **counts)
    title = f"{config.preset}, {config.variant}"
    by_epoch = epochs.read(config.model_dir)
    means = [(epoch.step, epoch.loss, epoch.accuracy) for epoch in by_epoch]
    shown = (training, history, kept, title, means)
    png, narrow = plots.learning_curves_png(*shown), plots.learning_curves_png(*shown, narrow=True)
    described = texts("curves_alt")
    if history:
        last, loss, accuracy = history[-1]
        facts = {"loss": f"{loss:.4f}", "accuracy": f"{accuracy:.2%}"}
        described += texts("curves_last", step=f"{last:,}", **facts)
    picture = Picture("learning_curves.png", png, described, narrow)
    return Section(texts("curves"), text, [picture, *tables.by_epoch(by_epoch, config, texts)])


def _classes(evaluation: Evaluation, texts: Texts) -> Section:
    names, matrix = evaluation.class_names, evaluation.confusion_matrix
    rates = evaluation.class_accuracy
    spoken = ", ".join(
        texts("class_without_images", name=name) if np.isnan(rate) else f"{name}: {rate:.1%}"
        for name, rate in zip(names, rates, strict=True)
    )
    facts = {"total": f"{evaluation.total:,}", "step": f"{evaluation.step:,}"}
    title = texts.in_pictures("confusion_title", **facts)
    return Section(
        texts("classes"),
        texts("classes_text"),
        [
            Picture(
                "class_accuracy.png",
                plots.class_accuracy_png(matrix, names),
                texts("class_accuracy_alt", rates=spoken),
                plots.class_accuracy_png(matrix, names, narrow=True),
            ),
            Picture(
                "confusion_matrix.png",
                plots.confusion_matrix_png(matrix, names, title),
                texts("confusion_alt", worst=_worst_confusion(evaluation, texts)),
                plots.confusion_matrix_png(matrix, names, title, narrow=True),
            ),
        ],
    )


def _worst_confusion(evaluation: Evaluation, texts: Texts) -> str:
    wrong = evaluation.confusion_matrix * (1 - np.eye(len(evaluation.class_names), dtype=np.int64))
    label, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    if not wrong[label, said]:
        return texts("no_confusion")
    names, total = evaluation.class_names, evaluation.confusion_matrix[label].sum()
    counts = {"count": f"{wrong[label, said]:,}", "total": f"{total:,}"}
    return texts("worst_confusion", label=names[label], said=names[said], **counts)


def _mistakes(dataset: Dataset, answers: Predictions, texts: Texts) -> Section:
    labels, names = dataset.test.labels, dataset.class_names
    numbers = most_confident_mistakes(labels, answers)
    count = int((answers.classes != labels).sum())
    shown = (
        dataset.test.images[numbers],
        labels[numbers],
        answers.classes[numbers],
        answers.probabilities[numbers].max(axis=1),
        names,
        numbers,
    )
    text = texts("mistakes_text", count=f"{count:,}", total=f"{len(labels):,}")
    if count > len(numbers):
        text += texts("mistakes_shown", count=len(numbers))
    spoken = "; ".join(
        texts("mistake_alt", number=n, label=names[labels[n]], said=names[answers.classes[n]])
        for n in numbers
    )
    png, narrow = plots.mistakes_png(*shown), plots.mistakes_png(*shown, narrow=True)
    picture = Picture("mistakes.png", png, spoken or texts("no_mistakes"), narrow)
    return Section(texts("mistakes"), text, [picture])


def _probabilities(
    chosen: Chosen, answers: Predictions, names: Sequence[str], texts: Texts
) -> Section:
    marks = [texts.mark_in_pictures(answers.mark(number)) for number in range(len(chosen.captions))]
    captions = [", ".join(filter(None, pair)) for pair in zip(chosen.captions, marks, strict=True)]
    shown = (chosen.images, answers.probabilities, names, captions)
    spoken = "; ".join(
        texts("probabilities_alt", caption=caption, name=names[best], rate=f"{rates.max():.1%}")
        for caption, best, rates in zip(
            captions, answers.classes, answers.probabilities, strict=True
        )
    )
    png, narrow = plots.probabilities_png(*shown), plots.probabilities_png(*shown, narrow=True)
    picture = Picture("probabilities.png", png, spoken, narrow)
    return Section(texts("probabilities"), texts("probabilities_text"), [picture])
