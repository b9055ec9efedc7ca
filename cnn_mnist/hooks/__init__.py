"""Session hooks: what happens between two training steps."""

from cnn_mnist.hooks.step import (
    REGISTRY,
    CheckpointHook,
    ExamplesPerSecondHook,
    ProgressHook,
    StepHook,
    TrainingClock,
    by_name,
    confusion_matrix_summary,
    scalars,
    softmax_logging_hook,
)

__all__ = [
    "REGISTRY",
    "CheckpointHook",
    "ExamplesPerSecondHook",
    "ProgressHook",
    "StepHook",
    "TrainingClock",
    "by_name",
    "confusion_matrix_summary",
    "scalars",
    "softmax_logging_hook",
]
