"""The verbs `evaluate` and `predict`, for a checkpoint, a server, or an exported file."""

from cnn_mnist.support import lazy

__all__ = [
    "Evaluation",
    "LitePredictor",
    "OnnxPredictor",
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
        "OnnxPredictor": "cnn_mnist.evaluation.onnx_model",
        "Predictions": "cnn_mnist.evaluation.results",
        "Predictor": "cnn_mnist.evaluation.predictor",
        "evaluate": "cnn_mnist.evaluation.evaluator",
        "predict": "cnn_mnist.evaluation.evaluator",
    },
)
