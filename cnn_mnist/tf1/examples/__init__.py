"""Stand-ins for `tensorflow.examples.tutorials.mnist`."""
