"""The verbs: `train`, `evaluate`, `predict` and `export`, each a function of a `Config`.

from cnn_mnist import config, experiment

settings = config.from_preset("/tmp/mnist", variant="nn")
experiment.train(settings)
print(experiment.evaluate(settings).accuracy)
"""

from __future__ import annotations

from cnn_mnist.data.splits import load_dataset
from cnn_mnist.estimator import build_estimator
from cnn_mnist.evaluation.evaluator import evaluate, predict
from cnn_mnist.evaluation.predictor import Predictor
from cnn_mnist.evaluation.tfjs_model import evaluate_layers_model
from cnn_mnist.exporting.exporter import export
from cnn_mnist.training.trainer import train

__all__ = [
    "Predictor",
    "build_estimator",
    "evaluate",
    "evaluate_layers_model",
    "export",
    "load_dataset",
    "predict",
    "train",
]
