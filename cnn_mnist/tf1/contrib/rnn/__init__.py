"""Stand-ins for `tf.contrib.rnn`: cells, wrappers of cells, fused cells, and stacked networks.

The cells have the formulas, initial values and variable names of TensorFlow 1.15, so that their
checkpoints fit.
"""

__all__: list[str] = []
