from __future__ import annotations

import dataclasses
import os
import shutil

import numpy as np
import pytest

from cnn_mnist import config as config_lib
from cnn_mnist import experiment, input_fns
from cnn_mnist.data import class_names, splits
from cnn_mnist.errors import DivergedError, UserError
from cnn_mnist.evaluation import evaluator, results
from cnn_mnist.model_folder import checkpoints, exports, validations
from cnn_mnist.tf_compat import tf


@pytest.fixture
def copy(trained, tmp_path):
    """The trained model, to write to."""
    shutil.copytree(trained.model_dir, tmp_path / "copy")
    return dataclasses.replace(trained, model_dir=str(tmp_path / "copy"))


@pytest.fixture(scope="module")
def evaluated(trained, small, tmp_path_factory):
    """The configuration of a copy of the trained model, and its evaluation on the test images."""
    folder = tmp_path_factory.mktemp("evaluated") / "copy"
    shutil.copytree(trained.model_dir, folder)
    config = dataclasses.replace(trained, model_dir=str(folder))
    return config, experiment.evaluate(config, dataset=small)


@pytest.fixture(scope="module")
def predicted(trained, small):
    """What the trained model predicts for the test images, in batches of 64."""
    config = dataclasses.replace(trained, eval_batch_size=64)
    return experiment.predict(config, small.test.images)


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
    assert class_names.saved_class_names(trained.model_dir) == tuple("0123456789")


def test_training_learns(evaluated):
    _, evaluation = evaluated
    assert evaluation.accuracy > 0.4
    assert evaluation.loss < 2.0 < np.log(10)


@pytest.mark.parametrize(
    ("variant", "convolutions", "stops"),
    [
        ("layers", "", [13]),
        pytest.param("layers", "conv 3x3x8, pool 2, ", [13, 26], marks=pytest.mark.slow),
        pytest.param("nn", "conv 3x3x8, pool 2, ", [13, 26], marks=pytest.mark.slow),
    ],
)
def test_a_run_that_goes_on_equals_one_that_was_never_interrupted(
    small_config, small, tmp_path, variant, convolutions, stops
):
    """In float32 and one thread order on this machine; order of data and dropout included."""
    architecture = f"{convolutions}flatten, dense 16, dropout 0.4, dense 10"
    config = dataclasses.replace(small_config, variant=variant, architecture=architecture)
    experiment.train(config, dataset=small)
    parts = dataclasses.replace(config, model_dir=str(tmp_path / "in parts"))
    for step in stops:
        _train_until(parts, small, step)
        assert checkpoints.latest_step(parts.model_dir) == step
    experiment.train(parts, dataset=small)
    whole, resumed = variables(config.model_dir), variables(parts.model_dir)
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        np.testing.assert_allclose(resumed[name], value, atol=1e-6, err_msg=name)


def _train_until(config, small, step):
    training, _ = splits.split_validation(small.train, config.validation_examples)
    first = checkpoints.latest_step(config.model_dir) or 0
    input_fn = input_fns.train_input_fn(training, config.batch_size, config.seed, first)
    experiment.build_estimator(config).train(input_fn, max_steps=step)


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


@pytest.mark.parametrize("eval_batch_size", [64, 1000, pytest.param(500, marks=pytest.mark.slow)])
def test_every_test_image_counts_once_whatever_the_batch_size(
    trained, small, predicted, eval_batch_size
):
    config = dataclasses.replace(trained, eval_batch_size=eval_batch_size)
    evaluation = experiment.evaluate(config, dataset=small)
    assert (evaluation.split, evaluation.total) == ("test", 500)
    assert evaluation.confusion_matrix.sum() == 500
    assert evaluation.correct == int((predicted.classes == small.test.labels).sum())
    chosen = predicted.probabilities[np.arange(500), small.test.labels]
    assert evaluation.loss == pytest.approx(-np.log(chosen).mean(), rel=1e-4)
    assert evaluation.accuracy == evaluation.correct / 500


