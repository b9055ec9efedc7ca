"""`model_dir/report/index.html`: what a model learned, and how, in pictures and tables."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

import numpy as np

from cnn_mnist import plots
from cnn_mnist.config import Config
from cnn_mnist.data import splits
from cnn_mnist.data.loading import Dataset
from cnn_mnist.evaluation import evaluator, results
from cnn_mnist.evaluation.results import Evaluation, Predictions
from cnn_mnist.model_folder import best as best_checkpoint
from cnn_mnist.model_folder import checkpoints, events, validations
from cnn_mnist.reports import html, tables
from cnn_mnist.reports.html import Picture, Section, Table
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
) -> tuple[str, Evaluation]:
    """Tests a checkpoint and writes the report on it.

    Args:
      config: the run.
      progress: shows what happens; None for nothing.
      dataset: the data, if it is loaded already.
      chosen: images to show; None for the first test images and the least certain ones.
      checkpoint: which, see `model_folder.checkpoints.find`.

    Returns:
      The path of the page, and what the test images gave.

    Raises:
      UserError: the checkpoint does not exist, or belongs to another network, or the data
        cannot be used, or the folder cannot be written.
    """
    progress = progress or Progress()
    # Before the data, which take longer.
    checkpoints.find(config, checkpoint)
    dataset = dataset or splits.load_dataset(config, progress)
    config = splits.with_train_steps(config, dataset)
    return checkpoints.read(
        config, checkpoint, lambda path: _written(config, progress, dataset, chosen, path)
    )


def _written(
    config: Config, progress: Progress, dataset: Dataset, chosen: Chosen | None, checkpoint: str
) -> tuple[str, Evaluation]:
    step = checkpoints.step_of(checkpoint)
    progress.say(f"Testing step {step:,} on the {len(dataset.test):,} test images")
    evaluation, answers = evaluator.evaluate_and_predict(
        config, "test", dataset=dataset, checkpoint=checkpoint
    )
    found = calibration.of_checkpoint(checkpoint, step)
    answers = results.marked(answers, np.asarray(dataset.test.images), found)
    if chosen is None:
        shown, shown_answers = _first_and_least_certain(dataset, answers)
    else:
        shown, shown_answers = chosen, evaluator.predict(config, chosen.images, checkpoint)
    progress.say("Drawing")
    sections = [
        _results(config, dataset, evaluation, answers),
        _curves(config, evaluation.step),
        _classes(evaluation),
        _mistakes(dataset, answers),
        _probabilities(shown, shown_answers, dataset.class_names),
        tables.network(config),
        tables.flags(config),
        *tables.runs(config),
    ]
    title = f"{config.preset} on {dataset.name}"
    lead = (
        f"{evaluation.accuracy:.2%} of the test images are classified correctly: "
        f"{evaluation.correct:,} of {evaluation.total:,}."
    )
    folder = os.path.join(config.model_dir, FOLDER)
    return html.write(folder, title, lead, sections), evaluation


def most_confident_mistakes(
    labels: np.ndarray, answers: Predictions, count: int = MISTAKES
) -> np.ndarray:
    """Returns the indices of at most `count` misclassified images, most confident first, int64."""
    wrong = np.flatnonzero(answers.classes != labels)
    surest = answers.probabilities.max(axis=1)[wrong]
    return wrong[np.argsort(-surest, kind="stable")][:count]


def _first_and_least_certain(dataset: Dataset, answers: Predictions) -> tuple[Chosen, Predictions]:
    surest = answers.probabilities.max(axis=1)
    first = np.arange(min(_CHOSEN // 2, len(surest)))
    rest = np.setdiff1d(np.argsort(surest, kind="stable")[:_CHOSEN], first, assume_unique=True)
    numbers = [*first, *rest[: _CHOSEN - len(first)]]
    names = [dataset.class_names[dataset.test.labels[number]] for number in numbers]
    captions = [f"test image {n}, label {name}" for n, name in zip(numbers, names, strict=True)]
    shown = Chosen(dataset.test.images[numbers], captions)
    return shown, answers.at(numbers)


def _results(
    config: Config, dataset: Dataset, evaluation: Evaluation, answers: Predictions
) -> Section:
    best = best_checkpoint.read(config.model_dir)
    rows = [
        ("Test accuracy", f"{evaluation.accuracy:.2%}"),
        ("Test loss", f"{evaluation.loss:.4f}"),
        ("Training step", f"{evaluation.step:,} of {config.train_steps:,}"),
    ]
    if best and best.validation.step == evaluation.step:
        accuracy, loss = (best.validation.metrics[name] for name in ("accuracy", "loss"))
        text = f"{accuracy:.2%}, loss {loss:.4f}, the best {config.monitor}"
        rows.append(("Validation", text))
    if answers.uncertain is not None:
        rows.append(("Marked uncertain", _uncertain_rates(answers, dataset.test.labels)))
    training, validation = splits.training_and_validation(dataset, config)
    text = f"{len(training):,} to train on, {len(validation):,} to validate, "
    rows.append(("Images", text + f"{evaluation.total:,} to test"))
    if time := tables.training_time(config):
        rows.append(("Training time", time))
    return Section("Result", "", [Table(rows)])


def _uncertain_rates(answers: Predictions, labels: np.ndarray) -> str:
    is_marked, is_wrong = np.asarray(answers.uncertain), answers.classes != labels
    of_right, of_wrong = is_marked[~is_wrong], is_marked[is_wrong]
    return (
        f"{of_wrong.sum():,} of {len(of_wrong):,} wrong answers, "
        f"{of_right.sum():,} of {len(of_right):,} right ones"
    )


def _curves(config: Config, step: int) -> Section:
    scalars = events.scalars(config.model_dir)
    accuracies = dict(scalars.get("accuracy", []))
    training = [(s, loss, accuracies.get(s, np.nan)) for s, loss in scalars.get("loss", [])]
    history = [
        (v.step, v.metrics["loss"], v.metrics["accuracy"])
        for v in validations.read(config.model_dir)
    ]
    best = best_checkpoint.read(config.model_dir)
    kept = best.validation.step if best else None
    text = (
        f"{len(training):,} training batches were recorded and {len(history):,} validations; "
        f"this report tests the model of step {step:,}."
    )
    title = f"{config.preset}, {config.variant}"
    png = plots.learning_curves_png(training, history, kept, title)
    described = "Loss and accuracy over the training steps"
    if history:
        last, loss, accuracy = history[-1]
        described += f"; at step {last:,} validation loss {loss:.4f}, accuracy {accuracy:.2%}"
    return Section("Learning curves", text, [Picture("learning_curves.png", png, described)])


def _classes(evaluation: Evaluation) -> Section:
    names, matrix = evaluation.class_names, evaluation.confusion_matrix
    rates = evaluation.class_accuracy
    spoken = ", ".join(
        f"{name}: no images" if np.isnan(rate) else f"{name}: {rate:.1%}"
        for name, rate in zip(names, rates, strict=True)
    )
    title = f"{evaluation.total:,} test images, step {evaluation.step:,}"
    return Section(
        "Classes",
        "How many images of each class are classified correctly, and what the others are called.",
        [
            Picture(
                "class_accuracy.png",
                plots.class_accuracy_png(matrix, names),
                f"Accuracy of each class. {spoken}",
            ),
            Picture(
                "confusion_matrix.png",
                plots.confusion_matrix_png(matrix, names, title),
                f"Confusion matrix; {_worst_confusion(evaluation)}",
            ),
        ],
    )


def _worst_confusion(evaluation: Evaluation) -> str:
    wrong = evaluation.confusion_matrix * (1 - np.eye(len(evaluation.class_names), dtype=np.int64))
    label, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    if not wrong[label, said]:
        return "no mistakes"
    names = evaluation.class_names
    count = f"{wrong[label, said]:,} of {evaluation.confusion_matrix[label].sum():,}"
    return f"most often mistaken: {names[label]} for {names[said]}, {count}"


def _mistakes(dataset: Dataset, answers: Predictions) -> Section:
    labels = dataset.test.labels
    numbers = most_confident_mistakes(labels, answers)
    count = int((answers.classes != labels).sum())
    png = plots.mistakes_png(
        dataset.test.images[numbers],
        labels[numbers],
        answers.classes[numbers],
        answers.probabilities[numbers].max(axis=1),
        dataset.class_names,
        numbers,
    )
    text = f"{count:,} of {len(labels):,} test images are misclassified."
    if count > len(numbers):
        text += f" These are the {len(numbers)} with the highest probability."
    names = dataset.class_names
    spoken = "; ".join(
        f"test image {n} is {names[labels[n]]}, predicted as {names[answers.classes[n]]}"
        for n in numbers
    )
    return Section("Mistakes", text, [Picture("mistakes.png", png, spoken or "No mistakes")])


def _probabilities(chosen: Chosen, answers: Predictions, names: Sequence[str]) -> Section:
    marks = [answers.mark(number) for number in range(len(chosen.captions))]
    captions = [", ".join(filter(None, pair)) for pair in zip(chosen.captions, marks, strict=True)]
    png = plots.probabilities_png(chosen.images, answers.probabilities, names, captions)
    spoken = "; ".join(
        f"{caption}: {names[best]} at {probabilities.max():.1%}"
        for caption, best, probabilities in zip(
            captions, answers.classes, answers.probabilities, strict=True
        )
    )
    return Section(
        "Probabilities",
        "How sure the network is of each class.",
        [Picture("probabilities.png", png, spoken)],
    )
