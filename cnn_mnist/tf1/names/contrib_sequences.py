"""`tf.contrib.seq2seq`, `tf.contrib.legacy_seq2seq` and `tf.contrib.crf`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import refused, same

_SEQ2SEQ = "tf.contrib.seq2seq"
_LEGACY = "tf.contrib.legacy_seq2seq"
_NEW = "cnn_mnist.tf1.contrib"

ROWS = [
    *same(_SEQ2SEQ, f"{_NEW}.seq2seq.loss", "sequence_loss"),
    *same(
        _SEQ2SEQ,
        f"{_NEW}.seq2seq.decoder",
        "BasicDecoder BasicDecoderOutput Decoder dynamic_decode",
    ),
    *same(
        _SEQ2SEQ,
        f"{_NEW}.seq2seq.helper",
        "GreedyEmbeddingHelper Helper SampleEmbeddingHelper TrainingHelper",
    ),
    *same(_SEQ2SEQ, f"{_NEW}.seq2seq.custom_helpers", "CustomHelper InferenceHelper"),
    *same(
        _SEQ2SEQ,
        f"{_NEW}.seq2seq.scheduled",
        "ScheduledEmbeddingTrainingHelper ScheduledOutputTrainingHelper",
    ),
    *same(
        _SEQ2SEQ,
        f"{_NEW}.seq2seq.attention",
        "AttentionMechanism BahdanauAttention LuongAttention hardmax",
    ),
    *same(_SEQ2SEQ, f"{_NEW}.seq2seq.attention_wrapper", "AttentionWrapper AttentionWrapperState"),
    *same(
        _SEQ2SEQ,
        f"{_NEW}.seq2seq.beam_search",
        "BeamSearchDecoder BeamSearchDecoderOutput BeamSearchDecoderState "
        "FinalBeamSearchDecoderOutput",
    ),
    *same(_SEQ2SEQ, f"{_NEW}.seq2seq.beams", "gather_tree tile_batch"),
    *refused(
        _SEQ2SEQ,
        "BahdanauMonotonicAttention LuongMonotonicAttention monotonic_attention "
        "monotonic_probability_fn safe_cumprod",
        "nothing stands in for monotonic attention",
        "tf.contrib.seq2seq.BahdanauAttention or LuongAttention",
    ),
    *same(
        _LEGACY,
        f"{_NEW}.legacy_seq2seq.losses",
        "model_with_buckets sequence_loss sequence_loss_by_example",
    ),
    *same(
        _LEGACY,
        f"{_NEW}.legacy_seq2seq.decoders",
        "attention_decoder embedding_attention_decoder embedding_rnn_decoder rnn_decoder",
    ),
    *same(
        _LEGACY,
        f"{_NEW}.legacy_seq2seq.models",
        "basic_rnn_seq2seq embedding_attention_seq2seq embedding_rnn_seq2seq "
        "embedding_tied_rnn_seq2seq one2many_rnn_seq2seq tied_rnn_seq2seq",
    ),
    *same(
        "tf.contrib.crf",
        f"{_NEW}.crf",
        "CrfDecodeBackwardRnnCell CrfDecodeForwardRnnCell CrfForwardRnnCell crf_binary_score "
        "crf_decode crf_log_likelihood crf_log_norm crf_multitag_sequence_score "
        "crf_sequence_score crf_unary_score viterbi_decode",
    ),
]
