from __future__ import annotations

import dataclasses
import json
import os
import shutil

import numpy as np
import pytest

from cnn_mnist import checkpoints, experiment, results
from cnn_mnist import config as config_lib
from cnn_mnist.errors import UserError
from cnn_mnist.tf_compat import tf


@pytest.fixture
def copy(trained, tmp_path):
    """The trained model, to write to."""
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    return dataclasses.replace(trained, model_dir=str(tmp_path / "copy"))


def variables(model_dir) -> dict[str, np.ndarray]:
    """Every variable of the newest checkpoint, optimizer slots too."""
    return {
        name: tf.train.load_variable(model_dir, name)
        for name, _ in tf.train.list_variables(model_dir)
    }


def test_train_reaches_its_step_and_keeps_what_the_run_depends_on(trained):
    assert checkpoints.latest_step(trained.model_dir) == 40
    stored = config_lib.load(trained.model_dir)
    assert dataclasses.replace(stored, offline=True) == trained
    assert experiment.class_names(trained) == tuple("0123456789")


def test_training_learns(trained, small):
    evaluation = experiment.evaluate(trained, dataset=small)
    assert evaluation.accuracy > 0.4
    assert evaluation.loss < 2.0 < np.log(10)


def test_a_run_that_goes_on_equals_one_that_was_never_interrupted(small_config, small, tmp_path):
    """In float32 and one thread order on this machine; order of data and dropout included."""
    experiment.train(small_config, dataset=small)
    parts = dataclasses.replace(small_config, model_dir=str(tmp_path / "in parts"))
    input_config = dataclasses.replace(parts, train_steps=40)
    for step in (13, 26):
        _train_until(input_config, small, step)
    experiment.train(parts, dataset=small)
    whole, resumed = variables(small_config.model_dir), variables(parts.model_dir)
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        np.testing.assert_allclose(resumed[name], value, atol=1e-6, err_msg=name)


def _train_until(config, small, step):
    from cnn_mnist import datasets, input_fns

    training, _ = datasets.split_validation(small.train, config.validation_examples)
    first = checkpoints.latest_step(config.model_dir) or 0
    input_fn = input_fns.train_input_fn(training, config.batch_size, config.seed, first)
    experiment.build_estimator(config).train(input_fn, max_steps=step)


def test_the_seed_decides_the_first_weights(small_config, small, tmp_path):
    def first_weights(seed, folder):
        config = dataclasses.replace(
            small_config,
            model_dir=str(tmp_path / folder),
            seed=seed,
            train_steps=1,
            warmup_steps=40,
        )
        experiment.train(config, dataset=small)
        return variables(config.model_dir)["conv2d/kernel"]

    one = first_weights(1, "a")
    np.testing.assert_array_equal(first_weights(1, "b"), one)
    assert (first_weights(2, "c") != one).any()


def test_no_array_goes_into_a_checkpoint_meta_graph_or_an_event_file(trained):
    sizes = {
        name: os.path.getsize(os.path.join(trained.model_dir, name)) for name in _files(trained)
    }
    metas = {name: size for name, size in sizes.items() if name.endswith(".meta")}
    assert metas and max(metas.values()) < 1_000_000
    events = {name: size for name, size in sizes.items() if "tfevents" in name}
    assert events and max(events.values()) < 1_000_000


def _files(config):
    return [n for n in os.listdir(config.model_dir) if os.path.isfile(f"{config.model_dir}/{n}")]


@pytest.mark.parametrize("eval_batch_size", [500, 64, 1000])
def test_every_test_image_counts_once_whatever_the_batch_size(trained, small, eval_batch_size):
    config = dataclasses.replace(trained, eval_batch_size=eval_batch_size)
    evaluation = experiment.evaluate(config, dataset=small)
    assert evaluation.total == 500 == evaluation.confusion_matrix.sum()
    predicted = experiment.predict(config, small.test.images)
    assert evaluation.correct == int((predicted.classes == small.test.labels).sum())
    chosen = predicted.probabilities[np.arange(500), small.test.labels]
    assert evaluation.loss == pytest.approx(-np.log(chosen).mean(), rel=1e-4)
    assert evaluation.accuracy == evaluation.correct / 500


def test_an_evaluation_is_written_down(copy, small):
    evaluation = experiment.evaluate(copy, dataset=small)
    written = results.recorded_evaluation(copy.model_dir)
    assert written["correct"] == evaluation.correct and written["step"] == 40
    assert written["confusion_matrix"] == evaluation.confusion_matrix.tolist()
    assert len(written["class_accuracy"]) == 10
    assert results.recorded_evaluation(copy.model_dir, "train") is None


@pytest.mark.parametrize(("split", "total"), [("train", 1700), ("validation", 300), ("test", 500)])
def test_each_split_is_evaluated_on_its_own_images(copy, small, split, total):
    assert experiment.evaluate(copy, split, dataset=small).total == total


