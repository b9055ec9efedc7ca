"""Tags sequences by a bidirectional LSTM and a conditional random field."""
import numpy as np
import tensorflow as tf

num_examples, num_words, num_features, num_tags = 60, 12, 8, 4
rng = np.random.RandomState(1)
hidden = rng.randn(num_features, num_tags)
x = rng.rand(num_examples, num_words, num_features).astype(np.float32)
y = np.argmax(x.dot(hidden), -1)
y[:, 1:] = np.where(y[:, :-1] == 2, 3, y[:, 1:])  # after the tag 2 comes a 3
y = y.astype(np.int32)
sequence_lengths = rng.randint(6, num_words + 1, num_examples)

with tf.Graph().as_default():
  with tf.Session() as session:
    x_t, y_t = tf.constant(x), tf.constant(y)
    lengths_t = tf.constant(sequence_lengths)
    cell_fw = tf.contrib.rnn.LayerNormBasicLSTMCell(16)
    cell_bw = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(16)
    outputs, _ = tf.nn.bidirectional_dynamic_rnn(
        cell_fw, cell_bw, x_t, sequence_length=lengths_t, dtype=tf.float32)
    unary_scores = tf.layers.dense(tf.concat(outputs, 2), num_tags)
    log_likelihood, transition_params = tf.contrib.crf.crf_log_likelihood(
        unary_scores, y_t, lengths_t)
    viterbi, _ = tf.contrib.crf.crf_decode(unary_scores, transition_params, lengths_t)
    train_op = tf.train.AdamOptimizer(0.03).minimize(tf.reduce_mean(-log_likelihood))
    session.run(tf.global_variables_initializer())
    for i in range(150):
      tf_unary_scores, tf_transitions, tf_tags, _ = session.run(
          [unary_scores, transition_params, viterbi, train_op])

correct = total = same = 0
for scores, truth, tags, length in zip(tf_unary_scores, y, tf_tags, sequence_lengths):
  decoded, _ = tf.contrib.crf.viterbi_decode(scores[:length], tf_transitions)
  correct += np.sum(np.equal(decoded, truth[:length]))
  same += np.array_equal(decoded, tags[:length])
  total += length
print("same by both decoders: %d of %d" % (same, num_examples))
print("Accuracy: %.2f%%" % (100.0 * correct / total))
