"""The columns of tf.contrib.layers give the numbers and the variables of TensorFlow 1."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_mnist.tf1.contrib.columns import crossed, dense, embeddings, inputs, parsing, sparse
from cnn_mnist.tf_compat import tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def run(fetches, **variables):
    """Runs tensors after all variables got the given values, or 1, 2, 3 and so on."""
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        for variable in tf.global_variables():
            counted = 1 + np.arange(np.prod(variable.shape.as_list()))
            variable.load(counted.reshape(variable.shape.as_list()), session)
        return session.run(fetches)


def features():
    words = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["b", "a", "?"], [3, 2])
    return {"word": words, "age": tf.constant([1.0, 5.0, 9.0]), "id": tf.constant([[7], [3], [-1]])}


WORD = sparse.sparse_column_with_keys("word", ["a", "b", "c"])
AGE = dense.real_valued_column("age", normalizer=lambda age: age * 2)
BUCKETS = dense.bucketized_column(dense.real_valued_column("age"), [2, 5, 5, 8])


def test_a_networks_input_is_in_the_order_of_the_columns_texts():
    # _BucketizedColumn, _EmbeddingColumn, _OneHotColumn, _RealValuedColumn.
    embedded = embeddings.embedding_column(WORD, 2)
    columns = [AGE, dense.one_hot_column(WORD), embedded, BUCKETS]
    net = run(inputs.input_from_feature_columns(features(), columns))
    # Vectors are [1, 2], [3, 4] and [5, 6]; their mean for "b" and "a", zero for an unknown word.
    expected = [
        [1, 0, 0, 0, 2, 3, 1, 1, 0, 2],
        [0, 0, 1, 0, 0, 0, 0, 0, 0, 10],
        [0, 0, 0, 1, 0, 0, 0, 0, 0, 18],
    ]
    np.testing.assert_allclose(net, expected)
    names = [variable.op.name for variable in tf.global_variables()]
    assert names == ["input_from_feature_columns/word_embedding/weights"]


def test_a_linear_model_sums_the_weights_of_ids_and_multiplies_numbers():
    columns = [WORD, AGE, BUCKETS]
    scope = {"scope": "linear"}
    output, _, _ = inputs.weighted_sum_from_feature_columns(features(), columns, 1, **scope)
    names = [variable.op.name for variable in tf.global_variables()]
    assert names == [
        "linear/age_bucketized/weights",
        "linear/age/weight",
        "linear/word/weights",
        "linear/bias_weight",
    ]
    # bucket's number + 1, twice the age, ids + 1 of words, the bias 1
    expected = [[1 + 2 + 3 + 1], [3 + 10 + 0 + 1], [4 + 18 + 0 + 1]]
    np.testing.assert_allclose(run(output), expected)


def test_weights_of_a_linear_model_begin_with_0_and_its_features_may_have_no_name():
    columns = [dense.real_valued_column("", dimension=2)]
    tensors = {"": tf.constant([[1.0, 2.0]])}
    _, _, bias = inputs.weighted_sum_from_feature_columns(tensors, columns, 3, scope="linear")
    weights = tf.global_variables()[0]
    assert weights.op.name == "linear//weight"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert not session.run(weights).any() and not session.run(bias).any()


def test_columns_can_share_the_variable_of_a_linear_model():
    output, (weights,), _ = inputs.joint_weighted_sum_from_feature_columns(
        features(), [WORD, BUCKETS], 1, scope="linear"
    )
    assert (weights.op.name, weights.shape) == ("linear/linear_weights/weights", [4 + 3, 1])
    # Buckets have the first four weights. An unknown word has the one before its own, as it had.
    np.testing.assert_allclose(run(output), [[1 + 6 + 5 + 1], [3 + 1], [4 + 4 + 1]])
    with pytest.raises(NotImplementedError, match="age cannot share its weights"):
        inputs.joint_weighted_sum_from_feature_columns(features(), [AGE], 1)


def test_ids_of_a_number_are_modulo_the_bucket_size_and_of_a_text_its_hash():
    number = sparse.sparse_column_with_integerized_feature("id", 5)
    text = sparse.sparse_column_with_hash_bucket("word", 10)
    ids = parsing.transform_features(features(), [number, text])
    found, hashed, expected = run(
        [
            ids[number].values,
            ids[text].values,
            tf.strings.to_hash_bucket_fast(["b", "a", "?"], 10),
        ]
    )
    # -1 is left out of dense numbers.
    assert list(found) == [2, 3]
    np.testing.assert_array_equal(hashed, expected)


def test_a_crossed_column_hashes_combinations_with_its_key():
    column = crossed.crossed_column([WORD, BUCKETS], 50, hash_key=7)
    assert column.name == "age_bucketized_X_word"
    ids = parsing.transform_features(features(), [column])[column]
    buckets = tf.SparseTensor([[0, 0], [1, 0], [2, 0]], tf.constant([0, 2, 3], tf.int64), [3, 1])
    expected = tf.sparse.cross_hashed([buckets, features()["word"]], 50, hash_key=7)
    found, hashed = run([ids, expected])
    np.testing.assert_array_equal(found.values, hashed.values)
    assert len(found.values) == 3


def test_weights_of_ids_count_in_a_linear_model_and_in_a_one_hot_column():
    weighted = sparse.weighted_sparse_column(WORD, "weight")
    weights = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [0.5, 2.0, 1.0], [3, 2])
    tensors = {**features(), "weight": weights}
    output, _, _ = inputs.weighted_sum_from_feature_columns(tensors, [weighted], 1)
    net = inputs.input_from_feature_columns(tensors, [dense.one_hot_column(weighted)])
    found, one_hot = run([output, net])
    np.testing.assert_allclose(found, [[0.5 * 2 + 2 * 1 + 1], [1], [1]])
    np.testing.assert_allclose(one_hot, [[2, 0.5, 0], [0, 0, 0], [0, 0, 0]])


def test_embeddings_can_share_their_vectors_and_begin_as_in_tensorflow_1():
    other = sparse.sparse_column_with_keys("other", ["x", "y", "z"])
    pair = embeddings.shared_embedding_columns([WORD, other], 2)
    tensors = {**features(), "other": tf.constant([["x"], ["y"], ["z"]])}
    net = run(inputs.input_from_feature_columns(tensors, pair))
    (table,) = tf.global_variables()
    assert table.op.name.endswith("/other_word_shared_embedding")
    np.testing.assert_allclose(net[:, :2], [[1, 2], [3, 4], [5, 6]])
    many = sparse.sparse_column_with_integerized_feature("id", 10_000)
    initializer = embeddings.embedding_column(many, 4).initializer
    assert initializer.stddev == pytest.approx(0.01)


def test_a_column_goes_with_tf_feature_column_too():
    net = tf.feature_column.input_layer(features(), [AGE, BUCKETS, dense.one_hot_column(WORD)])
    np.testing.assert_allclose(run(net)[0], [2, 1, 0, 0, 0, 1, 1, 0])


def test_examples_are_read_by_columns():
    example = tf.train.Example()
    example.features.feature["word"].bytes_list.value.append(b"c")
    example.features.feature["age"].float_list.value.append(3)
    tensors = parsing.parse_feature_columns_from_examples(
        [example.SerializeToString()], [WORD, AGE]
    )
    ids, age = run([tensors[WORD].values, tensors[AGE]])
    assert (list(ids), age.tolist()) == ([2], [[6]])
    placeholders = parsing.make_place_holder_tensors_for_base_features([WORD, AGE])
    assert placeholders["age"].shape.as_list() == [None, 1]


def test_a_sequence_has_three_dimensions():
    steps = {"age": tf.ones([2, 3, 1]), "word": tf.sparse.from_dense([[["a"], ["b"], ["c"]]] * 2)}
    columns = [dense.real_valued_column("age"), dense.one_hot_column(WORD)]
    net = run(inputs.sequence_input_from_feature_columns(steps, columns))
    np.testing.assert_allclose(net[0], np.hstack([np.eye(3), np.ones((3, 1))]))
    with pytest.raises(ValueError, match="age_bucketized cannot be part of a sequence"):
        inputs.sequence_input_from_feature_columns(steps, [BUCKETS])


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: dense.real_valued_column("a", dimension=0), ValueError, "at least 1"),
        (lambda: dense.real_valued_column("a", dimension="2"), TypeError, "an integer is needed"),
        (lambda: dense.real_valued_column("a", default_value=[1, 2]), ValueError, "2 default"),
        (lambda: dense.real_valued_column("a", default_value="x"), TypeError, "is not"),
        (lambda: dense.bucketized_column(WORD, [1]), TypeError, "real_valued_column is needed"),
        (lambda: dense.bucketized_column(AGE, [2, 1]), ValueError, "rising order"),
        (
            lambda: embeddings.embedding_column(WORD, 2, ckpt_to_load_from="x"),
            ValueError,
            "give both",
        ),
        (lambda: crossed.crossed_column([WORD, AGE], 9), TypeError, "cannot be crossed"),
        (lambda: crossed.crossed_column([WORD], 9), ValueError, "at least 2 are needed"),
        (lambda: sparse.sparse_column_with_hash_bucket("a", 0), ValueError, "at least 1"),
        (
            lambda: sparse.sparse_column_with_vocabulary_file("a", "f"),
            ValueError,
            "vocab_size is missing",
        ),
        (
            lambda: sparse.sparse_column_with_keys("a", ["x"], dtype=tf.float32),
            ValueError,
            "string or an integer",
        ),
        (lambda: inputs.check_feature_columns([WORD, WORD]), ValueError, "are the same: word"),
        (
            lambda: inputs.input_from_feature_columns(features(), [WORD]),
            ValueError,
            "wrap it in embedding_column",
        ),
        (
            lambda: inputs.weighted_sum_from_feature_columns({}, [AGE], 1),
            ValueError,
            "no feature 'age'",
        ),
        (
            lambda: parsing.infer_real_valued_columns({"word": tf.constant([["a"]])}),
            ValueError,
            "feature 'word' needs a column",
        ),
    ],
)
def test_what_a_column_cannot_be_is_said(make, error, text):
    with pytest.raises(error, match=text):
        make()