def test_evaluating_gives_each_prediction_on_the_way(trained, small, predicted):
    config = dataclasses.replace(trained, eval_batch_size=64)
    measured, answers = evaluator.evaluate_and_predict(config, dataset=small)
    assert measured.correct == int((answers.classes == small.test.labels).sum())
    np.testing.assert_array_equal(answers.classes, predicted.classes)
    np.testing.assert_array_equal(answers.probabilities, predicted.probabilities)
    assert (answers.classes.dtype, answers.probabilities.dtype) == (np.int64, np.float32)


def test_an_evaluation_is_written_down(evaluated):
    config, evaluation = evaluated
    written = results.recorded_evaluation(config.model_dir)
    assert written["correct"] == evaluation.correct and written["step"] == 40
    assert written["confusion_matrix"] == evaluation.confusion_matrix.tolist()
    assert len(written["class_accuracy"]) == 10
    assert results.recorded_evaluation(config.model_dir, "train") is None


@pytest.mark.parametrize(("split", "total"), [("train", 1700), ("validation", 300)])
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
        f"model_dir={small_config.model_dir} holds no trained model; train one with cnn_mnist.train"
    )


def test_an_unknown_split_lists_the_allowed_ones(trained):
    with pytest.raises(UserError, match="^split=exam is unknown; allowed: test, validation, train"):
        experiment.evaluate(trained, "exam")


def test_an_empty_validation_split_is_refused(trained, small):
    config = dataclasses.replace(trained, validation_examples=0)
    with pytest.raises(UserError, match="^split=validation is empty"):
        experiment.evaluate(config, "validation", dataset=small)


@pytest.mark.parametrize("verb", [experiment.train, experiment.evaluate])
def test_another_architecture_is_refused_by_naming_the_flag(copy, small, verb):
    other = dataclasses.replace(copy, architecture="flatten, dense 10", train_steps=50)
    with pytest.raises(UserError) as error:
        verb(other, dataset=small)
    message = str(error.value)
    assert message.startswith(f"architecture differs: {copy.model_dir} holds a network with")
    assert "dense/kernel [784, 10]" in message and copy.architecture in message
    assert checkpoints.latest_step(copy.model_dir) == 40


def test_another_dropout_rate_is_the_same_network(copy, small):
    other = copy.architecture.replace("dropout 0.4", "dropout 0.1")
    config = dataclasses.replace(copy, architecture=other, train_steps=41, validation_examples=0)
    assert experiment.train(config, dataset=small).last_step == 41


def test_an_optimizer_whose_state_is_missing_is_refused_by_naming_the_flag(copy, small):
    config = dataclasses.replace(copy, optimizer="momentum", train_steps=50)
    with pytest.raises(UserError) as error:
        experiment.train(config, dataset=small)
    assert "optimizer=momentum differs" in str(error.value)
    assert "was trained with adam" in str(error.value)
    plain = dataclasses.replace(copy, optimizer="sgd", train_steps=41, validation_examples=0)
    assert experiment.train(plain, dataset=small).last_step == 41


def test_a_model_dir_that_cannot_be_written_is_named(small_config, small, tmp_path):
    (tmp_path / "file").write_text("in the way")
    config = dataclasses.replace(small_config, model_dir=str(tmp_path / "file" / "model"))
    with pytest.raises(UserError, match=r"^model_dir=.*file/model cannot be written"):
        experiment.train(config, dataset=small)
    inside = dataclasses.replace(small_config, model_dir=str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"^model_dir=.*file (cannot be written|is a file)"):
        experiment.train(inside, dataset=small)


def test_an_architecture_that_does_not_fit_ten_classes_is_refused(small_config, small):
    config = dataclasses.replace(small_config, architecture="flatten, dense 7")
    with pytest.raises(UserError) as error:
        experiment.train(config, dataset=small)
    assert str(error.value) == (
        "dataset=mnist has 10 classes, and the network has 7; give an architecture that ends in "
        "'dense 10', or other data"
    )


