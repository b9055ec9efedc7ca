"""Cases of `tf.contrib.lookup`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

import pathlib
import tempfile

from tf1_recorded import Runs, record

WORDS = ["emerson", "lake", "palmer"]


def file_of(words):
    """Returns the path of a new file with a word on each line."""
    path = pathlib.Path(tempfile.mkdtemp()) / "words.txt"
    path.write_text("".join(word + "\n" for word in words), encoding="utf-8")
    return str(path)


def numbers_of_words(tf):
    lookup, path = tf.contrib.lookup, file_of(WORDS)
    asked = tf.constant([["lake", "x"], ["and", "palmer"]])
    counts = tf.constant([30, 10, 7, 30], tf.int64)
    spec = lookup.StrongHashSpec([5, 9])
    tables = [
        lookup.index_table_from_tensor(WORDS),
        lookup.index_table_from_tensor(tf.constant(WORDS), default_value=7),
        lookup.index_table_from_tensor(mapping=WORDS, num_oov_buckets=3),
        lookup.index_table_from_tensor(WORDS, 4, hasher_spec=spec),
        lookup.index_table_from_file(path),
        lookup.index_table_from_file(vocabulary_file=path, num_oov_buckets=5, vocab_size=2),
        lookup.string_to_index_table_from_tensor(WORDS, 2),
        lookup.string_to_index_table_from_file(path, default_value=-5),
    ]
    numbers = lookup.index_table_from_tensor([10, 20, 30], dtype=tf.int64, num_oov_buckets=2)
    return [
        [table.lookup(asked) for table in tables],
        [tables[0].size(), tables[2].size(), tables[4].size()],
        numbers.lookup(counts),
        lookup.string_to_index(asked, mapping=WORDS, default_value=9),
    ]


def words_of_numbers(tf):
    lookup, path = tf.contrib.lookup, file_of(WORDS)
    asked = tf.constant([2, 0, 3, -1], tf.int64)
    return [
        lookup.index_to_string_table_from_tensor(WORDS).lookup(asked),
        lookup.index_to_string_table_from_tensor(WORDS, default_value="none").lookup(asked),
        lookup.index_to_string_table_from_file(path).lookup(asked),
        lookup.index_to_string_table_from_file(path, 1, default_value="?").lookup(asked),
        lookup.index_to_string(asked, mapping=WORDS),
    ]


def tables(tf):
    lookup, path = tf.contrib.lookup, file_of(["a\t3", "b\t4"])
    asked = tf.constant(["lake", "none"])
    pairs = lookup.KeyValueTensorInitializer(WORDS, [5, 6, 7], tf.string, tf.int64)
    text = lookup.TextFileInitializer(path, tf.string, 0, tf.int64, 1, delimiter="\t")
    lines = lookup.TextFileIdTableInitializer(file_of(WORDS))
    back = lookup.TextFileStringTableInitializer(file_of(WORDS))
    floats = lookup.KeyValueTensorInitializer(tf.constant([1, 2], tf.int64), tf.constant([0.5, 1]))
    table = lookup.HashTable(pairs, -1)
    buckets = lookup.IdTableWithHashBuckets(lookup.HashTable(lines, -1), 4)
    return [
        [table.lookup(asked), table.size()],
        lookup.HashTable(text, -1).lookup(tf.constant(["b", "c"])),
        [buckets.lookup(asked), buckets.size()],
        lookup.IdTableWithHashBuckets(None, 6).lookup(asked),
        lookup.HashTable(back, "?").lookup(tf.constant([1, 8], tf.int64)),
        lookup.HashTable(floats, -1.0).lookup(tf.constant([2, 3], tf.int64)),
    ]


def changing_tables(tf):
    lookup = tf.contrib.lookup
    words = tf.constant(["a", "b", "c"])
    table = lookup.MutableHashTable(tf.string, tf.int64, -1)
    rows = lookup.MutableHashTable(tf.string, tf.float32, [0.0, 0.5])
    dense = lookup.MutableDenseHashTable(tf.int64, tf.int64, -1, empty_key=0, deleted_key=-9)
    keys = tf.constant([11, 12, 13], tf.int64)
    runs = [
        table.lookup(words),
        [
            table.insert(words[:2], tf.constant([5, 6], tf.int64)),
            rows.insert(words[1:2], tf.constant([[2.0, 3.0]])),
            dense.insert(keys[:2], keys[1:]),
        ],
        [table.lookup(words), table.size(), rows.lookup(words), dense.lookup(keys), dense.size()],
        table.remove(words[:1]),
        [table.lookup(words), table.export()],
    ]
    return Runs([(fetches, {}) for fetches in runs])


CASES = [numbers_of_words, words_of_numbers, tables, changing_tables]

if __name__ == "__main__":
    record(__file__, CASES)
