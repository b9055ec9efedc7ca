"""Stand-ins for `tf.contrib.seq2seq`: decoders, attention, beam search and the sequence loss."""

__all__: list[str] = []
