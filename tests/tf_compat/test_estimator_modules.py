"""`tf.estimator` and `tf.layers` work on the installed TensorFlow."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from cnn_mnist.tf_compat import estimator, estimator_modules, tf, versions

NEWER = versions.major_minor(versions.tensorflow_version()) >= (2, 16)


@pytest.mark.slow
def test_importing_tf_compat_brings_tf_estimator_back_for_other_code(users_file):
    assert users_file["estimators"] == ["EstimatorV2", "Estimator"]
    assert users_file["input function"] == "numpy_input_fn"


def test_the_lazy_loaders_of_keras_have_loaded(users_file):
    """Used first by several threads at once, as by the replicas of a strategy, they can raise."""
    assert users_file["waiting loaders"] == []


@pytest.mark.parametrize(
    "name",
    [
        "Estimator",
        "EstimatorSpec",
        "ModeKeys",
        "RunConfig",
        "TrainSpec",
        "EvalSpec",
        "train_and_evaluate",
        "export",
        "LoggingTensorHook",
        "ProfilerHook",
        "DNNClassifier",
        "LinearClassifier",
        "BestExporter",
        "WarmStartSettings",
    ],
)
def test_the_public_names_are_there(name):
    assert hasattr(estimator, name)
    assert hasattr(tf.estimator, name) or name in ("LoggingTensorHook", "ProfilerHook")


@pytest.mark.slow
@pytest.mark.parametrize("canned", ["LinearClassifier", "DNNClassifier"])
def test_upstreams_own_estimators_train_and_evaluate(tmp_path, canned):
    """A canned estimator and `train_and_evaluate`, as old code uses them."""
    features = np.random.RandomState(1).rand(64, 2).astype(np.float32)
    labels = (features[:, 0] > 0.5).astype(np.int32)

    def input_fn():
        data = tf.data.Dataset.from_tensor_slices(({"x": features}, labels))
        return data.repeat(20).batch(16)

    columns = [tf.feature_column.numeric_column("x", shape=[2])]
    hidden = {"hidden_units": [16]} if canned == "DNNClassifier" else {}
    config = estimator.RunConfig(model_dir=str(tmp_path), tf_random_seed=1)
    classifier = getattr(estimator, canned)(feature_columns=columns, config=config, **hidden)
    result, _ = estimator.train_and_evaluate(
        classifier,
        estimator.TrainSpec(input_fn, max_steps=80),
        estimator.EvalSpec(input_fn, steps=None, start_delay_secs=0, throttle_secs=0),
    )
    assert result["global_step"] == 80
    if canned == "LinearClassifier":
        assert result["accuracy"] > 0.9


def test_a_strategy_in_one_process_trains(tmp_path):
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    run_config = estimator.RunConfig(model_dir=str(tmp_path), train_distribute=strategy)

    def model_fn(features, labels, mode):
        loss = tf.reduce_mean(tf.square(tf.layers.dense(features, 1) - labels))
        step = tf.train.get_or_create_global_step()
        train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss, step)
        return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    def input_fn():
        return tf.data.Dataset.from_tensors((tf.ones([4, 2]), tf.ones([4, 1]))).repeat()

    bare = estimator.Estimator(model_fn, config=run_config)
    bare.train(input_fn, max_steps=3)
    assert bare.get_variable_value("global_step") == 3


@pytest.mark.skipif(not NEWER, reason="TensorFlow 2.15 ships these modules itself")
def test_removed_tpu_names_raise_when_used():
    from tensorflow.python.tpu import tpu_embedding

    with pytest.raises(NotImplementedError, match="TableConfig was removed in TensorFlow 2.16"):
        tpu_embedding.TableConfig(1, 2)


def test_the_finders_are_installed_once_and_leave_other_modules_alone():
    count = len(sys.meta_path)
    estimator_modules.supply()
    assert len(sys.meta_path) == count
    import tensorflow.python.tpu.tpu as shipped

    assert shipped.__file__ != estimator_modules.__file__


@pytest.mark.parametrize(
    ("name", "defined"),
    [
        ("estimator", "EstimatorV2"),
        ("run_config", "RunConfig"),
        ("canned.dnn", "DNNClassifierV2"),
        ("inputs.numpy_io", "numpy_input_fn"),
    ],
)
def test_the_modules_are_also_found_below_tensorflow(name, defined):
    old = importlib.import_module(f"tensorflow.python.estimator.{name}")
    new = importlib.import_module(f"tensorflow_estimator.python.estimator.{name}")
    assert getattr(old, defined) is getattr(new, defined)
    if NEWER:
        # TensorFlow 2.15 has files of its own there, which import all names.
        assert old is new and new.__spec__.name == new.__name__


def test_a_module_that_there_never_was_is_not_found():
    with pytest.raises(
        ModuleNotFoundError, match=r"tensorflow\.python\.estimator\.canned\.nothing"
    ):
        importlib.import_module("tensorflow.python.estimator.canned.nothing")
    assert importlib.util.find_spec("tensorflow.python.estimators") is None


def test_deprecations_of_a_users_own_file_still_show(users_file):
    assert "users_file.py:8" in users_file["errors"]
    assert "string_input_producer" in users_file["errors"]
