"""The verbs `evaluate` and `predict`, for a checkpoint, a server or a TensorFlow Lite file."""

from cnn_mnist.support import lazy

__all__ = [
    "Evaluation",
    "LitePredictor",
    "Predictions",
    "Predictor",
    "evaluate",
    "predict",
]

__getattr__ = lazy.attributes(
    __name__,
    {
        "Evaluation": "cnn_mnist.evaluation.results",
        "LitePredictor": "cnn_mnist.evaluation.lite_model",
        "Predictions": "cnn_mnist.evaluation.results",
        "Predictor": "cnn_mnist.evaluation.predictor",
        "evaluate": "cnn_mnist.evaluation.evaluator",
        "predict": "cnn_mnist.evaluation.evaluator",
    },
)
