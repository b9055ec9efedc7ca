"""What tf.contrib.learn's Estimators take: arrays, metrics, files and words."""

from __future__ import annotations

import functools
import gzip
import pickle

import numpy as np
import pytest

from cnn_mnist.tf1.contrib.learn import (
    datasets,
    exports,
    feeding,
    metrics,
    model_fns,
    readers,
    text,
)
from cnn_mnist.tf1.contrib.learn import run_config as run_configs
from cnn_mnist.tf_compat import tf


def fed(x, y=None, **options):
    """Returns the batches of features and labels that are fed."""
    with tf.Graph().as_default(), tf.Session() as session:
        input_fn, next_batch = feeding.input_and_feed(x, y, None, **options)
        tensors = [tensor for tensor in input_fn() if tensor is not None]
        batches = []
        while len(batches) < 10:
            try:
                batches.append(session.run(tensors, next_batch()))
            except StopIteration:
                break
        return batches


def test_arrays_are_fed_in_batches_in_their_order():
    first, last = fed(np.arange(3.0), np.array([[5], [6], [7]]), batch_size=2)
    assert (first[0].tolist(), first[1].tolist()) == ([[0], [1]], [5, 6])
    assert (last[0].tolist(), last[1].tolist()) == ([[2]], [7])


def test_training_shuffles_as_tensorflow_1_did_and_does_not_end():
    batches = fed(np.arange(4), np.arange(4), batch_size=4, shuffle=True, epochs=None)
    random = np.random.RandomState(42)
    expected = [random.permutation(4).tolist() for _ in range(10)]
    assert [labels.tolist() for _, labels in batches] == expected


def test_dicts_and_iterators_are_fed_too():
    ((of_dict,),) = fed({"b": np.ones(2), "a": np.zeros((2, 3))}, batch_size=5)
    assert {key: value.shape for key, value in of_dict.items()} == {"a": (2, 3), "b": (2, 1)}
    batches = fed(iter([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), iter([0, 1, 2]), batch_size=2)
    assert [labels.tolist() for _, labels in batches] == [[0, 1], [2]]
    assert batches[1][0].tolist() == [[5, 6]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, None, None, None, None), "give either x or input_fn"),
        ((1, None, 1, None, None), "give either input_fn, or x"),
        ((1, None, None, 1, None), "give either x or feed_fn"),
    ],
)
def test_inputs_that_exclude_each_other_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        feeding.check_arguments(*arguments)


@pytest.mark.parametrize(
    "function",
    [
        lambda labels, predictions, weights=None: (labels, predictions, weights),
        lambda predictions, labels, weights=None: (labels, predictions, weights),
        lambda prediction, targets, weight=None: (targets, prediction, weight),
        lambda target, anything, weights=None: (target, anything, weights),
        lambda anything, label, weights=None: (label, anything, weights),
        functools.partial(lambda name, labels, logits, weights=None: (labels, logits, weights), 1),
    ],
)
def test_a_metric_gets_its_arguments_by_their_names(function):
    spec = metrics.MetricSpec(function, "p", "l", "w")
    got = spec.create_metric_ops({"w": 3, "x": 0}, {"l": 1, "m": 0}, {"p": 2, "q": 0})
    assert got == (1, 2, 3)


def test_what_a_metric_cannot_take_is_said():
    with pytest.raises(ValueError, match="one of .* is needed"):
        metrics.MetricSpec(lambda predictions: 1, label_key="l")
    spec = metrics.MetricSpec(lambda labels, predictions: 1)
    with pytest.raises(ValueError, match="a prediction_key is needed for \\['a', 'b'\\]"):
        spec.create_metric_ops({}, 1, {"a": 1, "b": 2})
    with pytest.raises(KeyError, match="prediction_key=c"):
        metrics.MetricSpec(lambda labels, predictions: 1, "c").create_metric_ops({}, 1, {"a": 1})
    with pytest.raises(ValueError, match="use a MetricSpec"):
        metrics.of_model({"m": lambda predictions, labels: 1}, {}, 1, {"a": 1})
    found = metrics.of_model({("m", "a"): lambda p, labels: (p, labels)}, {}, {"x": 5}, {"a": 1})
    assert found == {"m": (1, 5)}


@pytest.mark.parametrize("returned", [None, (1, 2), {"loss": 1}])
def test_a_model_fn_that_returns_something_else_is_refused(returned):
    with pytest.raises(
        ValueError, match="returns ModelFnOps, or \\(predictions, loss, train_op\\)"
    ):
        model_fns.call(lambda features, labels: returned, 1, 2, "infer", None, None, "")


def test_a_run_config_is_one_of_tf_estimator_with_the_old_arguments():
    config = run_configs.RunConfig(num_cores=2, save_checkpoints_steps=7, model_dir="x")
    assert isinstance(config, tf.estimator.RunConfig)
    assert (config.save_checkpoints_steps, config.save_checkpoints_secs) == (7, None)
    assert run_configs.RunConfig().save_checkpoints_secs == 600
    assert config.tf_config.intra_op_parallelism_threads == 2
    assert (config.environment, config.replace(model_dir="y").model_dir) == ("local", "y")


