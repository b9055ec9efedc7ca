"""The TensorFlow 1.x layers tutorial, an MNIST CNN on tf.estimator, on today's TensorFlow."""

__version__ = "1.0.0"