@pytest.mark.slow
def test_training_without_validation_images_works(small_config, small):
    config = dataclasses.replace(
        small_config, architecture="flatten, dense 10", validation_examples=0, train_steps=5
    )
    result = experiment.train(config, dataset=small)
    assert result.last_step == 5
    assert (result.validations, result.best, result.stopped_early) == (0, None, False)


@pytest.mark.parametrize("variant", [pytest.param("layers", marks=pytest.mark.slow), "nn"])
def test_both_variants_train_evaluate_and_export(small_config, small, variant):
    config = dataclasses.replace(small_config, variant=variant, train_steps=5)
    assert experiment.train(config, dataset=small).last_step == 5
    assert experiment.evaluate(config, dataset=small).total == 500
    path = experiment.export(config)
    assert exports.newest(config.model_dir) == path


@pytest.mark.slow
@pytest.mark.parametrize(
    "precision", [pytest.param("float32", marks=pytest.mark.slow), "bfloat16", "auto"]
)
def test_every_precision_trains_a_float32_checkpoint(small_config, small, precision):
    config = dataclasses.replace(
        small_config, precision=precision, train_steps=5, validation_examples=0
    )
    result = experiment.train(config, dataset=small)
    assert result.precision in ("float32", "bfloat16")
    assert {value.dtype for value in variables(config.model_dir).values()} == {
        np.dtype(np.float32),
        np.dtype(np.int64),
    }


@pytest.mark.slow
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
        small_config,
        architecture="flatten, dense 10",
        dataset=str(folder),
        limit_examples=1000,
        train_steps=30,
    )
    experiment.train(config)
    evaluation = experiment.evaluate(config)
    assert evaluation.class_names == tuple(names)
    assert evaluation.accuracy > 0.4
    assert class_names.saved_class_names(config.model_dir) == tuple(names)


# How long: in epochs.


EPOCHS = {
    "architecture": "flatten, dense 10",
    "train_steps": 0,
    "epochs": 2,
    "batch_size": 250,
    "schedule": "linear",
    "warmup_steps": 0,
}
"""Two epochs without convolutions; of `small`'s 2,000 images 1,700 are trained on."""


@pytest.fixture
def tiny(small_config):
    return dataclasses.replace(small_config, **EPOCHS)


@pytest.fixture(scope="module")
def two_epochs(trained, small, tmp_path_factory):
    """The configuration of a run in two epochs that is done. Do not write to it."""
    folder = tmp_path_factory.mktemp("two epochs")
    config = dataclasses.replace(trained, **EPOCHS, model_dir=str(folder))
    assert experiment.train(config, dataset=small).last_step == 14
    return config


@pytest.fixture
def again(two_epochs, tmp_path):
    """The same in a copy, to go on with."""
    shutil.copytree(two_epochs.model_dir, tmp_path / "again")
    return dataclasses.replace(two_epochs, model_dir=str(tmp_path / "again"))


def validated_at(config):
    return [validation.step for validation in validations.read(config.model_dir)]


