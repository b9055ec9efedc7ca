"""Cases of the feature columns of `tf.contrib.layers`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

import pathlib
import tempfile

from tf1_recorded import inputs_of, record


def features(tf):
    """Returns the features of three examples: numbers, words, counts and weights."""
    words = tf.constant([["green", ""], ["red", "blue"], ["", "pink"]])
    places = [[0, 0], [1, 0], [1, 1], [2, 1]]
    return {
        "age": tf.constant([20.0, 35.0, 61.0]),
        "size": tf.constant(inputs_of(3, 2)),
        "words": words,
        "count": tf.constant([[3], [0], [7]], tf.int64),
        "sparse": tf.SparseTensor(places, ["a", "b", "c", "b"], [3, 2]),
        "weights": tf.SparseTensor(places, [0.5, 2.0, 1.0, 3.0], [3, 2]),
    }


def file_of(words):
    path = pathlib.Path(tempfile.mkdtemp()) / "words.txt"
    path.write_text("".join(word + "\n" for word in words), encoding="utf-8")
    return str(path)


class Columns:
    """A column of each kind."""

    def __init__(self, tf):
        layers = tf.contrib.layers
        self.age = layers.real_valued_column("age")
        self.scaled = layers.real_valued_column("age", normalizer=lambda age: age / 10.0)
        self.size = layers.real_valued_column("size", dimension=2)
        self.ages = layers.bucketized_column(self.age, [18, 30, 60])
        self.sizes = layers.bucketized_column(self.size, [-0.5, 0.0, 0.5])
        keys = layers.sparse_column_with_keys
        self.words = keys("words", ["red", "green", "blue"])
        self.sqrtn = keys("words", ["red", "green", "pink"], default_value=1, combiner="sqrtn")
        self.keys = keys("sparse", ["a", "b", "c"], combiner="mean")
        self.numbers = keys("count", [7, 3], dtype=tf.int64)
        self.hashed = layers.sparse_column_with_hash_bucket("words", 6)
        self.hashed_counts = layers.sparse_column_with_hash_bucket("count", 5, dtype=tf.int64)
        self.hashed_sparse = layers.sparse_column_with_hash_bucket("sparse", 4, combiner="mean")
        self.ids = layers.sparse_column_with_integerized_feature("count", 5)
        self.file = layers.sparse_column_with_vocabulary_file(
            "words", file_of(["blue", "red"]), num_oov_buckets=2, vocab_size=2
        )
        self.weighted = layers.weighted_sparse_column(self.keys, "weights")
        self.crossed = layers.crossed_column([self.hashed, self.ages], 7, hash_key=1234567)
        self.several = layers.crossed_column([self.crossed, self.ids, self.keys], 9, hash_key=3)


def inputs_of_a_network(tf):
    layers, columns = tf.contrib.layers, Columns(tf)
    embedded = layers.embedding_column
    ones = tf.ones_initializer()

    shared = layers.sparse_column_with_hash_bucket("sparse", 6)

    def built(*chosen):
        return layers.input_from_feature_columns(features(tf), list(chosen))

    return [
        built(columns.age, columns.size),
        built(columns.scaled),
        built(columns.ages, columns.sizes),
        built(layers.one_hot_column(columns.words), columns.age),
        built(layers.one_hot_column(columns.keys), layers.one_hot_column(columns.ids)),
        built(layers.one_hot_column(columns.weighted)),
        built(embedded(columns.words, 2), embedded(columns.numbers, 1)),
        built(embedded(columns.hashed, 2, "sum"), embedded(columns.hashed_sparse, 2, "sqrtn")),
        built(embedded(columns.file, 2, initializer=ones), embedded(columns.ids, 3)),
        built(embedded(columns.weighted, 2), embedded(columns.sqrtn, 2, max_norm=0.5)),
        built(embedded(columns.crossed, 2), embedded(columns.several, 1)),
        built(*layers.shared_embedding_columns([columns.hashed, shared], 2)),
    ]


def linear_models(tf):
    layers, columns = tf.contrib.layers, Columns(tf)

    def built(*chosen):
        sums = layers.weighted_sum_from_feature_columns(features(tf), list(chosen), 2)
        return [sums[0], sums[2]]

    return [
        built(columns.age, columns.size),
        built(columns.ages, columns.sizes),
        built(columns.words, columns.sqrtn, columns.keys),
        built(columns.numbers, columns.hashed, columns.hashed_counts, columns.hashed_sparse),
        built(columns.ids, columns.file, columns.weighted),
        built(columns.crossed, columns.several),
    ]


def linear_models_with_joint_weights(tf):
    layers, columns = tf.contrib.layers, Columns(tf)
    chosen = [columns.words, columns.ids, columns.hashed, columns.crossed]
    sums = layers.joint_weighted_sum_from_feature_columns(features(tf), chosen, 2)
    return [sums[0], sums[2]]


def sequences(tf):
    layers = tf.contrib.layers
    words = tf.SparseTensor(
        [[0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 0, 0]], ["a", "b", "x", "c"], [2, 2, 2]
    )
    keys = layers.sparse_column_with_keys("words", ["a", "b", "c"])
    found = layers.sequence_input_from_feature_columns(
        {"size": tf.constant(inputs_of(2, 2, 3)), "words": words},
        [layers.real_valued_column("size", dimension=3), layers.embedding_column(keys, 2)],
    )
    return [found]


def transformed(tf):
    layers, columns = tf.contrib.layers, Columns(tf)
    chosen = [columns.ages, columns.words, columns.hashed, columns.file, columns.crossed]
    found = layers.transform_features(features(tf), chosen)
    sparse = [found[column] for column in chosen[1:]]
    names = [column.name for column in vars(columns).values()]
    spec = layers.create_feature_spec_for_parsing(vars(columns).values())
    shown = [name + " " + str(spec[name].dtype) for name in sorted(spec)]
    return [
        found[columns.ages],
        [[tensor.indices, tensor.values] for tensor in sparse],
        tf.constant(names),
        tf.constant(shown),
    ]


CASES = [
    inputs_of_a_network,
    linear_models,
    linear_models_with_joint_weights,
    sequences,
    transformed,
]

if __name__ == "__main__":
    record(__file__, CASES)
