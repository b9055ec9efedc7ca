"""The settings of a run are in its event files, as a text and as hyper-parameters."""

from __future__ import annotations

import dataclasses
import glob
import os

from tensorboard.plugins.hparams import metadata

from cnn_mnist import experiment
from cnn_mnist.hooks import settings
from cnn_mnist.plots import tensorboard
from cnn_mnist.tf_compat import tf


def values(model_dir):
    """Returns each value of the training run's event files with its step, by tag."""
    found = {}
    for path in sorted(glob.glob(os.path.join(model_dir, "events.*"))):
        for event in tf.train.summary_iterator(path):
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value))
    return found


def session_start(found):
    ((step, value), *_) = found[metadata.SESSION_START_INFO_TAG]
    return step, metadata.parse_session_start_info_plugin_data(value.metadata.plugin_data.content)


def test_a_run_holds_its_settings_once_and_says_that_it_is_finished(trained):
    found = values(trained.model_dir)
    ((step, value),) = found[settings.TAG]
    assert step == 0
    assert value.metadata.plugin_data.plugin_name == "text"
    (markdown,) = value.tensor.string_val
    assert f"| `--batch_size` | `{trained.batch_size}` |" in markdown.decode()
    step, start = session_start(found)
    assert step == 0
    assert start.hparams["optimizer"].string_value == trained.optimizer
    assert start.hparams["seed"].number_value == trained.seed
    ((step, _),) = found[metadata.SESSION_END_INFO_TAG]
    assert step == trained.train_steps


def test_the_tags_of_training_are_these(trained):
    tags = {tag for tag in values(trained.model_dir) if tag.split("/")[0] != "_hparams_"}
    assert {tag for tag in tags if "/" not in tag} == {
        "settings",
        "loss",
        "accuracy",
        "learning_rate",
        "examples_per_second",
        "epoch_loss",
        "epoch_accuracy",
    }
    layers = {"conv2d", "conv2d_1", "dense", "dense_1"}
    assert {tag.split("/")[0] for tag in tags if "/" in tag} <= {
        *layers,
        "training_images",
        "global_step",
    }


def test_an_event_file_holds_the_whole_graph_and_no_half_built_one(trained):
    (path,) = glob.glob(os.path.join(trained.model_dir, "events.*"))
    graphs = [event.graph_def for event in tf.train.summary_iterator(path) if event.graph_def]
    empty, whole = (len(tf.GraphDef.FromString(graph).node) for graph in graphs)
    assert (empty, whole > 500) == (0, True)


def test_every_run_has_the_same_columns_and_none_is_empty(trained):
    other = dataclasses.replace(trained, train_examples=100, epochs=2, seed=3)
    first, second = map(settings.hyper_parameters, (trained, other))
    assert first.keys() == second.keys()
    assert None not in first.values()
    assert {"learning_rate", "seed", "architecture", "dataset", "train_steps"} <= first.keys()
    assert not {"model_dir", "threads", "epochs"} & first.keys()


def test_a_run_that_is_stopped_is_not_shown_as_finished(small_config, small, with_hook):
    class Stop(tf.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            run_context.request_stop()

    experiment.train(with_hook(small_config, Stop()), dataset=small)
    found = values(small_config.model_dir)
    assert session_start(found)[0] == 0
    assert metadata.SESSION_END_INFO_TAG not in found


def test_a_table_shows_values_as_they_are():
    rows = [("`|<b>", "two\nlines"), ("--data_dir", None), ("hooks", ("a", "b"))]
    assert tensorboard.markdown_table(("flag", "value"), rows).splitlines() == [
        "| flag | value |",
        "| --- | --- |",
        "| `'\u2223<b>` | `two\\u000alines` |",
        "| `--data_dir` |  |",
        "| `hooks` | `a, b` |",
    ]
