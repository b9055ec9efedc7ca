"""Scripts with recurrent networks and sequences run as they are, to a stated accuracy."""

from __future__ import annotations

import pytest
from tf1_scripts import Script, check

SCRIPTS = [
    Script(
        "lstm_rows_static.py",
        at_least={"Testing Accuracy": 0.93},
        lines=("Optimization Finished!",),
        supplied=("tf.contrib.rnn.BasicLSTMCell", "tf.contrib.rnn.static_rnn"),
    ),
    Script(
        "lstm_rows_dynamic.py",
        at_least={"accuracy": 0.9},
        lines=("rnn/multi_rnn_cell/cell_1/gru_cell/candidate/kernel", "dense/kernel"),
        supplied=("tf.contrib.rnn.GRUCell", "tf.contrib.rnn.MultiRNNCell"),
    ),
    Script(
        "bidirectional_rnn.py",
        at_least={"Testing Accuracy": 0.9},
        supplied=("tf.contrib.rnn.LSTMBlockCell", "tf.contrib.rnn.static_bidirectional_rnn"),
    ),
    Script(
        "before_1_0.py",
        at_least={"accuracy": 0.8},
        lines=("STEPS=300", "SUMMARIES_DIR=summaries"),
        supplied=("tf.mul", "tf.pack", "tf.models.rnn.rnn.rnn", "tf.scalar_summary"),
    ),
    Script(
        "char_rnn.py",
        at_most={"train_loss": 0.6},
        at_least={"known words": 5},
        supplied=(
            "tf.contrib.legacy_seq2seq.rnn_decoder",
            "tf.contrib.legacy_seq2seq.sequence_loss_by_example",
        ),
    ),
    Script(
        "seq2seq_attention.py",
        at_least={"sorted by greed": 0.9, "sorted by beams": 0.9},
        lines=(
            "model/memory_layer/kernel",
            "model/decoder/attention/bahdanau_attention/attention_v",
        ),
        supplied=(
            "tf.contrib.seq2seq.AttentionWrapper",
            "tf.contrib.seq2seq.BeamSearchDecoder",
            "tf.contrib.seq2seq.sequence_loss",
        ),
    ),
    Script(
        "crf_tagger.py",
        at_least={"Accuracy": 90},
        lines=("same by both decoders: 60 of 60",),
        supplied=("tf.contrib.crf.crf_log_likelihood", "tf.contrib.rnn.LayerNormBasicLSTMCell"),
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_of_sequences_runs_as_it_is(script, tmp_path):
    check(script, tmp_path)
