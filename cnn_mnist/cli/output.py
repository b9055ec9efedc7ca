"""What the command prints about its results, as text and as JSON."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_mnist.model_folder import exports
from cnn_mnist.support import shell, terminal
from cnn_mnist.support.progress import duration

if TYPE_CHECKING:
    from cnn_mnist.config import Config
    from cnn_mnist.evaluation.readings import Reading
    from cnn_mnist.evaluation.results import Evaluation, Predictions
    from cnn_mnist.evaluation.served import ServerEvaluation
    from cnn_mnist.serving.server import Server
    from cnn_mnist.training.result import TrainResult


def training(config: Config, trained: TrainResult, seconds: float) -> str:
    """Returns what training did, in one or two lines; `seconds` is the command's whole time."""
    rate = trained.images_per_second
    speed = "" if math.isnan(rate) else f", {rate:,.0f} images/s in {trained.precision}"
    steps = f"{trained.last_step:,} steps"
    if trained.stopped_early:
        steps = f"stopped early after {trained.last_step:,} of {trained.train_steps:,} steps"
    if 0 < trained.first_step < trained.last_step:
        # The steps before may have had another size.
        steps += f", the last {trained.last_step - trained.first_step:,}"
    each = f"{trained.devices} x " if trained.devices > 1 else ""
    batch = f"{each}{config.batch_size}"
    lines = [
        f"Trained     {config.preset}, {config.variant}: {steps} of "
        f"{batch}{speed}, {duration(seconds)} in all"
    ]
    if trained.best is not None and trained.validations:
        best = trained.best.validation
        lines.append(
            f"Validation  {best.metrics['accuracy']:.2%}, loss {best.metrics['loss']:.4f} at step "
            f"{best.step:,}, the best {config.monitor} of {trained.validations}"
        )
    return "\n".join(lines)


