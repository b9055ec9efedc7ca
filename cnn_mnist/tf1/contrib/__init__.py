"""Stand-ins for `tf.contrib`, a module for each family."""
