"""What stands in for `tf.contrib.opt`: optimizers that are not in `tf.train`."""

__all__: list[str] = []
