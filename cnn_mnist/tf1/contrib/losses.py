"""What stands in for `tf.contrib.losses`, the losses of before TensorFlow 1.0.

Their arguments are the predictions or logits, then the labels; in `tf.losses` it is the other way
around. All but `hinge_loss` return a scalar, the weighted mean, and add it to LOSSES.
"""

from __future__ import annotations

from typing import Any

from cnn_mnist.tf1.contrib.framework.arg_scopes import add_arg_scope
from cnn_mnist.tf_compat import tf


def compute_weighted_loss(losses: Any, weights: Any = 1.0, scope: str | None = None) -> Any:
    """Returns the sum of weights * losses, divided by the number of losses of weight not 0.

    Args:
      losses: `[batch, ...]`.
      weights: a scalar, `[batch]`, or the first dimensions of the losses. A last dimension of 1 is
        dropped.
      scope: the name of the ops.

    Raises:
      ValueError: the rank of the losses or of the weights is unknown.
    """
    with tf.name_scope(scope, "weighted_loss", [losses, weights]):
        losses = tf.convert_to_tensor(losses)
        dtype = losses.dtype
        losses = tf.cast(losses, tf.float32)
        weights = tf.cast(tf.convert_to_tensor(weights), tf.float32)
        if losses.shape.ndims is None or weights.shape.ndims is None:
            raise ValueError("the ranks of the losses and of the weights must be known")
        if weights.shape.ndims > 1 and weights.shape.as_list()[-1] in (1, None):
            weights = tf.squeeze(weights, [-1])
        present = tf.reduce_sum(_present(losses, weights))
        mean = tf.div_no_nan(_scaled(losses, weights), present, name="value")
        mean = tf.cast(mean, dtype)
        add_loss(mean)
        return mean


def _scaled(losses: Any, weights: Any) -> Any:
    """Returns the sum of the weighted losses."""
    axes = list(range(weights.shape.ndims, losses.shape.ndims))
    return tf.reduce_sum(tf.reduce_sum(losses, axis=axes) * weights)


def _present(losses: Any, weights: Any) -> Any:
    """Returns for each example how many of its losses have a weight that is not 0."""
    counted = tf.cast(tf.not_equal(weights, 0), tf.float32)
    rank = weights.shape.ndims
    if rank == 0:
        counted *= tf.ones(tf.shape(losses)[:1])
        rank = 1
    elif rank > 1:
        counted = tf.reduce_sum(counted, axis=list(range(1, rank)))
    return counted * tf.cast(tf.reduce_prod(tf.shape(losses)[rank:]), tf.float32)


