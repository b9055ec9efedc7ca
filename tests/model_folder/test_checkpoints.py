"""The best checkpoint is taken by default; one that does not fit is refused in one line."""

from __future__ import annotations

import dataclasses
import os
import shutil

import numpy as np
import pytest

from cnn_mnist import experiment
from cnn_mnist.cli import dry_run
from cnn_mnist.data import splits
from cnn_mnist.errors import UserError
from cnn_mnist.model_folder import checkpoints, validations
from cnn_mnist.model_folder.validations import Validation
from cnn_mnist.networks import architecture, tf_nn
from cnn_mnist.support import terminal
from cnn_mnist.tf_compat import tf
from cnn_mnist.training import readiness


@pytest.fixture
def copy(best_is_first, tmp_path):
    """The model whose best checkpoint is of step 10 and whose newest is of step 40."""
    shutil.copytree(best_is_first.model_dir, tmp_path / "copy")
    return dataclasses.replace(best_is_first, model_dir=str(tmp_path / "copy"))


def path_of(config, step):
    return os.path.join(config.model_dir, f"model.ckpt-{step}")


def weights(checkpoint):
    """Returns every trained variable of a checkpoint, without the optimizer's."""
    return {
        name: tf.train.load_variable(checkpoint, name)
        for name, _ in tf.train.list_variables(checkpoint)
        if name.endswith(("/kernel", "/bias"))
    }


CHOICES = [("best", 10), ("last", 40), ("model.ckpt-20", 20), ("best/model.ckpt-10", 10)]
each_choice = pytest.mark.parametrize(("which", "step"), CHOICES)


def named(config, which):
    return os.path.join(config.model_dir, which) if "ckpt" in which else which


@each_choice
def test_a_checkpoint_is_found_by_word_or_path(best_is_first, which, step):
    found = checkpoints.find(best_is_first, named(best_is_first, which))
    assert checkpoints.step_of(found) == step
    kept, of_training = weights(found), weights(path_of(best_is_first, step))
    assert kept.keys() == of_training.keys() and len(kept) == 8
    for name, value in kept.items():
        np.testing.assert_array_equal(value, of_training[name], err_msg=name)


def test_the_best_is_taken_by_default(best_is_first):
    assert checkpoints.find(best_is_first) == checkpoints.find(best_is_first, "best")


def test_without_validation_the_best_is_the_newest(copy):
    shutil.rmtree(os.path.join(copy.model_dir, "best"))
    assert checkpoints.find(copy) == path_of(copy, 40)


def test_a_best_whose_newer_checkpoints_are_gone_is_found(copy):
    for name in os.listdir(copy.model_dir):
        if name.startswith(("model.ckpt", "checkpoint")):
            os.unlink(os.path.join(copy.model_dir, name))
    assert checkpoints.step_of(checkpoints.find(copy)) == 10
    with pytest.raises(UserError, match="holds no trained model; train one with cnn_mnist.train"):
        checkpoints.find(copy, "last")


@pytest.mark.parametrize("ending", [".index", ".meta", ".data-00000-of-00001"])
def test_a_path_may_be_that_of_a_file_as_the_shell_completes_it(best_is_first, ending):
    found = checkpoints.find(best_is_first, path_of(best_is_first, 20) + ending)
    assert found == path_of(best_is_first, 20)


def test_a_path_may_be_of_another_folder_of_the_same_network(trained, best_is_first):
    assert checkpoints.find(trained, path_of(best_is_first, 20)) == path_of(best_is_first, 20)


@pytest.mark.parametrize(
    "which", ["/no/such", "", "Best", "newest", "model.ckpt-20", "{0}", "{0}/best"]
)
def test_a_path_without_a_checkpoint_is_refused_with_what_is_allowed(
    best_is_first, tmp_path, monkeypatch, which
):
    monkeypatch.chdir(tmp_path)
    which = which.format(best_is_first.model_dir)
    with pytest.raises(UserError) as error:
        checkpoints.find(best_is_first, which)
    assert str(error.value) == (
        f"checkpoint={which} names no checkpoint; allowed: best, last, or a path such as "
        "/tmp/mnist/model.ckpt-500"
    )


def test_a_path_of_a_damaged_checkpoint_is_refused(copy):
    with open(f"{path_of(copy, 20)}.data-00000-of-00001", "r+b") as file:
        file.truncate(1000)
    with pytest.raises(UserError) as error:
        checkpoints.find(copy, path_of(copy, 20))
    assert str(error.value) == (
        f"checkpoint={path_of(copy, 20)} cannot be read: damaged; name another one"
    )


