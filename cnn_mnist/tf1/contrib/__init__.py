"""Stand-ins for `tf.contrib`, which TensorFlow 2.0 dropped: a module for each family."""

__all__: list[str] = []
