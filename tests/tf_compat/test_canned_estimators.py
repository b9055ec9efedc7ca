"""The estimators that are ready to use, checked against numbers worked out on paper or in NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorflow

from cnn_mnist.tf_compat import estimator, tf

X = np.array([[1.0], [2.0]], np.float32)
Y = np.array([[3.0], [5.0]], np.float32)
COLUMNS = [tf.feature_column.numeric_column("x")]
# Classes 0 to 2, of which a quarter is 0 and a half is 1.
CLASSES = np.array([[0], [1], [1], [2]])
SGD = tensorflow.keras.optimizers.legacy.SGD


def once(features, labels):
    return lambda: tf.data.Dataset.from_tensors(({"x": features}, labels))


def forever(features, labels):
    return lambda: once(features, labels)().repeat()


def predictions(built, features, key) -> np.ndarray:
    """Returns what an Estimator predicts for each example."""
    rows = built.predict(lambda: tf.data.Dataset.from_tensors({"x": features}))
    # A baseline predicts without looking at its input, so that its predictions never end.
    return np.array([row[key] for row in itertools.islice(rows, len(features))])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("api", "optimizer"),
    [
        # TensorFlow 2 takes the mean over the batch: the gradients are 2·mean(-xy) = -13 for the
        # weight and 2·mean(-y) = -8 for the bias.
        (estimator, SGD(0.1)),
        # TensorFlow 1 takes the sum.
        pytest.param(tf.estimator, tf.train.GradientDescentOptimizer(0.05), marks=pytest.mark.slow),
    ],
    ids=["v2", "v1"],
)
def test_a_linear_regressor_after_one_step(tmp_path, api, optimizer):
    line = api.LinearRegressor(COLUMNS, str(tmp_path), optimizer=optimizer)
    line.train(once(X, Y), steps=1)
    assert predictions(line, X, "predictions").ravel() == pytest.approx([0.8 + 1.3, 0.8 + 2.6])


@pytest.mark.slow
def test_a_linear_classifier_after_one_step(tmp_path):
    labels = np.array([[0], [1]])
    # Both probabilities are 0.5 before: the gradients are mean(x·(0.5 - y)) = -0.25 and 0.
    built = estimator.LinearClassifier(COLUMNS, str(tmp_path), optimizer=SGD(4.0))
    built.train(once(X, labels), steps=1)
    assert predictions(built, X, "logits").ravel() == pytest.approx([1.0, 2.0])
    result = built.evaluate(once(X, labels))
    # Both examples look like class 1, and one is.
    assert result["accuracy"] == 0.5
    assert result["average_loss"] == pytest.approx(
        np.mean([np.log1p(np.exp(1.0)), np.log1p(np.exp(-2.0))]), rel=1e-5
    )


def test_a_baseline_regressor_predicts_the_mean(tmp_path):
    """With a rate of 0.5 one step goes all the way: the gradient is -2·mean(y)."""
    mean = estimator.BaselineRegressor(str(tmp_path), optimizer=SGD(0.5))
    mean.train(once(X, Y), steps=1)
    assert predictions(mean, X, "predictions").ravel() == pytest.approx([4.0, 4.0])


@pytest.mark.slow
def test_a_baseline_classifier_predicts_how_frequent_the_classes_are(tmp_path):
    built = estimator.BaselineClassifier(str(tmp_path), n_classes=3, optimizer=SGD(2.0))
    built.train(forever(np.zeros([4, 1], np.float32), CLASSES), steps=100)
    (frequencies,) = predictions(built, X[:1], "probabilities")
    assert frequencies == pytest.approx([0.25, 0.5, 0.25], abs=1e-4)


@pytest.mark.slow
def test_a_baseline_estimator_has_any_head(tmp_path):
    """A Poisson head predicts exp(b) = mean(y) where the loss is least."""
    head = estimator.PoissonRegressionHead()
    built = estimator.BaselineEstimator(head, str(tmp_path), optimizer=SGD(0.2))
    built.train(forever(X, Y), steps=100)
    assert predictions(built, X, "predictions").ravel() == pytest.approx([4.0, 4.0], rel=1e-4)


def dnn_logits(built, x) -> np.ndarray:
    """Returns what a network with one hidden layer of ReLUs computes, in NumPy."""
    names = built.get_variable_names()

    def value(part, kind):
        (name,) = [n for n in names if part in n and n.endswith(kind)]
        return built.get_variable_value(name)

    hidden = x @ value("hiddenlayer_0", "kernel") + value("hiddenlayer_0", "bias")
    return np.maximum(hidden, 0) @ value("dnn/logits", "kernel") + value("dnn/logits", "bias")


def linear_logits(built, x) -> np.ndarray:
    names = built.get_variable_names()
    (weights,) = [n for n in names if "linear_model" in n and n.endswith("x/weights")]
    (bias,) = [n for n in names if "linear_model" in n and n.endswith("bias_weights")]
    return x @ built.get_variable_value(weights) + built.get_variable_value(bias)


def softmax(logits) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.slow
@pytest.mark.parametrize("api", [tf.estimator, estimator], ids=["v1", "v2"])
def test_a_dnn_classifier_computes_what_numpy_does(tmp_path, api):
    features = np.arange(4, dtype=np.float32)[:, None]
    config = api.RunConfig(str(tmp_path), tf_random_seed=1)
    built = api.DNNClassifier([8], COLUMNS, n_classes=3, config=config)
    built.train(forever(features, CLASSES), steps=20)
    expected = softmax(dnn_logits(built, features))
    assert predictions(built, features, "probabilities") == pytest.approx(expected, abs=1e-5)
    result = built.evaluate(once(features, CLASSES))
    assert result["accuracy"] == np.mean(expected.argmax(axis=1) == CLASSES.ravel())
    losses = -np.log(expected[np.arange(4), CLASSES.ravel()])
    assert result["average_loss"] == pytest.approx(np.mean(losses), rel=1e-4)


@pytest.mark.slow
def test_a_dnn_regressor_computes_what_numpy_does(tmp_path):
    config = estimator.RunConfig(str(tmp_path), tf_random_seed=1)
    built = estimator.DNNRegressor([8], COLUMNS, config=config, optimizer=SGD(0.01))
    built.train(forever(X, Y), steps=20)
    expected = dnn_logits(built, X)
    assert predictions(built, X, "predictions") == pytest.approx(expected, rel=1e-5)
    result = built.evaluate(once(X, Y))
    assert result["average_loss"] == pytest.approx(np.mean((expected - Y) ** 2), rel=1e-4)
    assert result["label/mean"] == 4.0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Classifier", "Regressor", "Estimator"])
def test_a_combined_model_adds_its_two_parts(tmp_path, kind):
    labels = np.array([[0], [1]]) if kind == "Classifier" else Y
    options = {"head": estimator.RegressionHead()} if kind == "Estimator" else {}
    built = getattr(estimator, f"DNNLinearCombined{kind}")(
        model_dir=str(tmp_path),
        linear_feature_columns=COLUMNS,
        linear_optimizer=SGD(0.01),
        dnn_feature_columns=COLUMNS,
        dnn_hidden_units=[8],
        dnn_optimizer=SGD(0.01),
        **options,
    )
    built.train(forever(X, labels), steps=20)
    linear = linear_logits(built, X)
    assert np.all(linear != 0)
    expected = dnn_logits(built, X) + linear
    key = "logits" if kind == "Classifier" else "predictions"
    assert predictions(built, X, key) == pytest.approx(expected, rel=1e-4)