@pytest.mark.parametrize("which", ["best", "last", "model.ckpt-20"])
def test_a_checkpoint_of_another_network_is_refused(best_is_first, which):
    other = dataclasses.replace(best_is_first, architecture="flatten, dense 10")
    with pytest.raises(UserError, match="^architecture differs: "):
        checkpoints.find(other, named(best_is_first, which))


def test_the_network_of_a_folder_without_a_config_is_named(copy):
    os.remove(os.path.join(copy.model_dir, "config.json"))
    other = dataclasses.replace(copy, architecture="flatten, dense 10")
    with pytest.raises(UserError) as error:
        checkpoints.find(other)
    network = copy.architecture.replace("dropout 0.4, ", "")
    assert f"give that architecture ('{network}' has such variables)" in str(error.value)


def test_another_optimizer_is_refused_with_those_that_fit(small_config):
    """A checkpoint of plain gradient descent has no variables beside the network's."""
    sgd = dataclasses.replace(small_config, architecture="flatten, dense 10")
    os.makedirs(sgd.model_dir)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.create_global_step()
        tf_nn.network(tf.zeros([1, 28, 28, 1]), architecture.parse(sgd.architecture), False)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, path_of(sgd, 0))
    readiness.check_trainable(dataclasses.replace(sgd, optimizer="sgd"))
    with pytest.raises(UserError) as error:
        readiness.check_trainable(dataclasses.replace(sgd, optimizer="momentum"))
    assert str(error.value) == (
        f"optimizer=momentum differs: {sgd.model_dir} was trained with sgd; go on with "
        "optimizer=sgd, or give another model_dir"
    )


def test_what_is_assumed_of_a_folder_without_a_config_is_said_once(copy, caplog):
    checkpoints.find(copy)
    assert "assumed" not in caplog.text
    os.remove(os.path.join(copy.model_dir, "config.json"))
    path = checkpoints.find(copy)
    checkpoints.find(copy)
    folder, name = os.path.split(path)
    assert [record.getMessage() for record in caplog.records] == [
        f"{folder} has no config.json, so this is assumed: the network is '{copy.architecture}', "
        f"whose variables {name} has by name and shape; pixels are from 0, the background, to 1; "
        "the data set is mnist"
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a[1]", "has a [ in its path, which TensorFlow reads as a pattern; give a folder"),
        ("a*", "has a * in its path, which TensorFlow reads as a pattern; give a folder"),
        ("a?", "has a ? in its path, which TensorFlow reads as a pattern; give a folder"),
        ("a\\b", "has a \\ in its path, which TensorFlow reads as a pattern; give a folder"),
        ("a\udcff", "is not UTF-8; give a path that is, or set PYTHONUTF8=1 "),
    ],
)
def test_a_path_in_which_tensorflow_cannot_find_its_files_is_refused(
    best_is_first, tmp_path, name, reason
):
    config = dataclasses.replace(best_is_first, model_dir=str(tmp_path / name))
    for verb in (checkpoints.find, readiness.check_trainable):
        with pytest.raises(UserError) as error:
            verb(config)
        shown = terminal.visible(config.model_dir)
        assert str(error.value).startswith(f"model_dir={shown} {reason}")
    assert os.listdir(tmp_path) == []


# Every verb uses that checkpoint.


@pytest.fixture(scope="module")
def answers(best_is_first, small):
    """The probabilities of the test images by the checkpoint of each step."""
    return {
        step: experiment.predict(
            best_is_first, small.test.images, path_of(best_is_first, step)
        ).probabilities
        for step in (10, 20, 40)
    }


def test_the_checkpoints_answer_differently(answers):
    """Otherwise the tests below could not fail."""
    assert np.abs(answers[10] - answers[40]).max() > 0.1
    assert np.abs(answers[10] - answers[20]).max() > 0.1
    assert np.abs(answers[20] - answers[40]).max() > 0.1


@each_choice
def test_predict_uses_the_given_checkpoint(best_is_first, small, answers, which, step):
    found = experiment.predict(
        best_is_first, small.test.images[:50], named(best_is_first, which)
    ).probabilities
    np.testing.assert_allclose(found, answers[step][:50], atol=1e-6)