@pytest.mark.parametrize(
    ("batch_size", "epochs", "steps", "at"),
    [
        (170, 3, 30, [10, 20, 30]),
        (240, 4, 29, [8, 16, 24, 29]),
        pytest.param(250, 2, 14, [7, 14], marks=pytest.mark.slow),
    ],
)
def test_epochs_train_so_many_times_all_images_and_validate_once_each(
    tiny, small, batch_size, epochs, steps, at
):
    """1,700 images; epochs lie end to end, so the last validation may come early."""
    config = dataclasses.replace(tiny, batch_size=batch_size, epochs=epochs, validate_every_steps=0)
    result = experiment.train(config, dataset=small)
    assert result.train_steps == result.last_step == steps == -(-epochs * 1700 // batch_size)
    assert validated_at(config) == at
    stored = config_lib.load(config.model_dir)
    assert (stored.epochs, stored.train_steps) == (epochs, steps)
    assert stored.validate_every_steps == at[0]


@pytest.mark.slow
def test_more_epochs_go_on_where_fewer_ended(again, small, no_confusion_pictures):
    stored = config_lib.load(again.model_dir)
    more = dataclasses.replace(stored, model_dir=again.model_dir, epochs=3)
    result = experiment.train(more, dataset=small)
    assert (result.first_step, result.last_step) == (14, 21)


def test_a_run_in_epochs_that_is_repeated_does_nothing(again, small):
    result = experiment.train(again, dataset=small)
    assert (result.first_step, result.last_step, result.stopped_early) == (14, 14, False)


def test_the_schedule_ends_with_the_last_epoch(again, small):
    """Were the steps not known in time, the rate would be 0 from the second one on."""
    assert again.schedule == "linear"
    evaluation = experiment.evaluate(again, dataset=small, checkpoint="last")
    assert evaluation.accuracy > 0.4


# Which images.


@pytest.mark.parametrize(
    ("split", "total"),
    [
        ("train", 500),
        pytest.param("validation", 300, marks=pytest.mark.slow),
        pytest.param("test", 500, marks=pytest.mark.slow),
    ],
)
def test_train_examples_are_the_train_split(copy, small, split, total):
    config = dataclasses.replace(copy, train_examples=500)
    assert experiment.evaluate(config, split, dataset=small).total == total


def test_training_and_its_epochs_see_train_examples_and_no_other(tiny, small, monkeypatch):
    seen = []
    train_input_fn = input_fns.train_input_fn

    def spy(examples, *arguments):
        seen.append(examples)
        return train_input_fn(examples, *arguments)

    monkeypatch.setattr(input_fns, "train_input_fn", spy)
    config = dataclasses.replace(tiny, train_examples=500)
    assert splits.with_train_steps(config, small).train_steps == 4
    assert experiment.train(config, dataset=small).last_step == 4
    (examples,) = seen
    expected, _ = splits.split_validation(small.train, 300, 500)
    np.testing.assert_array_equal(examples.images, expected.images)


def test_too_many_train_examples_are_refused_with_what_is_allowed(tiny, small):
    config = dataclasses.replace(tiny, train_examples=1701)
    for verb in (experiment.train, splits.with_train_steps):
        with pytest.raises(UserError) as error:
            verb(config, dataset=small)
        assert str(error.value) == (
            "train_examples=1701 is too many; allowed: 1 to 1700, what "
            "validation_examples=300 leaves of 2000"
        )


def test_early_stopping_without_validation_images_is_refused(tiny, small):
    config = dataclasses.replace(tiny, validation_examples=0, early_stopping_patience=2)
    with pytest.raises(UserError) as error:
        experiment.train(config, dataset=small)
    assert str(error.value) == (
        "early_stopping_patience=2 needs validation images; give validation_examples above 0, "
        "or patience 0"
    )


def test_a_loss_that_is_no_number_ends_training_and_what_was_best_stays(tiny, small):
    config = dataclasses.replace(
        tiny,
        architecture="flatten, dense 64, dense 64, dense 64, dense 10",
        epochs=None,
        train_steps=60,
        optimizer="momentum",
        learning_rate=1000.0,
        warmup_steps=0,
        validate_every_steps=1,
    )
    with pytest.raises(DivergedError) as caught:
        experiment.train(config, dataset=small)
    result = caught.value.result
    assert 1 < result.diverged_at <= 60
    assert validated_at(config) == list(range(1, result.diverged_at))
    assert 1 <= result.best.validation.step < result.diverged_at
    assert (result.stopped_early, result.stopped_by) == (False, None)
    assert checkpoints.find(config) == result.best.path
