"""Trains the Estimators of `tf.contrib.learn` from set weights, and reports all their numbers.

To record what TensorFlow 1.15.5 does (see tests/helpers/tf1_recorded.py for its environment):

    python3.7 tests/helpers/tf1_trained.py
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile

import numpy as np
from tf1_recorded import inputs_of, rounded, values_of

STEPS = 20
RECORDED = pathlib.Path(__file__).parents[1] / "tf1/contrib/recorded/estimators"
AGES = inputs_of(12, 2)
WORDS = np.array(["red", "green", "", "blue", "red", "pink"] * 2)
CLASSES = np.array([0, 1, 2, 2, 1, 0, 0, 1, 0, 2, 1, 1])
FLAGS = CLASSES % 2


def input_of(tf, labels):
    def input_fn():
        words = tf.constant(WORDS[:, None])
        there = tf.where(tf.not_equal(words, ""))
        sparse = tf.SparseTensor(there, tf.gather_nd(words, there), tf.constant([12, 1], tf.int64))
        features = {"ages": tf.constant(AGES), "words": sparse}
        features["weights"] = tf.constant(1 + inputs_of(12, 1))
        return features, tf.constant(labels)

    return input_fn


def columns_of(tf):
    """Returns columns of a network and of a linear model."""
    layers = tf.contrib.layers
    ages = layers.real_valued_column("ages", dimension=2)
    words = layers.sparse_column_with_hash_bucket("words", 5)
    crossed = layers.crossed_column(
        [words, layers.bucketized_column(ages, [-0.5, 0.5])], 7, hash_key=11
    )
    return [ages, layers.embedding_column(words, 2)], [ages, words, crossed]


def estimators(tf, name, folder):
    """Returns the Estimator of this name, and its labels.

    None has a centered bias: TensorFlow 1.15 reads it and updates it at the same time, so that its
    numbers differ from run to run. For the same reason the combined ones count each step once.
    """
    learn = tf.contrib.learn
    deep, wide = columns_of(tf)
    rest = {"model_dir": folder, "config": learn.RunConfig(tf_random_seed=1)}
    sgd = tf.train.GradientDescentOptimizer(0.1)
    numbers = AGES.sum(1) + 0.5
    both = {
        "dnn_feature_columns": deep,
        "linear_feature_columns": wide,
        "dnn_hidden_units": [3],
        "fix_global_step_increment_bug": True,
    }
    made = {
        "deep_classifier": lambda: (learn.DNNClassifier([4, 3], deep, **rest), FLAGS),
        "deep_classifier_of_three": lambda: (
            learn.DNNClassifier([3], deep, n_classes=3, optimizer="Adam", **rest),
            CLASSES,
        ),
        "deep_classifier_with_options": lambda: (
            learn.DNNClassifier(
                [3],
                deep,
                weight_column_name="weights",
                optimizer=sgd,
                activation_fn=tf.nn.tanh,
                gradient_clip_norm=0.5,
                embedding_lr_multipliers={deep[1]: 0.5},
                **rest,
            ),
            FLAGS[:, None],
        ),
        "deep_regressor": lambda: (learn.DNNRegressor([3], deep, **rest), numbers),
        "linear_classifier": lambda: (learn.LinearClassifier(wide, **rest), FLAGS),
        "linear_classifier_of_three": lambda: (
            learn.LinearClassifier(wide, n_classes=3, gradient_clip_norm=1.0, **rest),
            CLASSES,
        ),
        "linear_classifier_with_joint_weights": lambda: (
            learn.LinearClassifier(
                wide[1:], _joint_weight=True, weight_column_name="weights", optimizer=sgd, **rest
            ),
            FLAGS[:, None],
        ),
        "linear_regressor": lambda: (
            learn.LinearRegressor(wide, weight_column_name="weights", **rest),
            numbers[:, None],
        ),
        "linear_regressor_of_two": lambda: (
            learn.LinearRegressor(wide, label_dimension=2, **rest),
            AGES * 2,
        ),
        "combined_classifier": lambda: (learn.DNNLinearCombinedClassifier(**both, **rest), FLAGS),
        "combined_classifier_of_three": lambda: (
            learn.DNNLinearCombinedClassifier(n_classes=3, **both, **rest),
            CLASSES,
        ),
        "combined_regressor": lambda: (
            learn.DNNLinearCombinedRegressor(gradient_clip_norm=0.3, **both, **rest),
            numbers,
        ),
        "multi_label": lambda: (
            learn.DNNEstimator(learn.multi_label_head(3), [3], deep, **rest),
            np.stack([CLASSES == 0, CLASSES > 0, CLASSES == 2], 1).astype(np.int64),
        ),
        "svm": lambda: (learn.LinearEstimator(wide, learn.binary_svm_head(), **rest), FLAGS),
        "poisson": lambda: (
            learn.LinearEstimator(wide, learn.poisson_regression_head(), **rest),
            CLASSES.astype(np.float32),
        ),
    }
    return list(made) if name is None else made[name]()


# Their checkpoints are kept, to be evaluated with the stand-ins.
KEPT = ["deep_classifier", "linear_classifier_of_three", "combined_regressor"]


def hook_that_sets(tf):
    """Returns a hook that sets weights as `tf1_recorded.values_of` has them."""

    class Setting(tf.train.SessionRunHook):
        def begin(self):
            self._weights = tf.trainable_variables()

        def after_create_session(self, session, coord):
            for weight in self._weights:
                # TensorFlow 1.15 partitioned weights, all of them into one part.
                name = weight.name.replace("/part_0", "")
                weight.load(values_of(name, weight.shape.as_list()), session)

    return Setting()


def trained(tf, name, folder):
    """Trains an Estimator; returns its variables, metrics and predictions."""
    estimator, labels = estimators(tf, name, folder)
    estimator.fit(input_fn=input_of(tf, labels), steps=STEPS, monitors=[hook_that_sets(tf)])
    names = estimator.get_variable_names()
    weights = {name: np.asarray(estimator.get_variable_value(name)) for name in names}
    return {
        "weights": {name: values.tolist() for name, values in weights.items() if is_weight(name)},
        **answers(tf, estimator, labels),
    }


def is_weight(name):
    """Returns whether a variable is not the state of an optimizer."""
    last = name.split("/")[-1]
    return name == "global_step" or last in ("weights", "weight", "biases", "bias_weight")


def answers(tf, estimator, labels):
    """Returns the metrics and the predictions of a trained Estimator."""
    metrics = estimator.evaluate(input_fn=input_of(tf, labels), steps=1)
    predictions = estimator.predict(
        input_fn=input_of(tf, labels), outputs=sorted(keys(tf, estimator)), as_iterable=True
    )
    first = [next(predictions) for _ in range(4)]
    return {
        "metrics": {name: float(value) for name, value in metrics.items()},
        "predictions": {
            key: np.array([each[key] for each in first]).tolist() for key in sorted(first[0])
        },
    }


def keys(tf, estimator):
    name = type(estimator).__name__
    if "Classifier" in name:
        return ["classes", "logits", "probabilities"]
    if "Regressor" in name:
        return ["scores"]
    return []


def record():
    import tensorflow as tf

    assert tf.__version__.startswith("1.15"), tf.__version__
    tf.logging.set_verbosity("ERROR")
    shutil.rmtree(str(RECORDED), ignore_errors=True)
    RECORDED.mkdir()
    lines = []
    for name in estimators(tf, None, None):
        folder = tempfile.mkdtemp()
        found = rounded(trained(tf, name, folder))
        lines.append(json.dumps(name) + ": " + json.dumps(found, sort_keys=True))
        if name in KEPT:
            kept = RECORDED / name
            kept.mkdir()
            latest = os.path.basename(tf.train.latest_checkpoint(folder))
            text = 'model_checkpoint_path: "' + latest + '"\n'
            (kept / "checkpoint").write_text(text, encoding="utf-8")
            for ending in (".index", ".data-00000-of-00001"):
                shutil.copy(os.path.join(folder, latest + ending), str(kept))
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (RECORDED / "numbers.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    record()
