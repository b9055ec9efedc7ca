"""Stand-ins for `tensorflow.examples.tutorials.mnist`: the data, and the network."""

__all__: list[str] = []
