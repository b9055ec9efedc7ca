"""Cases of `tf.contrib.crf`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

import numpy as np
from tf1_recorded import inputs_of, record

BATCH, TIME, TAGS = 3, 4, 3


def given(tf, time=TIME):
    potentials = tf.constant(3 * inputs_of(BATCH, time, TAGS))
    tags = tf.constant(np.arange(BATCH * time).reshape(BATCH, time) % TAGS, tf.int32)
    transitions = tf.constant(inputs_of(TAGS, TAGS))
    lengths = tf.constant([time, time - 1, 0], tf.int64)
    return potentials, tags, transitions, lengths


def log_likelihood(tf):
    potentials, tags, _, lengths = given(tf)
    result, transitions = tf.contrib.crf.crf_log_likelihood(potentials, tags, lengths)
    return result, transitions, tf.gradients(result, [potentials, transitions])


def log_likelihood_of_one_step(tf):
    potentials, tags, transitions, lengths = given(tf, 1)
    result, _ = tf.contrib.crf.crf_log_likelihood(potentials, tags, lengths, transitions)
    return result, tf.contrib.crf.crf_decode(potentials, transitions, lengths)


def decoded(tf):
    potentials, _, transitions, lengths = given(tf)
    return tf.contrib.crf.crf_decode(potentials, transitions, lengths)


def scores(tf):
    potentials, tags, transitions, lengths = given(tf)
    bitmap = tf.constant(np.arange(BATCH * TIME * TAGS).reshape(BATCH, TIME, TAGS) % 4 > 0)
    return [
        tf.contrib.crf.crf_unary_score(tags, lengths, potentials),
        tf.contrib.crf.crf_binary_score(tags, lengths, transitions),
        tf.contrib.crf.crf_sequence_score(potentials, tags, lengths, transitions),
        tf.contrib.crf.crf_log_norm(potentials, lengths, transitions),
        tf.contrib.crf.crf_multitag_sequence_score(potentials, bitmap, lengths, transitions),
    ]


def viterbi(tf):
    tags, score = tf.contrib.crf.viterbi_decode(3 * inputs_of(6, TAGS), inputs_of(TAGS, TAGS))
    return tf.constant(np.asarray(tags, np.int32)), tf.constant(score)


CASES = [log_likelihood, log_likelihood_of_one_step, decoded, scores, viterbi]

if __name__ == "__main__":
    record(__file__, CASES)
