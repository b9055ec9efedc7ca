"""`tf.contrib.metrics`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_NEW = "cnn_mnist.tf1.contrib.metrics"
# Seldom used; tf-slim has them as they were.
_OF_SLIM = (
    "auc_using_histogram auc_with_confidence_intervals cohen_kappa count f1_score "
    "precision_at_recall precision_recall_at_equal_thresholds recall_at_precision "
    "streaming_concat streaming_covariance streaming_curve_points streaming_dynamic_auc "
    "streaming_false_negative_rate_at_thresholds streaming_false_negatives_at_thresholds "
    "streaming_false_positive_rate_at_thresholds streaming_false_positives_at_thresholds "
    "streaming_pearson_correlation streaming_sparse_average_precision_at_top_k "
    "streaming_true_negatives_at_thresholds streaming_true_positives_at_thresholds"
)


def metrics(old: str) -> list[Name]:
    """Returns rows for the metrics, which `tf.contrib.slim` had too.

    Args:
      old: the module, such as `tf.contrib.metrics`.
    """
    return [
        *same(
            old,
            _NEW,
            "accuracy aggregate_metric_map aggregate_metrics confusion_matrix "
            "sparse_recall_at_top_k streaming_accuracy streaming_auc "
            "streaming_false_negative_rate streaming_false_negatives "
            "streaming_false_positive_rate streaming_false_positives "
            "streaming_mean_absolute_error streaming_mean_cosine_distance streaming_mean_iou "
            "streaming_mean_relative_error streaming_mean_squared_error streaming_precision "
            "streaming_precision_at_thresholds streaming_recall streaming_recall_at_k "
            "streaming_recall_at_thresholds streaming_root_mean_squared_error "
            "streaming_sensitivity_at_specificity streaming_sparse_average_precision_at_k "
            "streaming_sparse_precision_at_k streaming_sparse_precision_at_top_k "
            "streaming_sparse_recall_at_k streaming_specificity_at_sensitivity "
            "streaming_true_negatives streaming_true_positives",
        ),
        Name(f"{old}.streaming_mean", "tf.metrics.mean"),
        Name(f"{old}.streaming_mean_tensor", "tf.metrics.mean_tensor"),
        Name(f"{old}.streaming_percentage_less", "tf.metrics.percentage_below"),
        Name(f"{old}.set_difference", "tf.sets.difference"),
        Name(f"{old}.set_intersection", "tf.sets.intersection"),
        Name(f"{old}.set_size", "tf.sets.size"),
        Name(f"{old}.set_union", "tf.sets.union"),
        *(
            Name(f"{old}.{name}", f"cnn_mnist.tf1.contrib.slim:metrics.{name}", needs="tf_slim")
            for name in _OF_SLIM.split()
        ),
    ]


ROWS = metrics("tf.contrib.metrics")
