"""Every flag of the command, in groups, and the text of `--help`."""

from __future__ import annotations

import dataclasses
import textwrap
from typing import Any

from cnn_mnist import config
from cnn_mnist.config import fields, presets
from cnn_mnist.serving import server

MODES = (
    "train_and_evaluate",
    "train",
    "evaluate",
    "predict",
    "export",
    "report",
    "inspect",
    "summary",
)
FORMATS = ("text", "json")
INVERT = ("auto", "always", "never")
HOOKS = ("examples_per_second", "profiler")
VERBOSITIES = ("quiet", "normal", "info")
RANGES = {**fields.RANGES, **server.RANGES}
"""The smallest and the largest value of each flag that is a number."""


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag; `kind` decides how its value is read, `allowed` lists the values to choose from."""

    name: str
    kind: str
    help: str
    default: Any = None
    allowed: tuple[str, ...] = ()


# Without a default here: what model_dir was trained with, else the preset's.
GROUPS: dict[str, tuple[Flag, ...]] = {
    "What to do": (
        Flag(
            "mode",
            "choice",
            "train_and_evaluate also exports; report draws what was learned, inspect what each "
            "layer makes of --images, summary lists the layers",
            MODES[0],
            MODES,
        ),
        Flag(
            "model_dir", "folder", "folder of checkpoints, event files and exports", "mnist_model"
        ),
        Flag("dry_run", "bool", "do all of it on a handful of images and keep nothing", False),
        Flag(
            "verbosity",
            "choice",
            "quiet: only results; info: also TensorFlow's own log lines",
            "normal",
            VERBOSITIES,
        ),
        Flag("help", "bool", "print this and stop", False),
        Flag("version", "bool", "print the version and stop", False),
    ),
    "Recipe": (
        Flag(
            "preset",
            "choice",
            "recipe that the other flags start from; list prints them all",
            None,
            (*presets.PRESETS, "list"),
        ),
        Flag(
            "variant",
            "choice",
            "the network with tf.layers, or with raw tf.nn ops",
            None,
            fields.VARIANTS,
        ),
        Flag(
            "architecture",
            "text",
            "the network in one line, such as '" + presets.TUTORIAL_NETWORK + "'",
        ),
        Flag(
            "dropout_rate", "rate", "part of the units that each dropout layer drops, 0 to below 1"
        ),
        Flag("batch_size", "int", "images in a training step"),
        Flag("train_steps", "int", "training steps in all, counted over restarts"),
        Flag("epochs", "int", "passes over the training images, in place of train_steps"),
        Flag("optimizer", "choice", "how weights are updated", None, fields.OPTIMIZERS),
        Flag("learning_rate", "float", "the rate, or the peak of the schedule"),
        Flag(
            "schedule",
            "choice",
            "how the rate falls until train_steps",
            None,
            fields.SCHEDULES,
        ),
        Flag("warmup_steps", "int", "steps over which the rate rises from 0"),
        Flag(
            "initializer",
            "choice",
            "how initial weights are drawn",
            None,
            fields.INITIALIZERS,
        ),
        Flag(
            "augmentation",
            "choice",
            "how training images are varied: affine turns, sizes, slants and shifts each a little",
            None,
            fields.AUGMENTATIONS,
        ),
        Flag("seed", "int", "decides initial weights, order of images, augmentation and dropout"),
        Flag(
            "precision",
            "choice",
            "number format of training; auto: bfloat16 where the processor "
            "has it; what is evaluated and exported is float32",
            None,
            fields.PRECISIONS,
        ),
        Flag(
            "deterministic",
            "bool",
            "the same bits each time, on the same machine with as many threads",
            False,
        ),
        Flag("threads", "int", "processor threads to compute with; 0: as many as there are cores"),
    ),
    "Data": (
        Flag(
            "dataset",
            "folder",
            "a tensorflow-datasets name of 28x28x1 images in ten classes "
            "(mnist, fashion_mnist, kmnist, emnist/digits, ...), or a folder of IDX files",
        ),
        Flag(
            "data_dir",
            "folder",
            "where tensorflow-datasets keeps prepared sets; ~/tensorflow_datasets if not given",
        ),
        Flag("offline", "bool", "forbid any attempt at the network", False),
        Flag("validation_examples", "int", "images held back from the training images"),
        Flag("train_examples", "int", "images to train on; all that are left if not given"),
    ),
    "While training": (
        Flag("log_every_steps", "int", "steps between two lines about the softmax tensor"),
        Flag(
            "validate_every_steps", "int", "steps between two measurements on the validation images"
        ),
        Flag(
            "monitor",
            "monitor",
            "metric of the validation images that says which checkpoint is best, and when to "
            "stop: accuracy, loss, lowest_class_accuracy, class_accuracy/0 to class_accuracy/9",
        ),
        Flag(
            "monitor_mode",
            "choice",
            "whether more (max) or less (min) of it is better; auto knows",
            None,
            fields.MODES,
        ),
        Flag(
            "early_stopping_patience",
            "int",
            "stop when so many validations in a row bring no improvement; 0: never",
        ),
        Flag(
            "early_stopping_min_delta",
            "float",
            "an improvement by no more than this does not count",
        ),
        Flag("save_summary_steps", "int", "steps between two points in TensorBoard"),
        Flag("save_checkpoints_steps", "int", "steps between two checkpoints"),
        Flag("keep_checkpoint_max", "int", "checkpoints that are kept"),
        Flag(
            "hooks",
            "choices",
            "more session hooks: the rate in the log, Chrome traces in model_dir/profile",
            None,
            HOOKS,
        ),
    ),
    "Export": (
        Flag("keep_exports", "int", "exports that are kept in model_dir/export"),
        Flag(
            "export_best",
            "bool",
            "export also while training, whenever a checkpoint is the best so far",
            False,
        ),
        Flag(
            "export_formats",
            "choices",
            "what an export holds: the SavedModel, which a server needs and so is always among "
            "them, and for small devices, in its folder tflite, TensorFlow Lite files in float32, "
            "float16 and dynamic int8; for the browser, in its folder tfjs, a TensorFlow.js model",
            None,
            fields.FORMATS,
        ),
        Flag(
            "tfjs_weights",
            "choice",
            "how the export for the browser stores weights",
            None,
            fields.TFJS_WEIGHTS,
        ),
    ),
    "Ask a server": (
        Flag(
            "server",
            "text",
            "ask this tensorflow_model_server in place of a checkpoint, with --mode=evaluate and "
            "predict: host:port for gRPC, or http://host:port",
        ),
        Flag("server_model", "text", "the name that the server knows the model by", "mnist"),
        Flag("server_timeout", "float", "seconds until an answer must be there", 10.0),
        Flag("server_retries", "int", "times a request that could not be taken is sent again", 3),
        Flag("server_concurrency", "int", "requests that are under way at a time", 4),
        Flag("server_batch_size", "int", "images in a request", 1),
    ),
    "Evaluate, predict, report, inspect": (
        Flag(
            "checkpoint",
            "folder",
            "which checkpoint: best on the validation images, last, or the path of one",
            "best",
        ),
        Flag(
            "tfjs_model",
            "folder",
            "a model that TensorFlow.js saved, its .json file or a folder with a model.json, which "
            "--mode=evaluate measures in place of a checkpoint",
        ),
        Flag("split", "choice", "what --mode=evaluate measures on", "test", fields.SPLITS),
        Flag(
            "eval_batch_size",
            "int",
            "images in a step of evaluation; changes speed and memory only",
        ),
        Flag(
            "images",
            "multi",
            "image file of any size and format, folder or pattern such as "
            "'digits/*.png' for --mode=predict, inspect and report; may be given again",
        ),
        Flag(
            "invert",
            "choice",
            "whether images are dark on light; auto looks at the border",
            "auto",
            INVERT,
        ),
        Flag("open", "bool", "open the page of --mode=report or inspect in the browser", False),
        Flag(
            "format",
            "choice",
            "how answers are printed; json gives one object a line",
            "text",
            FORMATS,
        ),
    ),
}


def help_text() -> str:
    """Returns the whole of `--help`, grouped, at most 80 columns wide."""
    lines = [
        "Trains, evaluates, serves: the TensorFlow 1.x layers tutorial on today's",
        "TensorFlow.",
        "",
        "    python -m cnn_mnist.main --model_dir=/tmp/mnist --variant=layers",
    ]
    for group, members in GROUPS.items():
        lines += ["", f"{group}:"]
        for flag in members:
            lines += _flag_help(flag)
    return "\n".join(lines)


def _flag_help(flag: Flag) -> list[str]:
    default = flag.default if flag.default is not None else _default(flag.name)
    facts = flag.help
    if flag.kind == "choices":
        facts += f"; any of {', '.join(flag.allowed)}, with commas between"
        default = ",".join(default)
    elif flag.allowed:
        facts += f"; one of {', '.join(flag.allowed)}"
    elif flag.name in RANGES:
        lowest, highest = RANGES[flag.name]
        facts += f"; {lowest:g} to {highest:,.0f}"
    if default not in (None, False, "", []):
        facts += f" (default {default})"
    body = textwrap.wrap(
        facts, 72, initial_indent=" " * 6, subsequent_indent=" " * 6, break_long_words=False
    )
    value = "" if flag.kind == "bool" else "=..."
    return [f"  --{flag.name}{value}", *body]


def _default(name: str) -> Any:
    if name == "preset":
        return presets.DEFAULT
    return getattr(config.from_preset("", presets.DEFAULT), name, None)