@add_arg_scope
def add_loss(loss: Any, loss_collection: str | None = tf.GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection, unless that is None."""
    if loss_collection:
        tf.add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = tf.GraphKeys.LOSSES) -> list[Any]:
    """Returns the losses of a collection, of a scope if one is given."""
    return list(tf.get_collection(loss_collection, scope))


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """Returns the losses of REGULARIZATION_LOSSES, of a scope if one is given."""
    return get_losses(scope, tf.GraphKeys.REGULARIZATION_LOSSES)


def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss") -> Any:
    """Returns the sum of all losses.

    Args:
      add_regularization_losses: whether those are added too.
      name: of the op.

    Raises:
      ValueError: there are no losses.
    """
    losses = get_losses() + (get_regularization_losses() if add_regularization_losses else [])
    return tf.add_n(losses, name=name)


def absolute_difference(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """Returns the weighted mean of abs(predictions - labels)."""
    with tf.name_scope(scope, "absolute_difference", [predictions, labels, weights]) as inner:
        predictions, labels = _floats(predictions, labels)
        return compute_weighted_loss(tf.abs(predictions - labels), weights, inner)


def _floats(predictions: Any, labels: Any) -> tuple[Any, Any]:
    """Returns both as floats.

    Raises:
      ValueError: their shapes differ.
    """
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return tf.cast(predictions, tf.float32), tf.cast(labels, tf.float32)


def sigmoid_cross_entropy(
    logits: Any,
    multi_class_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Any:
    """Returns the weighted mean cross entropy of independent classes.

    Args:
      logits: `[batch, classes]`.
      multi_class_labels: of the same shape, 0 or 1.
      weights: see `compute_weighted_loss`.
      label_smoothing: moves the labels by this part towards 0.5.
      scope: the name of the ops.

    Raises:
      ValueError: the shapes differ.
    """
    values = [logits, multi_class_labels, weights]
    with tf.name_scope(scope, "sigmoid_cross_entropy_loss", values) as inner:
        logits.get_shape().assert_is_compatible_with(multi_class_labels.get_shape())
        labels = tf.cast(multi_class_labels, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, inner)


def softmax_cross_entropy(
    logits: Any,
    onehot_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Any:
    """Returns the weighted mean cross entropy of classes that exclude each other.

    Args:
      logits: `[batch, classes]`.
      onehot_labels: of the same shape.
      weights: see `compute_weighted_loss`.
      label_smoothing: moves the labels by this part towards 1 / classes.
      scope: the name of the ops.

    Raises:
      ValueError: the shapes differ.
    """
    values = [logits, onehot_labels, weights]
    with tf.name_scope(scope, "softmax_cross_entropy_loss", values) as inner:
        logits.get_shape().assert_is_compatible_with(onehot_labels.get_shape())
        labels = tf.cast(onehot_labels, logits.dtype)
        if label_smoothing > 0:
            classes = tf.cast(tf.shape(labels)[1], logits.dtype)
            labels = labels * (1.0 - label_smoothing) + label_smoothing / classes
        labels = tf.stop_gradient(labels)
        losses = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, inner)


def sparse_softmax_cross_entropy(
    logits: Any, labels: Any, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """Returns the weighted mean cross entropy for labels that are class numbers.

    Args:
      logits: `[batch, classes]`.
      labels: `[batch]` or `[batch, 1]` ints.
      weights: see `compute_weighted_loss`.
      scope: the name of the ops.
    """
    values = [logits, labels, weights]
    with tf.name_scope(scope, "sparse_softmax_cross_entropy_loss", values) as inner:
        labels = tf.reshape(labels, [tf.shape(labels)[0]])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, inner)


def log_loss(
    predictions: Any,
    labels: Any = None,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
) -> Any:
    """Returns the weighted mean of the cross entropy of probabilities.

    Args:
      predictions: probabilities.
      labels: of the same shape, 0 or 1.
      weights: see `compute_weighted_loss`.
      epsilon: added before the logarithm.
      scope: the name of the ops.

    Raises:
      ValueError: the shapes differ.
    """
    with tf.name_scope(scope, "log_loss", [predictions, labels, weights]) as inner:
        predictions, labels = _floats(predictions, labels)
        of_ones = labels * tf.log(predictions + epsilon)
        of_zeros = (1 - labels) * tf.log(1 - predictions + epsilon)
        return compute_weighted_loss(-of_ones - of_zeros, weights, inner)


def hinge_loss(logits: Any, labels: Any = None, scope: str | None = None) -> Any:
    """Returns max(0, 1 - logits) for labels 1 and max(0, 1 + logits) for labels 0, not the mean.

    Raises:
      ValueError: the shapes differ.
    """
    with tf.name_scope(scope, "hinge_loss", [logits, labels]):
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        return tf.nn.relu(1 - (2 * tf.cast(labels, tf.float32) - 1) * logits)


def mean_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """Returns the weighted mean of (predictions - labels) ** 2."""
    with tf.name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as inner:
        predictions, labels = _floats(predictions, labels)
        return compute_weighted_loss(tf.squared_difference(predictions, labels), weights, inner)


def mean_pairwise_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """Returns the sum over examples of the mean squared differences of pairs of errors.

    For errors e of one example it is 2 mean(e ** 2) - 2 mean(e) ** 2, times its weight.

    Args:
      predictions: `[batch, ...]`.
      labels: of the same shape.
      weights: a scalar or `[batch]`.
      scope: the name of the ops.

    Raises:
      ValueError: the shapes differ, or a rank is unknown.
    """
    values = [predictions, labels, weights]
    with tf.name_scope(scope, "mean_pairwise_squared_error", values):
        predictions, labels = _floats(predictions, labels)
        errors = predictions - labels
        weights = tf.cast(tf.convert_to_tensor(weights), tf.float32)
        if errors.shape.ndims is None or weights.shape.ndims is None:
            raise ValueError("the ranks of the predictions and of the weights must be known")
        axes = list(range(1, errors.shape.ndims))
        present = _present(errors, weights)
        squares = tf.reduce_sum(tf.square(errors), axis=axes)
        squares = tf.div_no_nan(squares, present, name="value")
        mean = tf.div_no_nan(tf.reduce_sum(errors, axis=axes), present, name="value")
        loss = _scaled(2.0 * squares - 2.0 * tf.square(mean), weights)
        loss = tf.identity(loss, name="value")
        add_loss(loss)
        return loss


def cosine_distance(
    predictions: Any,
    labels: Any = None,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Any:
    """Returns the weighted mean of 1 - sum(predictions * labels), of vectors of length 1.

    Args:
      predictions: vectors.
      labels: of the same shape.
      axis: of the vectors.
      weights: see `compute_weighted_loss`.
      scope: the name of the ops.
      dim: the name of `axis` in older versions.

    Raises:
      ValueError: the shapes differ, or the axis is missing.
    """
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with tf.name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as inner:
        predictions, labels = _floats(predictions, labels)
        losses = 1 - tf.reduce_sum(predictions * labels, axis=[axis])
        return compute_weighted_loss(losses, weights, inner)
