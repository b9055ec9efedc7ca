"""The one table of settings: every flag of the command and every field of `Config`.

From a row follow the flag and its check, its lines in `--help` and in docs/command_line.md, the
check of the argument in Python, and the attribute in `Config`'s docstring; and whether
`config.json` keeps it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from cnn_mnist.config import presets
from cnn_mnist.config.choices import (
    AUGMENTATIONS,
    DIGITS,
    DISTRIBUTIONS,
    ENGINES,
    EXPORT_FORMATS,
    HOOKS,
    INITIALIZERS,
    INVERT,
    LANGUAGES,
    LITE_FILES,
    MODES,
    MONITOR_MODES,
    OPTIMIZERS,
    ORIENTATIONS,
    OUTPUT_FORMATS,
    PRECISIONS,
    SCHEDULES,
    SHELLS,
    SPLITS,
    TFJS_WEIGHTS,
    VARIANTS,
    VERBOSITIES,
)
from cnn_mnist.config.setting import Setting
from cnn_mnist.serving import server
from cnn_mnist.serving.server import Server

_ALL = MODES
_TRAINING = ("train_and_evaluate", "train")
_NETWORK = tuple(mode for mode in MODES if mode != "summary")
_DATA = (*_TRAINING, "evaluate", "export", "report")
_EXPORT = (*_TRAINING, "export")
_CHECKPOINT = tuple(mode for mode in _NETWORK if mode != "train")
_IMAGES = ("predict", "inspect", "report")
_SERVER = ("evaluate", "predict")

VALIDATION_SEED = 20170101
"""The split of every version that had no `--validation_seed`."""


def _of_command(*args: Any, **kwargs: Any) -> Setting:
    """Returns a setting of one command: a flag that is not a field of `Config`."""
    return dataclasses.replace(Setting(*args, **kwargs), in_config=False, stored=False)


# fmt: off
GROUPS: dict[str, tuple[Setting, ...]] = {
    "What to do": (
        _of_command("mode", "choice",
            "train_and_evaluate also exports; report draws what was learned, inspect what "
            "each layer computes from --images, summary lists the layers",
            _ALL, default=MODES[0], allowed=MODES),
        Setting("model_dir", "folder", "folder of checkpoints, event files and exports",
            _ALL, default="mnist_model", stored=False),
        _of_command("dry_run", "bool", "do all of it on a handful of images and keep nothing",
            _NETWORK, default=False),
        _of_command("verbosity", "choice",
            "quiet: only results; info: also TensorFlow's own log lines",
            _NETWORK, default="normal", allowed=VERBOSITIES),
        _of_command("quiet", "bool", "the same as --verbosity=quiet",
            _NETWORK, default=False, since="1.1"),
        _of_command("completion", "choice",
            "print what completes this command's flags and values in a shell, and how to install "
            "it, and stop",
            _ALL, allowed=SHELLS, since="1.1"),
        _of_command("help", "bool", "print this and stop", _ALL, default=False),
        _of_command("version", "bool", "print the version and stop", _ALL, default=False),
    ),
    "Recipe": (
        Setting("preset", "choice",
            "recipe that the other settings start from; --preset=list prints them all",
            _ALL, default=presets.DEFAULT, allowed=tuple(presets.PRESETS), flag_also=("list",)),
        Setting("variant", "choice", "the network with tf.layers, or with raw tf.nn ops",
            _NETWORK, default="layers", allowed=VARIANTS),
        Setting("architecture", "architecture",
            f"the network in one line, such as '{presets.TUTORIAL_NETWORK}'",
            _ALL, note="see `networks.architecture.parse`"),
        _of_command("dropout_rate", "rate",
            "part of the units that each dropout layer drops, 0 to below 1",
            _ALL),
        Setting("batch_size", "int",
            "images in a training step; with several tasks or devices, of each",
            _TRAINING, range=(1, 100_000)),
        Setting("train_steps", "int", "training steps in all, counted over restarts",
            _TRAINING, range=(1, 100_000_000),
            note="0 where `epochs` decides and the data are not loaded yet"),
        Setting("epochs", "int", "passes over the training images, in place of train_steps",
            _TRAINING, range=(1, 1_000_000), optional=True, before=None,
            note="None where `train_steps` decides"),
        Setting("optimizer", "choice", "how weights are updated", _TRAINING, allowed=OPTIMIZERS),
        Setting("learning_rate", "float", "the rate, or the peak of the schedule",
            _TRAINING, range=(1e-9, 1000.0)),
        Setting("schedule", "choice", "how the rate falls until train_steps",
            _TRAINING, allowed=SCHEDULES),
        Setting("warmup_steps", "int", "steps over which the rate rises from 0",
            _TRAINING, range=(0, 100_000_000)),
        Setting("initializer", "choice", "how initial weights are drawn",
            _TRAINING, allowed=INITIALIZERS, before="glorot_uniform",
            note="see `networks.initializers`"),
        Setting("augmentation", "choice",
            "how training images are varied: affine rotates, scales, shears and shifts each a "
            "little; drawn does more of it, and changes the width of the stroke",
            _TRAINING, allowed=AUGMENTATIONS, before="none"),
        Setting("seed", "int", "decides initial weights, order of images, augmentation and dropout",
            _TRAINING, default=1, range=(0, 2**31 - 1)),
        Setting("precision", "choice",
            "number format of training; auto: bfloat16 where the processor has it; evaluation "
            "and export are in float32",
            _TRAINING, allowed=PRECISIONS),
        Setting("deterministic", "bool",
            "the same bits each time, on the same machine with as many threads",
            _TRAINING, default=False, before=False),
        Setting("threads", "int",
            "processor threads to compute with; 0: as many as there are cores",
            _NETWORK, default=0, range=(0, 1024), stored=False),
        Setting("distribution", "choice",
            "how a cluster of TF_CONFIG trains: parameter_server, where it has a ps; "
            "multi_worker_mirrored, synchronously, where it has none; auto is what fits; or "
            "mirrored: one process trains on several devices",
            _TRAINING, default="auto", allowed=DISTRIBUTIONS, stored=False, since="1.1"),
        Setting("devices", "int",
            "GPUs that mirrored trains on, each with a batch in each step; 0: all; on a machine "
            "without one, logical devices of its processor, to try it",
            _TRAINING, default=0, range=(0, 64), stored=False, since="1.1"),
        Setting("scale_learning_rate", "bool",
            "multiply the learning rate by the number of tasks or devices that compute a step",
            _TRAINING, default=False, before=False, since="1.1"),
        Setting("cluster_timeout", "int",
            "seconds that a task of a cluster waits for another one, see TF_CONFIG",
            _TRAINING, default=300, range=(1, 86_400), stored=False, since="1.1"),
    ),
    "Data": (
        Setting("dataset", "dataset",
            "a tensorflow-datasets name of 28x28x1 images (mnist, fashion_mnist, emnist/letters, "
            "...), a folder of IDX files or of pictures by class, or a .csv, .npz or .parquet file",
            _DATA),
        Setting("data_dir", "folder",
            "where tensorflow-datasets keeps prepared sets; ~/tensorflow_datasets if not given",
            _DATA, optional=True),
        Setting("orientation", "choice",
            "auto turns images upright that are turned, as EMNIST's are, and inverts dark ones on "
            "light; as_is takes them as the files have them; transposed swaps rows and columns",
            _DATA, default="auto", allowed=ORIENTATIONS, before="as_is"),
        Setting("offline", "bool", "never use the network",
            _DATA, default=False, stored=False),
        Setting("validation_examples", "int", "images held back from the training images",
            (*_TRAINING, "evaluate"), range=(0, 1_000_000)),
        Setting("validation_seed", "int", "decides which of the training images are held back",
            (*_TRAINING, "evaluate"), default=VALIDATION_SEED, range=(0, 2**31 - 1),
            before=VALIDATION_SEED, since="1.1"),
        Setting("train_examples", "int", "images to train on; all that are left if not given",
            (*_TRAINING, "evaluate"), range=(1, 1_000_000), optional=True, before=None),
        Setting("drawn_examples", "int",
            "drawn digits, in many styles of writing, to train on beside the images; only for "
            "digits",
            _TRAINING, range=(0, 1_000_000), before=0, since="1.1"),
        Setting("test_fraction", "float",
            "part of each class to test on, if the data has no test part",
            _DATA, default=0.2, range=(0.001, 0.9), before=0.2),
        Setting("limit_examples", "int", "uses only the first images of each split; None for all",
            _DATA, range=(1, 100_000_000), is_flag=False, stored=False, optional=True),
    ),
    "While training": (
        Setting("log_every_steps", "int", "steps between two lines about the softmax tensor",
            _TRAINING, default=50, range=(1, 100_000_000)),
        Setting("log_epochs", "bool",
            "log loss and accuracy of each epoch, the mean over the training images, beside the "
            "last validation",
            _TRAINING, default=False, before=False, since="1.1"),
        Setting("validate_every_steps", "int",
            "steps between two measurements on the validation images",
            _TRAINING, range=(1, 100_000_000),
            note="0 for once an epoch, until the data are loaded"),
        Setting("monitor", "metric",
            "metric of the validation images that says which checkpoint is best, and when to "
            "stop: accuracy, loss, lowest_class_accuracy, class_accuracy/0, class_accuracy/1, ...",
            _TRAINING, before="accuracy"),
        Setting("monitor_mode", "choice",
            "whether a higher (max) or a lower (min) value is better; auto knows",
            _TRAINING, default="auto", allowed=MONITOR_MODES, before="auto"),
        Setting("early_stopping_patience", "int",
            "stop when so many validations in a row bring no improvement; 0: never",
            _TRAINING, range=(0, 1_000_000), before=0),
        Setting("early_stopping_min_delta", "float",
            "an improvement by no more than this does not count",
            _TRAINING, default=0.0, range=(0.0, 1000.0), before=0.0),
        Setting("save_summary_steps", "int", "steps between two points in TensorBoard",
            _TRAINING, default=50, range=(1, 100_000_000)),
        Setting("save_checkpoints_steps", "int", "steps between two checkpoints",
            _TRAINING, default=500, range=(1, 100_000_000)),
        Setting("keep_checkpoint_max", "int", "checkpoints that are kept",
            _TRAINING, default=5, range=(1, 10_000)),
        Setting("hooks", "choices",
            "more session hooks: the rate in the log, Chrome traces in model_dir/profile",
            _TRAINING, default=(), allowed=HOOKS, stored=False),
    ),
    "Export": (
        Setting("keep_exports", "int", "exports that are kept in model_dir/export",
            _EXPORT, default=5, range=(1, 10_000), stored=False),
        Setting("export_best", "bool",
            "export also while training, whenever a checkpoint is the best so far",
            _TRAINING, default=False, stored=False),
        Setting("export_formats", "choices",
            "always a SavedModel, which a server needs; tflite: for small devices, in float32, "
            "float16, dynamic int8 and int8; tfjs: for the browser; onnx: for other programs, in "
            "float32 and int8; each in a folder of its name",
            _EXPORT, default=("saved_model",), allowed=EXPORT_FORMATS, stored=False),
        Setting("tfjs_weights", "choice", "how the export for the browser stores weights",
            _EXPORT, default="float32", allowed=TFJS_WEIGHTS, stored=False),
    ),
    "Ask a server": (
        _of_command("server", "text",
            "ask this tensorflow_model_server in place of a checkpoint, with --mode=evaluate "
            "and predict: host:port or grpcs://host:port for gRPC, http://host:port or "
            "https://host/prefix for REST",
            _SERVER, only_in_modes=True),
        _of_command("server_model", "text", "the name that the server knows the model by",
            _SERVER, default=Server.model),
        _of_command("server_version", "int",
            "the version of the model to ask; without it, the newest",
            _SERVER, range=server.RANGES["server_version"], since="1.1"),
        _of_command("server_label", "text",
            "the label of the version to ask, such as stable, in place of its number",
            _SERVER, since="1.1"),
        _of_command("server_ca_file", "folder",
            "certificates to trust in place of the system's, in PEM format, for https:// and "
            "grpcs://",
            _SERVER, since="1.1"),
        _of_command("server_token_file", "folder",
            "file with a bearer token; without it, that of the environment variable "
            "CNN_MNIST_SERVER_TOKEN is sent, if it is set",
            _SERVER, since="1.1"),
        _of_command("server_client_certificate", "folder",
            "certificate to show to a server that wants one, in PEM format",
            _SERVER, since="1.1"),
        _of_command("server_client_key", "folder",
            "private key of --server_client_certificate, in PEM format, without a password",
            _SERVER, since="1.1"),
        _of_command("server_timeout", "float", "seconds until an answer must be there",
            _SERVER, default=Server.timeout, range=server.RANGES["server_timeout"]),
        _of_command("server_retries", "int",
            "times a request that could not be taken is sent again",
            _SERVER, default=Server.retries, range=server.RANGES["server_retries"]),
        _of_command("server_concurrency", "int", "requests that are under way at a time",
            _SERVER, default=Server.concurrency, range=server.RANGES["server_concurrency"]),
        _of_command("server_batch_size", "int", "images in a request",
            _SERVER, default=Server.batch_size, range=server.RANGES["server_batch_size"]),
    ),
    "Evaluate, predict, report, inspect": (
        _of_command("checkpoint", "folder",
            "which checkpoint: best on the validation images, last, or the path of one",
            _CHECKPOINT, default="best"),
        _of_command("engine", "choice",
            "lite and onnx start at once: without TensorFlow, they run the newest export's tflite "
            "or onnx file in float32",
            _SERVER, default="tensorflow", allowed=ENGINES, only_in_modes=True),
        _of_command("lite_file", "choice", "which of the tflite files --engine=lite runs",
            _SERVER, default="float32", allowed=LITE_FILES, only_in_modes=True, since="1.1"),
        _of_command("tfjs_model", "folder",
            "a model that TensorFlow.js saved, its .json file or a folder with a model.json, "
            "which --mode=evaluate measures in place of a checkpoint",
            ("evaluate",), only_in_modes=True),
        _of_command("split", "choice", "what --mode=evaluate measures on",
            ("evaluate",), default="test", allowed=SPLITS, only_in_modes=True),
        _of_command("projector_images", "int",
            "so many of the split's images for TensorBoard's Projector, by what the last hidden "
            "layer says of them; 0: none",
            ("evaluate",), default=0, range=(0, 10_000), only_in_modes=True, since="1.1"),
        Setting("eval_batch_size", "int",
            "images in a step of evaluation; changes speed and memory only",
            (*_TRAINING, "evaluate", "predict", "report"), default=250, range=(1, 100_000)),
        _of_command("images", "multi",
            "image file of any size and format, folder, pattern such as 'digits/*.png', or .csv "
            "file of 28x28 pixels, for --mode=predict, inspect and report; may be given again",
            _IMAGES, only_in_modes=True),
        _of_command("invert", "choice",
            "whether images are dark on light; auto decides by each picture",
            _IMAGES, default="auto", allowed=INVERT, only_in_modes=True),
        _of_command("digits", "choice",
            "whether a picture shows one digit or many, which are read from left to right; auto "
            "takes many if that is more certain",
            ("predict", "report"), default="auto", allowed=DIGITS, only_in_modes=True),
        _of_command("open", "bool",
            "open the page of --mode=report or inspect in the browser; of summary, a picture",
            ("inspect", "report", "summary"), default=False, only_in_modes=True),
        _of_command("language", "choice",
            "language of the page of --mode=report or inspect and of its pictures",
            ("inspect", "report"), default=LANGUAGES[0], allowed=LANGUAGES, only_in_modes=True,
            since="1.1"),
        _of_command("format", "choice", "how answers are printed; json gives one object a line",
            tuple(mode for mode in MODES if mode != "train"), default="text",
            allowed=OUTPUT_FORMATS),
    ),
}
# fmt: on
"""The table, in the groups and the order of `--help`."""

SETTINGS: dict[str, Setting] = {row.name: row for rows in GROUPS.values() for row in rows}
FLAGS: dict[str, Setting] = {name: row for name, row in SETTINGS.items() if row.is_flag}
CONFIG: dict[str, Setting] = {name: row for name, row in SETTINGS.items() if row.in_config}
RANGES: dict[str, tuple[float, float]] = {
    name: row.range for name, row in FLAGS.items() if row.range is not None
}
"""The smallest and the largest value of each flag that is a number."""
