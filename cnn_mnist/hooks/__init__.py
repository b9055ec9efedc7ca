"""Session hooks: checkpoints, validation, progress and whatever else happens between steps."""

from cnn_mnist.hooks.checkpoint import CheckpointHook
from cnn_mnist.hooks.progress import ProgressHook
from cnn_mnist.hooks.rate import ExamplesPerSecondHook
from cnn_mnist.hooks.registry import REGISTRY, by_name
from cnn_mnist.hooks.softmax import softmax_logging_hook
from cnn_mnist.hooks.step import StepHook, TrainingClock

__all__ = [
    "REGISTRY",
    "CheckpointHook",
    "ExamplesPerSecondHook",
    "ProgressHook",
    "StepHook",
    "TrainingClock",
    "by_name",
    "softmax_logging_hook",
]
