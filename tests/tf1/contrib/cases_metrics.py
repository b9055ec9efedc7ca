"""Cases of `tf.contrib.metrics`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

import numpy as np
from tf1_recorded import Runs, inputs_of, record

WEIGHTS = np.array([1.0, 0.5, 0.0, 2.0, 1.0, 1.0], np.float32)
FLAGS = np.array([[1, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 1]], bool)
TRUTH = np.array([[1, 1, 0, 1, 0, 0], [0, 1, 1, 0, 0, 1]], bool)
CLASSES = np.array([[0, 2, 1, 1, 3, 2], [3, 3, 0, 1, 2, 2]], np.int64)
LABELS = np.array([[0, 1, 1, 2, 3, 2], [3, 0, 0, 1, 1, 2]], np.int64)


def of_batches(tf, dtypes, batches, metrics):
    """Returns the updates with two batches, each followed by the values so far."""
    places = [tf.placeholder(dtype, batches[0][n].shape) for n, dtype in enumerate(dtypes)]
    built = metrics(*places)
    updates, values = [update for _, update in built], [value for value, _ in built]
    runs = []
    for batch in batches:
        fed = {place: batch[n] for n, place in enumerate(places)}
        runs += [(updates, fed), (values, {})]
    return Runs(runs)


def classes(tf):
    metrics = tf.contrib.metrics

    def built(predictions, labels):
        return [
            metrics.streaming_accuracy(predictions, labels),
            metrics.streaming_accuracy(predictions, labels, tf.constant(WEIGHTS), name="weighted"),
            metrics.streaming_mean_iou(predictions, labels, 4),
            metrics.streaming_mean_iou(predictions, labels, 4, tf.constant(WEIGHTS)),
            metrics.cohen_kappa(labels, predictions, 4),
        ]

    return of_batches(tf, [tf.int64, tf.int64], [(CLASSES[n], LABELS[n]) for n in range(2)], built)


def flags(tf):
    metrics = tf.contrib.metrics
    several = [
        metrics.streaming_precision,
        metrics.streaming_recall,
        metrics.streaming_true_positives,
        metrics.streaming_true_negatives,
        metrics.streaming_false_positives,
        metrics.streaming_false_negatives,
        metrics.streaming_false_positive_rate,
        metrics.streaming_false_negative_rate,
    ]

    def built(predictions, labels):
        return [metric(predictions, labels) for metric in several] + [
            metric(predictions, labels, tf.constant(WEIGHTS)) for metric in several
        ]

    return of_batches(tf, [tf.bool, tf.bool], [(FLAGS[n], TRUTH[n]) for n in range(2)], built)


def numbers(tf):
    metrics = tf.contrib.metrics
    values = inputs_of(2, 6)
    batches = [(values[n], values[n] ** 2 + 0.5) for n in range(2)]

    def built(predictions, labels):
        return [
            metrics.streaming_mean(predictions),
            metrics.streaming_mean(predictions, tf.constant(WEIGHTS)),
            metrics.streaming_mean_tensor(predictions),
            metrics.streaming_mean_absolute_error(predictions, labels),
            metrics.streaming_mean_absolute_error(predictions, labels, tf.constant(WEIGHTS)),
            metrics.streaming_mean_squared_error(predictions, labels),
            metrics.streaming_root_mean_squared_error(predictions, labels, tf.constant(WEIGHTS)),
            metrics.streaming_mean_relative_error(predictions, labels, labels + 1),
            metrics.streaming_mean_cosine_distance(predictions, labels, 0),
            metrics.streaming_percentage_less(predictions, 0.2),
            metrics.streaming_percentage_less(predictions, 0.2, tf.constant(WEIGHTS)),
            metrics.streaming_covariance(predictions, labels),
            metrics.streaming_pearson_correlation(predictions, labels, tf.constant(WEIGHTS)),
        ]

    return of_batches(tf, [tf.float32, tf.float32], batches, built)


def thresholds(tf):
    metrics = tf.contrib.metrics
    likely = 0.5 + 0.5 * inputs_of(2, 6)
    at = [0.3, 0.6]
    several = [
        metrics.streaming_precision_at_thresholds,
        metrics.streaming_recall_at_thresholds,
        metrics.streaming_true_positives_at_thresholds,
        metrics.streaming_true_negatives_at_thresholds,
        metrics.streaming_false_positives_at_thresholds,
        metrics.streaming_false_negatives_at_thresholds,
        metrics.streaming_false_positive_rate_at_thresholds,
        metrics.streaming_false_negative_rate_at_thresholds,
    ]

    def built(predictions, labels):
        return [metric(predictions, labels, at) for metric in several] + [
            metrics.streaming_auc(predictions, labels),
            metrics.streaming_auc(predictions, labels, tf.constant(WEIGHTS)),
            metrics.streaming_auc(predictions, labels, num_thresholds=10, curve="PR"),
            metrics.streaming_sensitivity_at_specificity(predictions, labels, 0.6),
            metrics.streaming_specificity_at_sensitivity(
                predictions, labels, 0.6, tf.constant(WEIGHTS), 20
            ),
            metrics.recall_at_precision(labels, predictions, 0.6),
            metrics.precision_at_recall(labels, predictions, 0.6),
            metrics.f1_score(labels, predictions),
            metrics.streaming_precision(predictions > 0.5, labels),
        ]

    return of_batches(tf, [tf.float32, tf.bool], [(likely[n], TRUTH[n]) for n in range(2)], built)


def best(tf):
    metrics = tf.contrib.metrics
    scores = [inputs_of(6, 4), inputs_of(6, 4) ** 2]
    batches = [(scores[n], LABELS[n]) for n in range(2)]

    def built(predictions, labels):
        each = tf.expand_dims(labels, 1)
        top = tf.nn.top_k(predictions, 2).indices
        return [
            metrics.streaming_recall_at_k(predictions, labels, 2),
            metrics.streaming_recall_at_k(predictions, labels, 1, tf.constant(WEIGHTS)),
            metrics.streaming_sparse_recall_at_k(predictions, each, 2),
            metrics.streaming_sparse_recall_at_k(predictions, each, 2, 1),
            metrics.streaming_sparse_precision_at_k(
                predictions, each, 2, weights=tf.constant(WEIGHTS)
            ),
            metrics.streaming_sparse_precision_at_k(predictions, each, 2, class_id=2),
            metrics.streaming_sparse_average_precision_at_k(predictions, each, 3),
            metrics.streaming_sparse_precision_at_top_k(tf.to_int64(top), each),
            metrics.sparse_recall_at_top_k(each, tf.to_int64(top)),
        ]

    return of_batches(tf, [tf.float32, tf.int64], batches, built)


def plain(tf):
    metrics = tf.contrib.metrics
    labels, predictions = tf.constant(LABELS[0]), tf.constant(CLASSES[0])
    pairs = {"one": (tf.constant(1), tf.constant(2)), "other": (tf.constant(3), tf.constant(4))}
    sets = [tf.constant([[1, 2], [3, 4]]), tf.constant([[2, 5], [4, 3]])]
    sparse = [metrics.set_intersection(*sets), metrics.set_difference(*sets)]
    sparse.append(metrics.set_union(*sets))
    return [
        metrics.accuracy(predictions, labels),
        metrics.accuracy(predictions, labels, tf.constant(WEIGHTS)),
        metrics.confusion_matrix(labels, predictions),
        metrics.confusion_matrix(labels, predictions, 5, tf.float32, weights=tf.constant(WEIGHTS)),
        metrics.aggregate_metrics(*pairs.values()),
        [names[key] for names in metrics.aggregate_metric_map(pairs) for key in sorted(names)],
        [[each.indices, each.values] for each in sparse],
        metrics.set_size(sparse[0]),
    ]


CASES = [classes, flags, numbers, thresholds, best, plain]

if __name__ == "__main__":
    record(__file__, CASES)