def finished(
    config: Config,
    step: int,
    evaluated: dict[str, Any] | None,
    changed: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """Returns that training is finished, its result, and what can be done next.

    Args:
      config: the run.
      step: training steps that are done.
      evaluated: the record of the test, if it is of this model.
      changed: settings that differ from those it was trained with, see
        `training.resuming.changed_settings`; no further step uses them.
    """
    place = f"--model_dir={shlex.quote(config.model_dir)}"
    early = step < config.train_steps
    lines = [
        f"{config.model_dir} is finished: {step:,} of {config.train_steps:,} steps are trained"
        + (f", {_why_early(config)}." if early else ".")
    ]
    if evaluated:
        lines.append(f"Test accuracy was {score(evaluated['correct'], evaluated['total'])}.")
    lines += [
        f"--{name}={now} was not used: it was trained with {before}. "
        f"Another --model_dir trains with {now}."
        for name, (now, before) in (changed or {}).items()
        if name != "train_steps"
    ]
    more = "--early_stopping_patience=0" if early else f"--train_steps={2 * step}"
    return "\n".join(
        (
            *lines,
            f"  to train on         {place} {more}",
            f"  to evaluate         {place} --mode=evaluate",
            f"  to see a report     {place} --mode=report",
            f"  to look at images   {place} --mode=predict --images=...",
            "  to start afresh     another --model_dir, or delete this one",
        )
    )


def _why_early(config: Config) -> str:
    times = config.early_stopping_patience
    waited = "one validation" if times == 1 else f"{times} validations in a row"
    return f"early stopping ended it ({waited} did not improve {config.monitor})"


def evaluation(result: Evaluation) -> str:
    """Returns accuracy as a rate and as a count, loss, and the class with the lowest accuracy."""
    rates = result.class_accuracy
    worst = int(np.nanargmin(rates))
    return "\n".join(
        (
            f"{result.split.capitalize():<11} {score(result.correct, result.total)}, "
            f"loss {result.loss:.4f}",
            f"            lowest for class {result.class_names[worst]!r}: {rates[worst]:.2%}",
        )
    )


def server(asked: Server, result: ServerEvaluation) -> str:
    """Returns the server, its model's version, rate and latency."""
    latencies = ", ".join(f"{p} % within {result.latency(p):.1f} ms" for p in (50, 95, 99))
    label = "" if asked.label is None else f" ({terminal.visible(asked.label)})"
    images = "1 image" if asked.batch_size == 1 else f"{asked.batch_size:,} images"
    return "\n".join(
        (
            f"Server      {asked.address}, {asked.model} version {result.version}{label}",
            f"Rate        {result.images_per_second:,.0f} images/s, {asked.concurrency} requests "
            f"at a time, {images} each",
            f"Latency     {latencies}",
        )
    )


def score(correct: int, total: int) -> str:
    """Returns `99.12 % (9,912 of 10,000)`."""
    return f"{correct / total:.2%} ({correct:,} of {total:,})"


def places(model_dir: str, exported: str) -> str:
    """Returns the folders of model and export, and the commands that show and serve them.

    Also where what the export holds besides its SavedModel lies.

    TensorBoard's command names this Python, since it may stand in no PATH; so does the one that
    serves, if there is no clone.
    """
    model, export = os.path.abspath(model_dir), os.path.abspath(exported)
    beside = exports.formats_of(export)[1:]
    python = shlex.quote(sys.executable or "python")
    return "\n".join(
        (
            f"Model       {model}",
            f"Export      {export}",
            *(f"{name.capitalize():<11} {os.path.join(export, name)}" for name in beside),
            f"Look        {python} -m tensorboard.main --logdir={shlex.quote(model)}",
            f"Serve       {_serve(python)} {shlex.quote(model)}",
        )
    )


def _serve(python: str) -> str:
    return "scripts/serve" if shell.CLONE else f"{python} -m cnn_mnist.serving"


def reading(path: str, found: Reading, names: Sequence[str], form: str) -> str:
    """Returns the line of one picture; `form` is `text` or `json`."""
    if form == "json":
        if found.boxes is None:
            values = _as_json(found.answers, 0, names)
        else:
            values = {"text": found.text(names), "digits": _digits(found, names)}
        return json.dumps({"image": path, **values}, ensure_ascii=False)
    if found.boxes is None:
        return f"{terminal.visible(path)}: {_as_text(found.answers, 0, names)}"
    each = [_as_text(found.answers, number, names) for number in range(len(found.boxes))]
    listed = f"{found.text(names)}: {'; '.join(each)}"
    return f"{terminal.visible(path)}: {listed if each else 'nothing is drawn'}"


def _digits(found: Reading, names: Sequence[str]) -> list[dict[str, Any]]:
    """Returns each digit of a picture; its box is in parts of the picture's width and height."""
    sides = ("top", "left", "bottom", "right")
    return [
        {
            **_as_json(found.answers, number, names),
            "box": {side: round(at, 4) for side, at in zip(sides, box, strict=True)},
        }
        for number, box in enumerate(found.boxes or ())
    ]


def _as_text(answers: Predictions, number: int, names: Sequence[str]) -> str:
    probabilities, mark = answers.probabilities[number], answers.mark(number)
    if answers.blank is not None and answers.blank[number]:
        return mark
    best = int(probabilities.argmax())
    text = f"{names[best]} ({probabilities[best]:.1%})"
    return f"{text}, {mark}" if mark else text


def _as_json(answers: Predictions, number: int, names: Sequence[str]) -> dict[str, Any]:
    probabilities = answers.probabilities[number]
    best = int(probabilities.argmax())
    marks = {
        name: None if values is None else values[number].item()
        for name, values in (
            ("blank", answers.blank),
            ("uncertain", answers.uncertain),
            ("confidence", answers.confidences),
        )
    }
    return {
        "class": best,
        "class_name": names[best],
        "probability": float(probabilities[best]),
        "probabilities": [float(p) for p in probabilities],
        **marks,
    }
