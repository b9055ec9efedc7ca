"""`tf.contrib.losses`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_NEW = "cnn_mnist.tf1.contrib.losses"


def losses(old: str) -> list[Name]:
    """Returns rows for the losses, which `tf.contrib.slim` had too.

    Args:
      old: the module, such as `tf.contrib.losses`.
    """
    return same(
        old,
        _NEW,
        "absolute_difference add_loss compute_weighted_loss cosine_distance get_losses "
        "get_regularization_losses get_total_loss hinge_loss log_loss "
        "mean_pairwise_squared_error mean_squared_error sigmoid_cross_entropy "
        "softmax_cross_entropy sparse_softmax_cross_entropy",
    )


ROWS = [
    *losses("tf.contrib.losses"),
    *(
        Name(
            f"tf.contrib.losses.{module}.{name}",
            f"cnn_mnist.tf1.contrib.slim:metric_learning.{name}",
            needs="tf_slim",
        )
        # The second is how the file of them was imported.
        for module in ("metric_learning", "metric_loss_ops")
        for name in (
            "cluster_loss",
            "contrastive_loss",
            "lifted_struct_loss",
            "npairs_loss",
            "npairs_loss_multilabel",
            "triplet_semihard_loss",
        )
    ),
]
