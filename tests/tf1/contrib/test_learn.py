"""tf.contrib.learn trains, evaluates and predicts as in TensorFlow 1, with its variables."""

from __future__ import annotations

import os

import numpy as np
import pytest

from cnn_mnist.tf1.contrib import predictor
from cnn_mnist.tf1.contrib.columns import dense, embeddings, sparse
from cnn_mnist.tf1.contrib.learn import (
    class_heads,
    combined,
    estimators,
    experiment,
    exports,
    metrics,
    model_fns,
    models,
    monitors,
    ready_monitors,
    regression_heads,
    run_config,
    sk_compat,
)
from cnn_mnist.tf1.contrib.learn.estimator import Estimator, NotFittedError
from cnn_mnist.tf_compat import tf

X = np.array([[1, 2], [3, -1], [0, 1], [-2, 1]], np.float32)
Y = np.array([1, 0, 1, 1])
COLUMNS = [dense.real_valued_column("", dimension=2)]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A linear classifier after one step of gradient descent on all examples."""
    folder = str(tmp_path_factory.mktemp("linear"))
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    classifier = estimators.LinearClassifier(COLUMNS, folder, optimizer=optimizer)
    return classifier.fit(X, Y, steps=1)


def test_a_step_follows_the_mean_gradient_from_0(trained):
    gradient = 0.5 - Y[:, None]
    weights = -0.5 * (X * gradient).mean(axis=0)
    np.testing.assert_allclose(trained.get_variable_value("linear//weight")[:, 0], weights)
    bias = trained.get_variable_value("linear/bias_weight")
    np.testing.assert_allclose(bias, -0.5 * gradient.mean(axis=0))
    assert trained.get_variable_names() == ["global_step", "linear//weight", "linear/bias_weight"]


def test_evaluation_has_the_metrics_of_tensorflow_1(trained):
    accuracy = metrics.MetricSpec(tf.metrics.accuracy, prediction_key="classes")
    results = trained.evaluate(X, Y, metrics={"mine": accuracy})
    likely = sigmoid(X @ trained.get_variable_value("linear//weight")[:, 0] + 0.125)
    loss = -np.mean(np.log(np.where(Y, likely, 1 - likely)))
    assert results["loss"] == pytest.approx(loss, rel=1e-5)
    assert results["accuracy"] == results["mine"] == np.mean((likely > 0.5) == Y)
    assert results["labels/prediction_mean"] == pytest.approx(likely.mean(), rel=1e-5)
    assert results["accuracy/baseline_label_mean"] == Y.mean()
    assert results["global_step"] == 1
    assert {"auc", "auc_precision_recall", "accuracy/threshold_0.500000_mean"} <= set(results)
    assert os.listdir(os.path.join(trained.model_dir, "eval"))


def test_predictions_are_of_each_example_or_of_all(trained):
    likely = list(trained.predict_proba(X))
    assert np.shape(likely) == (4, 2)
    assert list(trained.predict(X)) == list(np.argmax(likely, axis=1))
    both = trained.predict(X, batch_size=3, outputs=["logits", "classes"], as_iterable=False)
    assert {key: len(value) for key, value in both.items()} == {"logits": 3, "classes": 3}
    with pytest.raises(ValueError, match="outputs=\\['x'\\]: there are"):
        trained.predict(X, outputs=["x"])


def test_an_export_answers_as_the_estimator(trained, tmp_path):
    def serving_input_fn():
        x = tf.placeholder(tf.float32, [None, 2])
        return exports.InputFnOps({"": x}, None, {"x": x})

    folder = trained.export_savedmodel(str(tmp_path), serving_input_fn)
    assert os.path.isdir(folder)
    answer = predictor.from_saved_model(os.fsdecode(folder))({"x": X})
    np.testing.assert_allclose(answer["probabilities"], list(trained.predict_proba(X)), rtol=1e-6)
    assert answer["classes"].tolist() == [[b"0", b"1"]] * 4
    live = predictor.from_contrib_estimator(trained, serving_input_fn)({"x": X})
    np.testing.assert_allclose(live["logits"], answer["logits"], rtol=1e-6)


def test_max_steps_that_are_trained_already_are_skipped(trained, capsys):
    trained.fit(X, Y, max_steps=1)
    assert trained.get_variable_value("global_step") == 1
    assert "continuing from step 1" not in capsys.readouterr().err


def test_an_estimator_without_a_checkpoint_says_so(tmp_path):
    untrained = estimators.LinearClassifier(COLUMNS, str(tmp_path))
    for use in (untrained.evaluate, untrained.predict):
        with pytest.raises(NotFittedError, match="call fit first"):
            use(X)


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        tf.train.create_global_step(graph)
        yield graph


def filled(fetches):
    """Runs tensors after each variable got numbers around 0."""
    with tf.Session() as session:
        session.run([tf.tables_initializer(), tf.local_variables_initializer()])
        values = {}
        for variable in tf.global_variables():
            shape = variable.shape.as_list()
            values[variable.op.name] = np.sin(np.arange(np.prod(shape))).reshape(shape)
            variable.load(values[variable.op.name], session)
        return session.run(fetches), values


def test_a_deep_network_is_relu_layers_with_the_old_names(graph):
    head = class_heads.multi_class_head(3)
    params = {"head": head, "feature_columns": COLUMNS, "hidden_units": [4, 3]}
    ops = models.deep(tf.constant(X), None, "infer", params)
    found, values = filled(ops.predictions)
    net = X
    for layer in ("hiddenlayer_0", "hiddenlayer_1"):
        net = np.maximum(net @ values[f"dnn/{layer}/weights"] + values[f"dnn/{layer}/biases"], 0)
    logits = net @ values["dnn/logits/weights"] + values["dnn/logits/biases"]
    np.testing.assert_allclose(found["logits"], logits, rtol=1e-5)
    np.testing.assert_array_equal(found["classes"], logits.argmax(axis=1))
    odds = np.exp(logits)
    expected = odds / odds.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found["probabilities"], expected, rtol=1e-5)


def test_a_combined_model_adds_both_parts_and_steps_twice_as_it_did(graph):
    word = sparse.sparse_column_with_keys("w", ["a", "b"])
    number = dense.real_valued_column("n")
    params = {
        "head": regression_heads.regression_head(),
        "linear_feature_columns": [word, number],
        "dnn_feature_columns": [number, embeddings.embedding_column(word, 2)],
        "dnn_hidden_units": [2],
    }
    features = {"w": tf.constant([["a"], ["b"]]), "n": tf.constant([[1.0], [2.0]])}
    ops = models.combined(features, tf.constant([1.0, 2.0]), "train", params)
    (scores,), values = filled([ops.predictions["scores"]])
    linear = values["linear/w/weights"][:, 0] + [1, 2] * values["linear/n/weight"][0]
    vectors = values["dnn/input_from_feature_columns/w_embedding/weights"]
    net = np.hstack([vectors, [[1], [2]]])
    hidden = net @ values["dnn/hiddenlayer_0/weights"] + values["dnn/hiddenlayer_0/biases"]
    deep = np.maximum(hidden, 0) @ values["dnn/logits/weights"] + values["dnn/logits/biases"]
    expected = linear + values["linear/bias_weight"] + deep[:, 0]
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        session.run(ops.train_op)
        assert session.run(tf.train.get_global_step()) == 2


def test_the_loss_that_is_trained_is_not_divided_by_the_weights(graph):
    head = regression_heads.regression_head(weight_column_name="w")
    features = {"w": tf.constant([1.0, 3.0])}
    logits = tf.constant([[2.0], [4.0]])
    ops = head.create_model_fn_ops(features, "eval", labels=tf.constant([1.0, 1.0]), logits=logits)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        loss, (_, reported) = session.run([ops.loss, ops.eval_metric_ops["loss"]])
    assert (loss, reported) == ((1 * 1 + 3 * 9) / 2, (1 * 1 + 3 * 9) / 4)


@pytest.mark.parametrize(
    ("make", "labels", "logits", "expected"),
    [
        (lambda: class_heads.binary_svm_head(), [[1], [0]], [[0.5], [0.2]], (0.5 + 1.2) / 2),
        (
            lambda: class_heads.multi_label_head(2),
            [[1, 0]],
            [[0.0, 0.0]],
            np.log(2),
        ),
        (
            lambda: regression_heads.poisson_regression_head(),
            [1.0],
            [[0.5]],
            np.exp(0.5) - 0.5,
        ),
        (
            lambda: class_heads.multi_class_head(3, label_keys=["a", "b", "c"]),
            ["b"],
            [[0.0, 1.0, 0.0]],
            np.log(2 + np.e) - 1,
        ),
    ],
)
def test_a_heads_loss(graph, make, labels, logits, expected):
    ops = make().create_model_fn_ops(
        {}, "eval", labels=tf.constant(labels), logits=tf.constant(logits)
    )
    with tf.Session() as session:
        session.run([tf.tables_initializer(), tf.local_variables_initializer()])
        assert session.run(ops.loss) == pytest.approx(expected, rel=1e-5)


def line(features, labels, mode, params):
    weight = tf.get_variable("w", [], initializer=tf.zeros_initializer(), use_resource=False)
    found = weight * tf.cast(features["x"][:, 0], tf.float32)
    loss = tf.losses.mean_squared_error(labels, found)
    optimizer = tf.train.GradientDescentOptimizer(params["rate"])
    return found, loss, optimizer.minimize(loss, tf.train.get_global_step())


@pytest.mark.slow
def test_a_model_fn_without_modes_returns_three_things(tmp_path):
    config = run_config.RunConfig(save_checkpoints_secs=None, save_checkpoints_steps=2)
    estimator = Estimator(line, str(tmp_path), config, params={"rate": 0.1})
    data = {"x": np.array([1.0, 2.0])}, np.array([2.0, 4.0], np.float32)
    validation = ready_monitors.ValidationMonitor(
        *data, every_n_steps=1, early_stopping_rounds=3, early_stopping_metric="global_step"
    )
    seen = ready_monitors.CaptureVariable("w", every_n=1)
    estimator.fit(*data, steps=30, monitors=[validation, seen])
    # The step is not less than the best one, so that training ends three steps later.
    assert validation.early_stopped and 3 < estimator.get_variable_value("global_step") < 15
    assert min(seen.values) == 1 and len(seen.values) > 2
    assert list(seen.values.values()) == sorted(seen.values.values())
    # It asks for labels to predict too.
    assert len(list(estimator.predict(data[0]))) == 2
    compatible = sk_compat.SKCompat(estimator)
    assert compatible.score(*data)["loss"] < 1
    assert compatible.predict(data[0], batch_size=1).shape == (2,)


def constant_input():
    return {"x": tf.constant([[1.0], [2.0]])}, tf.constant([2.0, 4.0])


@pytest.mark.slow
def test_learn_runner_trains_evaluates_and_exports(tmp_path):
    exported = []
    strategy = exports.ExportStrategy("mine", lambda estimator, folder: exported.append(folder))

    def experiment_fn(run_config, hparams):
        return experiment.Experiment(
            Estimator(line, config=run_config, params=hparams),
            constant_input,
            constant_input,
            train_steps=4,
            eval_steps=1,
            min_eval_frequency=0,
            export_strategies=strategy,
        )

    config = run_config.RunConfig(model_dir=str(tmp_path))
    results, exports_of = experiment.run(experiment_fn, run_config=config, hparams={"rate": 0.1})
    assert results["global_step"] == 4
    assert (exported, exports_of) == ([os.path.join(str(tmp_path), "export", "mine")], [None])
    with pytest.raises(ValueError, match="schedule=no_such: an Experiment has no such method"):
        experiment.run(experiment_fn, schedule="no_such", run_config=config, hparams={"rate": 1})
    with pytest.raises(ValueError, match="give either output_dir or run_config"):
        experiment.run(experiment_fn)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Estimator(line, "a", run_config.RunConfig(model_dir="b")), "model_dir=a"),
        (lambda: Estimator(lambda features, labels: None, params={}), "does not take them"),
        (lambda: class_heads.multi_class_head(1), "at least 2 are needed"),
        (lambda: class_heads.multi_class_head(2, label_keys=["a", "b"]), "more than two classes"),
        (lambda: class_heads.multi_class_head(3, metric_class_ids=[3]), "from 0 to 2"),
        (lambda: combined.DNNLinearCombinedClassifier(), "give linear_feature_columns"),
        (
            lambda: combined.DNNLinearCombinedRegressor(dnn_feature_columns=COLUMNS),
            "need dnn_hidden_units",
        ),
        (lambda: models.optimizer_of("Nadam", 1), "one of \\['Adagrad'"),
        (lambda: model_fns.ModelFnOps("train", 1, 1), "no train_op"),
        (lambda: model_fns.ModelFnOps("eval", 1), "no loss"),
        (lambda: model_fns.ModelFnOps("infer"), "no predictions"),
        (lambda: model_fns.ModelFnOps("predict"), "one of train, eval, infer"),
        (lambda: ready_monitors.ValidationMonitor(), "give either x or input_fn"),
        (lambda: ready_monitors.StopAtStep(), "give either num_steps or last_step"),
    ],
)
def test_what_does_not_fit_is_said(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_optimizers_have_names_classes_and_functions():
    by_name = models.optimizer_of("Adagrad", 0.05)
    by_class = models.optimizer_of(tf.train.AdagradOptimizer, 0.05)
    by_function = models.optimizer_of(lambda: tf.train.AdagradOptimizer(0.05), 1)
    by_rate = models.optimizer_of(lambda rate: tf.train.AdagradOptimizer(rate), 0.05)
    for optimizer in (by_name, by_class, by_function, by_rate):
        assert (type(optimizer), optimizer._learning_rate) == (tf.train.AdagradOptimizer, 0.05)


def test_a_monitor_is_called_each_few_steps():
    calls = []

    class Recorder(monitors.EveryN):
        def every_n_step_end(self, step, outputs):
            calls.append(step)

    recorder = Recorder(every_n_steps=3, first_n_steps=2)
    for step in range(1, 10):
        recorder.step_begin(step)
        recorder.step_end(step, {})
        recorder.post_step(step, None)
    assert calls == [1, 2, 5, 8]


@pytest.mark.slow
def test_the_weights_of_an_old_checkpoint_are_used_and_its_training_is_not_gone_on_with(tmp_path):
    values = {
        "dnn/hiddenlayer_0/weights": np.array([[1, -1], [0.5, 2]], np.float32),
        "dnn/hiddenlayer_0/biases": np.array([0.1, 0.2], np.float32),
        "dnn/logits/weights": np.array([[1], [-2]], np.float32),
        "dnn/logits/biases": np.array([0.3], np.float32),
    }
    # TensorFlow 1 saved each variable as one slice of a partitioned one.
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.create_global_step()
        for name, value in values.items():
            tf.get_variable(
                name,
                value.shape,
                partitioner=tf.min_max_variable_partitioner(),
                initializer=lambda *_, value=value, **__: tf.constant(value),
            )
        session.run(tf.global_variables_initializer())
        assert tf.global_variables()[1].op.name == "dnn/hiddenlayer_0/weights/part_0"
        tf.train.Saver().save(session, str(tmp_path / "model.ckpt"), global_step=7)
    classifier = estimators.DNNClassifier([2], COLUMNS, str(tmp_path))
    first, second = (values[f"dnn/{layer}/weights"] for layer in ("hiddenlayer_0", "logits"))
    hidden = np.maximum(X @ first + values["dnn/hiddenlayer_0/biases"], 0)
    likely = sigmoid(hidden @ second + 0.3)[:, 0]
    np.testing.assert_allclose([p[1] for p in classifier.predict_proba(X)], likely, rtol=1e-5)
    assert classifier.evaluate(X, Y)["accuracy"] == np.mean((likely > 0.5) == Y)
    with pytest.raises(tf.errors.NotFoundError, match="Adagrad"):
        classifier.fit(X, Y, steps=1)
