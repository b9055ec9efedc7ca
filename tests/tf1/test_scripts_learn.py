"""Scripts on Estimators and tf.contrib.learn run as they are, to a stated accuracy."""

from __future__ import annotations

import pytest
from tf1_scripts import Script, check

LEARN = "tf.contrib.learn"
LAYERS = "tf.contrib.layers"

SCRIPTS = [
    Script(
        "layers_tutorial_learn.py",
        at_least={"accuracy": 0.90, "agree": 0.85},
        supplied=(f"{LEARN}.Estimator", f"{LEARN}.ModelFnOps", f"{LEARN}.SKCompat"),
    ),
    Script(
        "learn_iris.py",
        at_least={"Test Accuracy": 0.9},
        lines=(
            "New Samples, Class Predictions:    [0, 2]",
            "layers ['dnn/hiddenlayer_0/weights', 'dnn/hiddenlayer_1/weights', "
            "'dnn/hiddenlayer_2/weights', 'dnn/logits/weights']",
        ),
        supplied=(f"{LAYERS}.real_valued_column", f"{LEARN}.DNNClassifier"),
    ),
    Script(
        "learn_experiment.py",
        at_least={"steps": 400},
        at_most={"steps": 400, "rmse": 0.1},
        arguments=("--hparams=hidden_units=[24,12]",),
        supplied=(f"{LEARN}.Experiment", f"{LEARN}.learn_runner.run"),
    ),
    Script(
        "wide_n_deep.py",
        at_least={"accuracy": 0.9, "auc": 0.93, "global_step": 200},
        at_most={"global_step": 200},
        supplied=(f"{LAYERS}.crossed_column", f"{LEARN}.DNNLinearCombinedClassifier"),
    ),
    Script(
        "premade_estimator.py",
        at_least={"Test set accuracy": 0.9},
        lines=('Prediction is "Virginica", expected "Virginica"',),
        supplied=("tf.contrib.estimator.add_metrics",),
    ),
    Script(
        "custom_estimator.py",
        at_least={"accuracy": 0.95, "auc": 0.98},
        arguments=("--hparams=hidden=[24,12],learning_rate=0.02",),
        supplied=("tf.contrib.estimator.binary_classification_head", "tf.contrib.training.HParams"),
    ),
    Script(
        "text_classification.py",
        at_least={"acc": 0.95},
        lines=("topic food", "topic weather"),
        supplied=("tf.contrib.lookup.index_table_from_file",),
    ),
    Script(
        "export_and_predict.py",
        at_most={"error": 0.2, "difference": 1e-5},
        supplied=("tf.contrib.predictor.from_estimator", "tf.contrib.predictor.from_saved_model"),
    ),
    Script(
        "linear_regression_learn.py",
        at_most={"train loss: {'loss'": 1e-3, "eval loss: {'loss'": 0.02, "weight": -0.95},
        at_least={"bias": 0.9},
        supplied=(f"{LEARN}.LinearRegressor", f"{LEARN}.io.numpy_input_fn"),
    ),
    Script(
        "serve_contrib_model.py",
        at_least={"auc": 0.97, "click": 0.7},
        supplied=(f"{LEARN}.Experiment", f"{LEARN}.read_batch_features"),
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_on_estimators_runs_as_it_is(script, tmp_path):
    check(script, tmp_path)