def test_csv_files_are_read_with_and_without_a_header(tmp_path):
    path = tmp_path / "with.csv"
    path.write_text("2,2,a,b\n1.5,2,0\n3,4,1\n")
    data = datasets.load_csv_with_header(str(path), np.int64, np.float32)
    assert (data.data.tolist(), data.target.tolist()) == ([[1.5, 2], [3, 4]], [0, 1])
    path.write_text("0,1.5,2\n1,3,4\n")
    again = datasets.load_csv_without_header(str(path), np.int64, np.float32, target_column=0)
    assert (again.data.tolist(), again.target.tolist()) == ([[1.5, 2], [3, 4]], [0, 1])


def test_data_that_is_not_here_is_refused_plainly(tmp_path):
    with pytest.raises(FileNotFoundError, match="no Iris data; give data_path"):
        datasets.load_dataset("iris")
    with pytest.raises(FileNotFoundError, match="nothing is downloaded"):
        datasets.maybe_download("f", str(tmp_path), "somewhere")
    with pytest.raises(ValueError, match="one of \\['boston', 'dbpedia', 'iris', 'mnist'\\]"):
        datasets.load_dataset("wine")


def test_idx_files_are_read_from_an_open_file(tmp_path):
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x02\x01\x00"))
    with open(path, "rb") as file:
        assert datasets.extract_labels(file, one_hot=True, num_classes=2).tolist() == [
            [0, 1],
            [1, 0],
        ]
    with open(path, "rb") as file, pytest.raises(ValueError, match="2049 instead of 2051"):
        datasets.extract_images(file)


def test_words_are_numbered_as_they_come_or_by_frequency():
    texts = ["the cat and the dog", "The cat"]
    processor = text.VocabularyProcessor(4)
    assert np.array(list(processor.fit_transform(texts))).tolist() == [[1, 2, 3, 1], [5, 2, 0, 0]]
    assert next(processor.transform(["a dog"])).tolist() == [0, 4, 0, 0]
    assert next(processor.reverse([[2, 0]])) == "cat <UNK>"
    frequent = text.VocabularyProcessor(4, min_frequency=1).fit(texts)
    assert frequent.vocabulary_._mapping == {"<UNK>": 0, "cat": 1, "the": 2}
    assert next(text.tokenizer(["TensorFlow isn't HTML"])) == ["Tensor", "Flow", "isn't", "HTML"]


def test_a_vocabulary_is_saved(tmp_path):
    processor = text.VocabularyProcessor(2).fit(["a b"])
    processor.save(str(tmp_path / "vocab"))
    restored = text.VocabularyProcessor.restore(str(tmp_path / "vocab"))
    assert next(restored.transform(["b c"])).tolist() == [2, 0]
    assert list(restored.reverse([[1, 2]])) == ["a b"]


def test_a_vocabulary_that_tensorflow_1_saved_is_not_read(tmp_path):
    """It is a pickle, which runs what it names."""
    (tmp_path / "vocab").write_bytes(pickle.dumps({"max_document_length": 2}))
    with pytest.raises(ValueError, match="vocab was not saved by this .* fit the texts again$"):
        text.VocabularyProcessor.restore(str(tmp_path / "vocab"))


def test_a_vocabulary_with_a_tokenizer_of_its_own_is_not_saved(tmp_path):
    processor = text.VocabularyProcessor(2, tokenizer_fn=text.tokenizer.__call__)
    with pytest.raises(ValueError, match="with a tokenizer_fn cannot be saved"):
        processor.save(str(tmp_path / "vocab"))


def test_texts_are_rows_of_bytes():
    processor = text.ByteProcessor(4)
    rows = list(processor.fit_transform(["é", "abcdef"]))
    assert rows[0].tolist() == [0xC3, 0xA9, 0, 0]
    assert list(processor.reverse(rows)) == ["é", "abcd"]


def test_records_are_read_by_queues(tmp_path):
    path = str(tmp_path / "records")
    with tf.python_io.TFRecordWriter(path) as writer:
        for number in range(5):
            example = tf.train.Example()
            example.features.feature["n"].int64_list.value.append(number)
            writer.write(example.SerializeToString())
    with tf.Graph().as_default():
        spec = {"n": tf.FixedLenFeature([], tf.int64)}
        batch = readers.read_batch_record_features(
            path, 2, spec, randomize_input=False, num_epochs=1
        )
        found = []
        with tf.train.MonitoredSession() as session:
            while not session.should_stop():
                found.append(session.run(batch)["n"].tolist())
    assert found == [[0, 1], [2, 3], [4]]
    with pytest.raises(ValueError, match="no file has such a name"):
        readers.read_batch_examples(path + "x", 1, tf.TFRecordReader)


def test_columns_are_made_for_an_array_and_for_a_dict_of_arrays():
    (column,) = readers.infer_real_valued_columns_from_input(np.zeros((3, 4)))
    assert (column.column_name, column.dimension, column.dtype) == ("", 4, tf.float64)
    columns = readers.infer_real_valued_columns_from_input({"a": np.zeros(3, np.float32)})
    assert [(c.column_name, c.dimension) for c in columns] == [("a", 1)]


def test_the_oldest_exports_are_removed(tmp_path):
    for name in ("1000000001", "1000000002", "1000000003", "other"):
        (tmp_path / name).mkdir()
    exports.garbage_collect_exports(str(tmp_path), 2)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["1000000002", "1000000003", "other"]
