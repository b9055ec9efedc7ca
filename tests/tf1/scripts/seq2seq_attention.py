"""Sorts digits by an encoder and a decoder with attention, and decodes with beams."""
from __future__ import print_function

import numpy as np
import tensorflow as tf
import tensorflow.contrib.seq2seq as seq2seq
from tensorflow.contrib.seq2seq.python.ops import beam_search_decoder
from tensorflow.python.layers import core as layers_core

VOCAB, GO, EOS, LENGTH, UNITS, BEAM = 12, 10, 11, 5, 48, 3
np.random.seed(0)


def next_batch(size):
  x = np.random.randint(0, 10, [size, LENGTH])
  y = np.sort(x, 1)
  go, eos = np.full([size, 1], GO), np.full([size, 1], EOS)
  return x, np.concatenate([go, y], 1), np.concatenate([y, eos], 1)


def build(mode, source, decoder_input=None):
  with tf.variable_scope('model', reuse=mode != 'train'):
    embedding = tf.get_variable('embedding', [VOCAB, 16])
    batch = tf.shape(source)[0]
    fw, bw = tf.contrib.rnn.GRUCell(UNITS // 2), tf.contrib.rnn.GRUCell(UNITS // 2)
    outputs, states = tf.nn.bidirectional_dynamic_rnn(
        fw, bw, tf.nn.embedding_lookup(embedding, source), dtype=tf.float32)
    memory, state = tf.concat(outputs, -1), tf.concat(states, -1)
    lengths = tf.fill([batch], LENGTH)
    if mode == 'beam':
      memory, state, lengths = seq2seq.tile_batch((memory, state, lengths), multiplier=BEAM)
      batch = batch * BEAM
    attention = seq2seq.BahdanauAttention(UNITS, memory, memory_sequence_length=lengths)
    cell = seq2seq.AttentionWrapper(
        tf.contrib.rnn.GRUCell(UNITS), attention, attention_layer_size=UNITS, name='attention')
    start = cell.zero_state(batch, tf.float32).clone(cell_state=state)
    projection = layers_core.Dense(VOCAB, use_bias=False, name='projection')
    if mode == 'train':
      helper = seq2seq.TrainingHelper(
          tf.nn.embedding_lookup(embedding, decoder_input), tf.fill([batch], LENGTH + 1))
      decoder = seq2seq.BasicDecoder(cell, helper, start, projection)
      return seq2seq.dynamic_decode(decoder)[0].rnn_output
    tokens = tf.fill([tf.shape(source)[0]], GO)
    if mode == 'greedy':
      helper = seq2seq.GreedyEmbeddingHelper(embedding, tokens, EOS)
      decoder = seq2seq.BasicDecoder(cell, helper, start, projection)
      return seq2seq.dynamic_decode(decoder, maximum_iterations=LENGTH + 1)[0].sample_id
    decoder = beam_search_decoder.BeamSearchDecoder(
        cell=cell, embedding=embedding, start_tokens=tokens, end_token=EOS,
        initial_state=start, beam_width=BEAM, output_layer=projection)
    return seq2seq.dynamic_decode(decoder, maximum_iterations=LENGTH + 1)[0].predicted_ids


source = tf.placeholder(tf.int32, [None, LENGTH])
decoder_input = tf.placeholder(tf.int32, [None, LENGTH + 1])
targets = tf.placeholder(tf.int32, [None, LENGTH + 1])
logits = build('train', source, decoder_input)
loss = seq2seq.sequence_loss(logits, targets, tf.ones_like(targets, tf.float32))
train_op = tf.train.AdamOptimizer(0.01).minimize(loss)
greedy, beams = build('greedy', source), build('beam', source)
print('\n'.join(v.op.name for v in tf.trainable_variables()))

with tf.Session() as sess:
  sess.run(tf.global_variables_initializer())
  for step in range(250):
    x, y_in, y_out = next_batch(64)
    _, cost = sess.run([train_op, loss], {source: x, decoder_input: y_in, targets: y_out})
  print('loss: %.4f' % cost)
  x, _, y_out = next_batch(200)
  found, best = sess.run([greedy, beams], {source: x})


def rate(predicted):
  predicted = predicted[:, :LENGTH]
  padded = np.pad(predicted, [(0, 0), (0, LENGTH - predicted.shape[1])], 'constant')
  return np.mean(padded == y_out[:, :LENGTH])


print('sorted by greed: %.3f' % rate(found))
print('sorted by beams: %.3f' % rate(best[:, :, 0]))