def test_predict_uses_the_best_checkpoint_by_default(best_is_first, small, answers):
    found = experiment.predict(best_is_first, small.test.images[:50]).probabilities
    np.testing.assert_allclose(found, answers[10][:50], atol=1e-6)


def served(folder, images):
    """Runs a SavedModel."""
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], folder)
        signature = meta.signature_def["serving_default"]
        return session.run(
            signature.outputs["probabilities"].name, {signature.inputs["image"].name: images}
        )


each_way_to_give_it = pytest.mark.parametrize(
    ("given", "step"),
    [
        pytest.param({}, 10, id="default"),
        pytest.param({"checkpoint": "last"}, 40, id="last", marks=pytest.mark.slow),
        pytest.param({"checkpoint": "model.ckpt-20"}, 20, id="path"),
    ],
)


@each_way_to_give_it
def test_an_export_holds_the_weights_of_the_given_checkpoint(
    best_is_first, small, answers, given, step, tmp_path
):
    given = {key: named(best_is_first, which) for key, which in given.items()}
    folder = experiment.export(best_is_first, str(tmp_path), **given)
    found = served(folder, small.test.images[:50])
    np.testing.assert_allclose(found, answers[step][:50], atol=1e-6)


@each_way_to_give_it
def test_evaluate_measures_the_given_checkpoint(copy, small, answers, given, step):
    given = {key: named(copy, which) for key, which in given.items()}
    found = experiment.evaluate(copy, dataset=small, **given)
    assert found.step == step
    assert found.correct == int((answers[step].argmax(axis=1) == small.test.labels).sum())


@pytest.mark.parametrize("verb", ["evaluate", "predict", "export"])
def test_each_verb_refuses_a_path_without_a_checkpoint_at_once(copy, verb, small, monkeypatch):
    before = sorted(os.listdir(copy.model_dir))
    monkeypatch.setattr(splits, "load_dataset", lambda *arguments: pytest.fail("loaded"))
    arguments = {"predict": (small.test.images[:1],)}.get(verb, ())
    with pytest.raises(UserError, match="^checkpoint=/no/such names no checkpoint; allowed: "):
        getattr(experiment, verb)(copy, *arguments, checkpoint="/no/such")
    assert sorted(os.listdir(copy.model_dir)) == before


# A dry run works on a copy.


@each_choice
def test_a_dry_run_gets_the_checkpoint_as_its_newest(best_is_first, tmp_path, which, step):
    dry_run.copy_for_dry_run(best_is_first, named(best_is_first, which), str(tmp_path))
    alone = dataclasses.replace(best_is_first, model_dir=str(tmp_path))
    assert checkpoints.step_of(checkpoints.find(alone)) == step
    assert checkpoints.latest_step(alone.model_dir) == step
    assert {"config.json", "classes.txt"} <= set(os.listdir(tmp_path))
    assert not os.path.exists(tmp_path / "best")


def test_a_dry_run_copies_a_checkpoint_of_the_folder_it_is_started_in(
    best_is_first, tmp_path, monkeypatch
):
    monkeypatch.chdir(best_is_first.model_dir)
    dry_run.copy_for_dry_run(best_is_first, "model.ckpt-20", str(tmp_path))
    assert checkpoints.latest_step(str(tmp_path)) == 20


# Whether anything is left to train.


def changed(config, **changes):
    return dataclasses.replace(config, **changes)


def test_a_run_is_finished_when_its_steps_are_done(best_is_first):
    assert readiness.is_finished(best_is_first)
    assert readiness.is_finished(changed(best_is_first, train_steps=30))
    assert not readiness.is_finished(changed(best_is_first, train_steps=41))


def test_a_run_is_not_finished_before_it_began(small_config):
    assert not readiness.is_finished(small_config)
    assert not readiness.is_finished(changed(small_config, early_stopping_patience=1))


def test_a_run_is_finished_when_patience_is_used_up(best_is_first):
    """Its first validation is the best, so three have passed since."""
    longer = changed(best_is_first, train_steps=1000)
    for patience, finished in ((0, False), (1, True), (3, True), (4, False)):
        assert readiness.is_finished(changed(longer, early_stopping_patience=patience)) is (
            finished
        )


def test_validations_after_the_newest_checkpoint_do_not_count(copy):
    """They belong to steps that were lost."""
    longer = changed(copy, train_steps=1000, early_stopping_patience=4)
    validations.append(copy.model_dir, Validation(50, {"loss": 0.0, "accuracy": 1.0}))
    assert not readiness.is_finished(longer)
