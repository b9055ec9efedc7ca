"""The values that each choice of a setting may have."""

from __future__ import annotations

from cnn_mnist.networks.architecture import MOST_CLASSES

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
VERBOSITIES = ("quiet", "normal", "info")
SHELLS = ("bash", "zsh")
VARIANTS = ("layers", "nn")
OPTIMIZERS = ("adam", "momentum", "sgd")
SCHEDULES = ("constant", "linear", "cosine")
INITIALIZERS = (
    "glorot_uniform",
    "uniform_unit_scaling",
    "he_uniform",
    "variance_scaling",
    "normal_conv",
)
AUGMENTATIONS = ("none", "affine", "drawn")
PRECISIONS = ("auto", "float32", "bfloat16")
NOT_OFFERED = {
    (setting, name): "float16 would need loss scaling, which bfloat16 does without"
    for setting, name in (("precision", "float16"), ("precision", "fp16"), ("precision", "half"))
}
"""Why a value is not among the choices of a setting, for values that look as if they were."""
METRICS: dict[str, str] = {
    "accuracy": "max",
    "loss": "min",
    "lowest_class_accuracy": "max",
    **{f"class_accuracy/{label}": "max" for label in range(MOST_CLASSES)},
}
"""The metrics of a validation, and whether a higher (`max`) or a lower (`min`) value is better."""
DISTRIBUTIONS = ("auto", "parameter_server", "multi_worker_mirrored", "mirrored")
MONITOR_MODES = ("auto", "max", "min")
HOOKS = ("examples_per_second", "profiler")
EXPORT_FORMATS = ("saved_model", "tflite", "tfjs", "onnx")
"""What a version may hold: a SavedModel, and for each other format a folder of its name."""
TFJS_WEIGHTS = ("float32", "float16", "uint8")
SPLITS = ("test", "validation", "train")
DATASETS = (
    *("mnist", "fashion_mnist", "kmnist"),
    *("emnist/letters", "emnist/digits", "emnist/balanced", "emnist/bymerge", "emnist/byclass"),
)
"""The names of tensorflow-datasets that messages suggest; others of 28×28×1 images work too."""
ORIENTATIONS = ("auto", "as_is", "transposed")
INVERT = ("auto", "always", "never")
DIGITS = ("one", "many", "auto")
ENGINES = ("tensorflow", "lite", "onnx")
LITE_FILES = ("float32", "float16", "dynamic_int8", "int8")
LANGUAGES = ("en", "ko")
OUTPUT_FORMATS = ("text", "json")
