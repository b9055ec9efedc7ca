"""Stand-ins for `tf.contrib.legacy_seq2seq`, which was `tf.nn.seq2seq` before TensorFlow 1.0.

Sequences are lists of tensors `[batch]` or `[batch, depth]`, one a step.
"""

__all__: list[str] = []
