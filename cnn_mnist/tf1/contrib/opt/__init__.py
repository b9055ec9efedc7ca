"""What stands in for `tf.contrib.opt`: optimizers."""
