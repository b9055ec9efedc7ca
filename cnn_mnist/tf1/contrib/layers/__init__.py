"""What stands in for `tf.contrib.layers`: layers as functions, with the variables of then.

All layers take their arguments' defaults from `arg_scope` where TensorFlow 1.15's did, name their
variables as it did (`fully_connected/weights`, `Conv_1/biases`, `BatchNorm/beta`) and create them
as model variables.
"""

__all__: list[str] = []
