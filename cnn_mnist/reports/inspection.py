"""The kernels, and each layer's output for an image, before and after training.

Before training means the initial weights, which the seed decides and which are drawn
anew here as training drew them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnn_mnist import model, plots
from cnn_mnist.config import Config
from cnn_mnist.data import class_names
from cnn_mnist.model_folder import checkpoints
from cnn_mnist.networks import architecture
from cnn_mnist.plots import words
from cnn_mnist.plots.tensorboard import image_value
from cnn_mnist.reports import html
from cnn_mnist.reports.html import Picture, Section
from cnn_mnist.reports.texts import Texts
from cnn_mnist.tf_compat import forks, tf

FOLDER = "inspect"
"""Under `model_dir`; holds the page, the pictures, and an event file for TensorBoard."""
MOST_IMAGES = 12
"""A page with more of them would be too long to read."""
_EVENTS_SUFFIX = ".inspect"
# Those whose output is drawn: flatten and dropout only hand on what they get.
_KINDS = (
    *(architecture.Conv, architecture.Pool, architecture.Dense),
    *(architecture.BatchNorm, architecture.Relu),
)
_WRITTEN_HERE = re.compile(rf"(kernels|image_\d+)_.*\.png|events\..*{re.escape(_EVENTS_SUFFIX)}")


@dataclasses.dataclass(frozen=True)
class Inside:
    """The weights of one state of the network, and its layers' outputs for some images.

    Attributes:
      step: training steps before it, 0 for the initial weights.
      variables: every weight by name, such as `conv2d/kernel`.
      outputs: float32 `[count, ...]` by layer, convolutions after the ReLU that they have; the
        last layer's are logits.
    """

    step: int
    variables: Mapping[str, np.ndarray]
    outputs: Mapping[str, np.ndarray]


def look_inside(config: Config, images: np.ndarray, checkpoint: str | None = "best") -> Inside:
    """Runs images through a network and keeps the output of every layer, in float32.

    Args:
      config: the run.
      images: uint8 `[count, 28, 28, 1]`, 0 is background.
      checkpoint: which, see `model_folder.checkpoints.find`; None for the initial weights.

    Raises:
      UserError: the checkpoint does not exist, or belongs to another network.
    """
    forks.check()
    if checkpoint is None:
        return _inside(config, images, None)
    return checkpoints.read(config, checkpoint, lambda path: _inside(config, images, path))


def _inside(config: Config, images: np.ndarray, path: str | None) -> Inside:
    with tf.Graph().as_default(), tf.Session() as session:
        # As Estimator does, so that the initial weights are those of training.
        tf.set_random_seed(config.seed)
        outputs = model.layer_outputs(tf.constant(images), config)
        variables = {variable.op.name: variable for variable in tf.global_variables()}
        if path is None:
            session.run(tf.global_variables_initializer())
        else:
            tf.train.Saver(list(variables.values())).restore(session, path)
        values, layers = session.run((variables, outputs))
    return Inside(checkpoints.step_of(path) if path else 0, values, layers)


def write(
    config: Config,
    images: np.ndarray,
    names: Sequence[str],
    checkpoint: str = "best",
    language: str = "en",
) -> str:
    """Draws kernels and layers before and after training.

    Writes `model_dir/inspect/index.html`, its pictures, and TensorBoard images of the
    same name at step 0 and at the checkpoint's, and replaces what an earlier call wrote.

    Args:
      config: the run.
      images: uint8 `[count, 28, 28, 1]`, at most `MOST_IMAGES`.
      names: a caption for each, such as its path.
      checkpoint: which, see `model_folder.checkpoints.find`.
      language: of the page and its pictures, a key of `reports.texts.TABLES`. The images of
        TensorBoard, whose page is English, stay English.

    Returns:
      The path of the page.

    Raises:
      UserError: the checkpoint does not exist, or belongs to another network, or the folder
        cannot be written.
    """
    after = look_inside(config, images, checkpoint)
    before = look_inside(config, images, None)
    folder = os.path.join(config.model_dir, FOLDER)
    texts = Texts(language)
    with words.in_language(language):
        sections = [_kernels(config, before, after, texts)]
        sections += [
            _image(config, before, after, images, number, name, texts)
            for number, name in enumerate(names)
        ]
    lead = texts("inside_lead", step=f"{after.step:,}", architecture=config.architecture)
    _remove_earlier(folder)
    title = texts("inside", preset=config.preset)
    path = html.write(folder, title, lead, sections, language)
    _write_events(folder, config, before, after, images, names)
    return path


def _remove_earlier(folder: str) -> None:
    """Removes earlier pictures and events: TensorBoard would show both under one tag and step."""
    # If that fails, writing fails too and says so.
    with contextlib.suppress(OSError):
        for name in filter(_WRITTEN_HERE.fullmatch, os.listdir(folder)):
            os.unlink(os.path.join(folder, name))


def _kernels(config: Config, before: Inside, after: Inside, texts: Texts) -> Section:
    parts = []
    for name in _layers_of(config, architecture.Conv):
        kernel = f"{name}/kernel"
        title = f"{name}: {architecture.show_shape(before.variables[kernel].shape)}"
        shown = (before.variables[kernel], after.variables[kernel], title)
        alt = texts("inside_kernels_alt", title=title)
        parts.append(_picture(f"kernels_{name}", plots.kernels_before_after_png, shown, alt))
    text = texts("inside_kernels_text" if parts else "inside_no_kernels")
    return Section(texts("inside_kernels"), text, parts)


def _image(
    config: Config,
    before: Inside,
    after: Inside,
    images: np.ndarray,
    number: int,
    name: str,
    texts: Texts,
) -> Section:
    stem = f"image_{number + 1}_{_file_stem(name)}"
    parts = []
    for layer in _layers_of(config, *_KINDS, dimensions=3):
        first, second = before.outputs[layer][number], after.outputs[layer][number]
        title = f"{layer}: {architecture.show_shape(first.shape)}"
        shown = (images[number], first, second, title)
        alt = texts("inside_maps_alt", name=name, title=title)
        draw = plots.feature_maps_before_after_png
        parts.append(_picture(f"{stem}_{layer}", draw, shown, alt))
    for layer in _layers_of(config, *_KINDS, dimensions=1):
        first, second = before.outputs[layer][number], after.outputs[layer][number]
        dense = (first, second, f"{layer}: {len(first)}")
        alt = texts("inside_outputs_alt", name=name, layer=layer)
        parts.append(_picture(f"{stem}_{layer}", plots.activations_png, dense, alt))
    said = {
        "before": _said(config, before, number),
        "after": _said(config, after, number),
    }
    text = texts("inside_predicts", **said)
    return Section(name, text, parts)


def _picture(
    stem: str, draw: Callable[..., bytes], shown: tuple[Any, ...], alternative_text: str
) -> Picture:
    return Picture(f"{stem}.png", draw(*shown), alternative_text, draw(*shown, narrow=True))


def _said(config: Config, state: Inside, number: int) -> str:
    logits = state.outputs[_layers_of(config, architecture.Dense)[-1]][number].astype(np.float64)
    probabilities = np.exp(logits - logits.max())
    best = int(logits.argmax())
    name = class_names.saved_class_names(config.model_dir, config.classes)[best]
    return f"{name} ({probabilities[best] / probabilities.sum():.1%})"


def _write_events(
    folder: str,
    config: Config,
    before: Inside,
    after: Inside,
    images: np.ndarray,
    names: Sequence[str],
) -> None:
    """Adds an image under the same tag for each state, which TensorBoard's slider goes through."""
    # TensorFlow 1's writer opens its file in a graph only.
    with tf.Graph().as_default():
        writer = tf.summary.FileWriter(folder, filename_suffix=_EVENTS_SUFFIX)
    for state in (before, after):
        values = []
        for layer in _layers_of(config, architecture.Conv):
            png = plots.kernels_png(state.variables[f"{layer}/kernel"], layer)
            values.append(image_value(f"kernels/{layer}", png))
        for number, name in enumerate(names):
            for layer in _layers_of(config, *_KINDS, dimensions=3):
                maps = state.outputs[layer][number]
                png = plots.feature_maps_png(images[number], maps, layer)
                tag = f"image_{number + 1}_{_file_stem(name)}/{layer}"
                values.append(image_value(tag, png))
        writer.add_summary(tf.Summary(value=values), state.step)
    writer.close()


def _layers_of(config: Config, *kinds: type, dimensions: int | None = None) -> list[str]:
    """Returns the layers of some kinds by name; all, or those that give maps (3) or units (1)."""
    layers = architecture.parse(config.architecture)
    shapes = architecture.output_shapes(layers)
    return [
        name
        for (name, layer), shape in zip(architecture.named(layers), shapes, strict=True)
        if isinstance(layer, kinds) and dimensions in (None, len(shape))
    ]


def _file_stem(name: str) -> str:
    stem = os.path.splitext(os.path.basename(name))[0]
    return re.sub(r"\W+", "_", stem)[:40]
