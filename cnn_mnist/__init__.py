"""The TensorFlow 1.x layers tutorial, an MNIST CNN on tf.estimator, on today's TensorFlow.

from cnn_mnist import from_preset, train_and_evaluate

result = train_and_evaluate(from_preset("/tmp/mnist", variant="nn"))
print(result.evaluation.accuracy, result.export)

Importing the package does not import TensorFlow; the first use of a verb does.
"""

from typing import TYPE_CHECKING

from cnn_mnist.support import lazy

if TYPE_CHECKING:
    from cnn_mnist.config import Config, from_preset
    from cnn_mnist.errors import (
        CheckpointError,
        ClusterTimeoutError,
        DataError,
        DivergedError,
        ExportError,
        InstallationError,
        ProcessError,
        ServerError,
        ServerRefusedError,
        ServerTimeoutError,
        ServerUnreachableError,
        SettingsError,
        UserError,
    )
    from cnn_mnist.evaluation import LitePredictor, OnnxPredictor
    from cnn_mnist.experiment import (
        Predictor,
        evaluate,
        export,
        predict,
        train,
        train_and_evaluate,
    )
    from cnn_mnist.model_folder.history import history

__version__ = "1.0.0"

__all__ = [
    "CheckpointError",
    "ClusterTimeoutError",
    "Config",
    "DataError",
    "DivergedError",
    "ExportError",
    "InstallationError",
    "LitePredictor",
    "OnnxPredictor",
    "Predictor",
    "ProcessError",
    "ServerError",
    "ServerRefusedError",
    "ServerTimeoutError",
    "ServerUnreachableError",
    "SettingsError",
    "UserError",
    "evaluate",
    "export",
    "from_preset",
    "history",
    "predict",
    "train",
    "train_and_evaluate",
]

_MODULES = {
    **dict.fromkeys(__all__, "cnn_mnist.errors"),
    **dict.fromkeys(("Config", "from_preset"), "cnn_mnist.config"),
    **dict.fromkeys(
        ("Predictor", "evaluate", "export", "predict", "train", "train_and_evaluate"),
        "cnn_mnist.experiment",
    ),
    **dict.fromkeys(("LitePredictor", "OnnxPredictor"), "cnn_mnist.evaluation"),
    "history": "cnn_mnist.model_folder.history",
}
__getattr__ = lazy.attributes(__name__, _MODULES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
