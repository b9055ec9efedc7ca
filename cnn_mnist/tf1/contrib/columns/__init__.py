"""The feature columns of `tf.contrib.layers`, which `tf.contrib.learn`'s estimators take.

`base` has what all columns share, `sparse`, `dense`, `embeddings` and `crossed` the columns.
`inputs` makes a network's input or a linear model of them, and `parsing` reads them from
`tf.Example`s.

Names of classes, of their fields and of variables are those of TensorFlow 1: the order of the
columns in a network's input comes from the text of a column, and checkpoints have the variables.
"""

__all__: list[str] = []
