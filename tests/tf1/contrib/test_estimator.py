"""tf.contrib.estimator, lookup, predictor and distribute."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.tf1.contrib import distribute, estimator, lookup, predictor
from cnn_mnist.tf_compat import tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def loss_of(head, logits, labels):
    tf.train.create_global_step()
    spec = head.create_estimator_spec({}, "eval", tf.constant(logits), tf.constant(labels))
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        return session.run(spec.loss)


@pytest.mark.parametrize(
    ("head", "logits", "labels", "expected"),
    [
        (estimator.binary_classification_head(), [[0.0], [0.0]], [[1], [0]], np.log(2)),
        (estimator.multi_class_head(3), [[0.0, 0.0, 0.0]] * 2, [[1], [0]], np.log(3)),
        (estimator.regression_head(), [[1.0], [3.0]], [[0.0], [0.0]], 5),
        (estimator.logistic_regression_head(), [[0.0]], [[0.5]], np.log(2)),
        (
            estimator.poisson_regression_head(compute_full_loss=False),
            [[1.0]],
            [[2.0]],
            np.e - 2,
        ),
    ],
)
def test_the_loss_of_a_head_is_the_mean_over_the_batch(head, logits, labels, expected):
    assert loss_of(head, logits, labels) == pytest.approx(expected, rel=1e-5)


def test_gradients_are_shortened_together():
    a, b = (tf.get_variable(name, [], initializer=tf.zeros_initializer()) for name in "ab")
    optimizer = estimator.clip_gradients_by_norm(tf.train.GradientDescentOptimizer(1.0), 5.0)
    step = tf.train.create_global_step()
    op = optimizer.minimize(-(6 * a + 8 * b), step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(op)
        np.testing.assert_allclose(session.run([a, b, step]), [3, 4, 1], rtol=1e-6)


def doubled(features, labels, mode):
    factor = tf.get_variable("factor", [], initializer=tf.constant_initializer(2.0))
    predictions = {"y": factor * features["x"]}
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions)
    loss = tf.losses.mean_squared_error(labels, predictions["y"])
    train_op = tf.assign_add(tf.train.get_global_step(), 1)
    return tf.estimator.EstimatorSpec(mode, predictions, loss, train_op)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("doubled"))
    found = tf.estimator.Estimator(doubled, folder)
    return found.train(lambda: (inputs(), tf.constant([1.0, 2.0])), steps=1)


def inputs():
    return {"x": tf.constant([1.0, 2.0]), "id": tf.constant([b"a", b"b"])}


def test_predictions_can_have_features(trained):
    def once():
        return tf.data.Dataset.from_tensors(inputs())

    forwarded = estimator.forward_features(trained, "id")
    found = list(forwarded.predict(once))
    assert [(row["y"], row["id"]) for row in found] == [(2, b"a"), (4, b"b")]
    with pytest.raises(ValueError, match="feature no_such"):
        list(estimator.forward_features(trained, ["no_such"]).predict(once))


def test_a_predictor_answers_by_the_latest_checkpoint(trained):
    def receiver():
        x = tf.placeholder(tf.float32, [None])
        return tf.estimator.export.ServingInputReceiver({"x": x}, {"numbers": x})

    predict = predictor.from_estimator(trained, receiver)
    assert predict({"numbers": [3.0]})["y"].tolist() == [6]
    with pytest.raises(ValueError, match="no inputs \\['x'\\], but \\['numbers'\\]"):
        predict({"x": [3.0]})
    with pytest.raises(ValueError, match="there is no output other"):
        predictor.from_estimator(trained, receiver, output_key="other")
    with pytest.raises(TypeError, match="use from_estimator"):
        predictor.from_contrib_estimator(trained, receiver)


def test_a_saved_model_is_read_by_signature_or_by_tensors(tmp_path):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.identity(x + 1, name="y")
    with tf.Session() as session:
        tf.saved_model.simple_save(session, str(tmp_path / "m"), {"in": x}, {"out": y})
    by_signature = predictor.from_saved_model(str(tmp_path / "m"))
    assert by_signature({"in": 2.0}) == {"out": 3}
    by_names = predictor.from_saved_model(
        str(tmp_path / "m"), input_names={"a": "x:0"}, output_names={"b": "y:0"}, tags="serve"
    )
    assert by_names({"a": 4.0}) == {"b": 5}
    with pytest.raises(ValueError, match="there is no signature other, but"):
        predictor.from_saved_model(str(tmp_path / "m"), "other")
    with pytest.raises(ValueError, match="give both input_names and output_names"):
        predictor.from_saved_model(str(tmp_path / "m"), input_names={})


def test_tables_of_words_and_numbers(tmp_path):
    path = tmp_path / "words"
    path.write_text("a\nb\n")
    words = tf.constant(["b", "a", "?"])
    tables = [
        lookup.index_table_from_tensor(mapping=["a", "b"]).lookup(words),
        lookup.index_table_from_file(str(path), default_value=7).lookup(words),
        lookup.string_to_index(words, ["a", "b"], default_value=9),
        lookup.index_table_from_tensor(["a", "b"], num_oov_buckets=1).lookup(words),
    ]
    names = lookup.index_to_string(tf.constant([1, 5], tf.int64), ["a", "b"])
    initializer = tf.lookup.KeyValueTensorInitializer(["x"], [3])
    table = lookup.HashTable(initializer, -2)
    with tf.Session() as session:
        session.run([tf.tables_initializer(), table.init])
        found, texts, other = session.run([tables, names, table.lookup(tf.constant(["x", "y"]))])
    assert [row.tolist() for row in found] == [[1, 0, -1], [1, 0, 7], [1, 0, 9], [1, 0, 2]]
    assert (texts.tolist(), other.tolist()) == ([b"b", b"UNK"], [3, -2])


def test_strategies_are_on_the_cpu_without_gpus(capsys):
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    strategy = distribute.MirroredStrategy(num_gpus=2)
    assert strategy.num_replicas_in_sync == 1
    assert strategy.extended.worker_devices[0].endswith("CPU:0")
    assert "this machine has 0 of 2 GPUs" in capsys.readouterr().err
    device = distribute.OneDeviceStrategy("/gpu:0").extended.worker_devices[0]
    assert device.endswith("CPU:0")