def test_predict_gives_classes_and_probabilities_that_sum_to_one(trained, small):
    answers = experiment.predict(trained, small.test.images[:7])
    assert answers.classes.shape == (7,) and answers.classes.dtype == np.int64
    assert answers.probabilities.shape == (7, 10) and answers.probabilities.dtype == np.float32
    np.testing.assert_allclose(answers.probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(answers.probabilities.argmax(axis=1), answers.classes)


def test_predict_of_nothing_is_nothing(trained):
    answers = experiment.predict(trained, np.zeros((0, 28, 28, 1), np.uint8))
    assert answers.classes.shape == (0,) and answers.probabilities.shape == (0, 10)


def test_predict_refuses_another_shape_or_type(trained):
    with pytest.raises(UserError, match=r"images are float64 \[2, 28, 28, 1\]; expected uint8"):
        experiment.predict(trained, np.zeros((2, 28, 28, 1)))
    with pytest.raises(UserError, match=r"images are uint8 \[28, 28\]; expected uint8 \[count"):
        experiment.predict(trained, np.zeros((28, 28), np.uint8))


@pytest.mark.parametrize("verb", [experiment.evaluate, experiment.export])
def test_an_untrained_folder_is_refused_with_what_to_do(small_config, verb):
    with pytest.raises(UserError) as error:
        verb(small_config)
    assert str(error.value) == (
        f"--model_dir={small_config.model_dir} holds no trained model; train one with --mode=train"
    )


def test_an_unknown_split_lists_the_allowed_ones(trained):
    with pytest.raises(
        UserError, match="--split=exam is unknown; allowed: test, validation, train"
    ):
        experiment.evaluate(trained, "exam")


def test_an_empty_validation_split_is_refused(trained, small):
    config = dataclasses.replace(trained, validation_examples=0)
    with pytest.raises(UserError, match="--split=validation is empty"):
        experiment.evaluate(config, "validation", dataset=small)


@pytest.mark.parametrize("verb", [experiment.train, experiment.evaluate])
def test_another_architecture_is_refused_by_naming_the_flag(copy, small, verb):
    other = dataclasses.replace(copy, architecture="flatten, dense 10", train_steps=50)
    with pytest.raises(UserError) as error:
        verb(other, dataset=small)
    message = str(error.value)
    assert message.startswith(f"--architecture differs: {copy.model_dir} holds a network with")
    assert "dense/kernel [784, 10]" in message and copy.architecture in message
    assert checkpoints.latest_step(copy.model_dir) == 40


def test_another_dropout_rate_is_the_same_network(copy, small):
    other = copy.architecture.replace("dropout 0.4", "dropout 0.1")
    config = dataclasses.replace(copy, architecture=other, train_steps=41)
    assert experiment.train(config, dataset=small).last_step == 41


def test_an_optimizer_whose_state_is_missing_is_refused_by_naming_the_flag(copy, small):
    config = dataclasses.replace(copy, optimizer="momentum", train_steps=50)
    with pytest.raises(UserError) as error:
        experiment.train(config, dataset=small)
    assert "--optimizer=momentum differs" in str(error.value)
    assert "was trained with adam" in str(error.value)
    plain = dataclasses.replace(copy, optimizer="sgd", train_steps=41)
    assert experiment.train(plain, dataset=small).last_step == 41


def test_a_model_dir_that_cannot_be_written_is_named(small_config, small, tmp_path):
    (tmp_path / "file").write_text("in the way")
    config = dataclasses.replace(small_config, model_dir=str(tmp_path / "file" / "model"))
    with pytest.raises(UserError, match=r"--model_dir=.*file/model cannot be written"):
        experiment.train(config, dataset=small)
    inside = dataclasses.replace(small_config, model_dir=str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"--model_dir=.*file (cannot be written|is a file)"):
        experiment.train(inside, dataset=small)


def test_an_architecture_that_does_not_fit_ten_classes_is_refused(small_config, small):
    config = dataclasses.replace(small_config, architecture="flatten, dense 7")
    with pytest.raises(UserError, match="--architecture must end in 'dense 10'"):
        experiment.train(config, dataset=small)


def test_training_without_validation_images_works(small_config, small):
    config = dataclasses.replace(small_config, validation_examples=0, train_steps=5)
    result = experiment.train(config, dataset=small)
    assert result.last_step == 5 and result.validation_accuracy is None


@pytest.mark.parametrize("variant", ["layers", "nn"])
def test_both_variants_train_evaluate_and_export(small_config, small, variant):
    config = dataclasses.replace(small_config, variant=variant, train_steps=5)
    assert experiment.train(config, dataset=small).last_step == 5
    assert experiment.evaluate(config, dataset=small).total == 500
    path = experiment.export(config)
    assert experiment.newest_export(config.model_dir) == path


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "auto"])
def test_every_precision_trains_a_float32_checkpoint(small_config, small, precision):
    config = dataclasses.replace(small_config, precision=precision, train_steps=5)
    result = experiment.train(config, dataset=small)
    assert result.precision in ("float32", "bfloat16")
    assert {value.dtype for value in variables(config.model_dir).values()} == {
        np.dtype(np.float32),
        np.dtype(np.int64),
    }


def test_fashion_mnist_trains_from_a_folder_with_its_own_names(
    small_config, fashion_folder, tmp_path
):
    folder = tmp_path / "fashion"
    folder.mkdir()
    for name in os.listdir(fashion_folder):
        os.symlink(os.path.join(fashion_folder, name), folder / name)
    names = [
        "top",
        "trousers",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "boot",
    ]
    (folder / "classes.txt").write_text("\n".join(names))
    config = dataclasses.replace(
        small_config, dataset=str(folder), limit_examples=1000, train_steps=30
    )
    experiment.train(config)
    evaluation = experiment.evaluate(config)
    assert evaluation.class_names == tuple(names)
    assert evaluation.accuracy > 0.4
    assert experiment.class_names(config) == tuple(names)


def test_a_run_line_holds_command_flags_and_versions(copy):
    config_lib.record_run(copy, "train", ["cnn-mnist", "--mode=train"], note=1)
    with open(os.path.join(copy.model_dir, config_lib.RUNS_FILE), encoding="utf-8") as file:
        line = json.loads(file.readlines()[-1])
    assert line["command"] == ["cnn-mnist", "--mode=train"]
    assert line["config"]["batch_size"] == 50
    assert {"python", "tensorflow", "numpy"} <= set(line["versions"])
