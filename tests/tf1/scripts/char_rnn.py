"""A character-level language model with legacy_seq2seq, on a little text of its own."""
from __future__ import print_function

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.contrib import legacy_seq2seq
from tensorflow.contrib import rnn

TEXT = ('she sells sea shells by the sea shore. the shells she sells are sea shells, '
        'so if she sells shells on the sea shore, the shells are sea shore shells. ') * 60


class Model():

  def __init__(self, args, training=True):
    if not training:
      args.batch_size, args.seq_length = 1, 1
    cells = [rnn.BasicLSTMCell(args.rnn_size) for _ in range(args.num_layers)]
    self.cell = cell = rnn.MultiRNNCell(cells, state_is_tuple=True)
    self.input_data = tf.placeholder(tf.int32, [args.batch_size, args.seq_length])
    self.targets = tf.placeholder(tf.int32, [args.batch_size, args.seq_length])
    self.initial_state = cell.zero_state(args.batch_size, tf.float32)
    with tf.variable_scope('rnnlm'):
      softmax_w = tf.get_variable('softmax_w', [args.rnn_size, args.vocab_size])
      softmax_b = tf.get_variable('softmax_b', [args.vocab_size])
    embedding = tf.get_variable('embedding', [args.vocab_size, args.rnn_size])
    inputs = tf.nn.embedding_lookup(embedding, self.input_data)
    inputs = tf.split(inputs, args.seq_length, 1)
    inputs = [tf.squeeze(input_, [1]) for input_ in inputs]

    def loop(prev, _):
      prev = tf.matmul(prev, softmax_w) + softmax_b
      prev_symbol = tf.stop_gradient(tf.argmax(prev, 1))
      return tf.nn.embedding_lookup(embedding, prev_symbol)

    outputs, last_state = legacy_seq2seq.rnn_decoder(
        inputs, self.initial_state, cell, loop_function=loop if not training else None,
        scope='rnnlm')
    output = tf.reshape(tf.concat(outputs, 1), [-1, args.rnn_size])
    self.logits = tf.matmul(output, softmax_w) + softmax_b
    self.probs = tf.nn.softmax(self.logits)
    loss = legacy_seq2seq.sequence_loss_by_example(
        [self.logits], [tf.reshape(self.targets, [-1])],
        [tf.ones([args.batch_size * args.seq_length])])
    self.cost = tf.reduce_sum(loss) / args.batch_size / args.seq_length
    self.final_state = last_state
    self.lr = tf.Variable(0.0, trainable=False)
    tvars = tf.trainable_variables()
    grads, _ = tf.clip_by_global_norm(tf.gradients(self.cost, tvars), args.grad_clip)
    self.train_op = tf.train.AdamOptimizer(self.lr).apply_gradients(zip(grads, tvars))


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--rnn_size', type=int, default=48)
  parser.add_argument('--num_layers', type=int, default=2)
  parser.add_argument('--batch_size', type=int, default=20)
  parser.add_argument('--seq_length', type=int, default=25)
  parser.add_argument('--num_epochs', type=int, default=16)
  parser.add_argument('--grad_clip', type=float, default=5.)
  args = parser.parse_args()
  chars = sorted(set(TEXT))
  vocab = {c: i for i, c in enumerate(chars)}
  args.vocab_size = len(chars)
  tensor = np.array([vocab[c] for c in TEXT])
  size = args.batch_size * args.seq_length
  num_batches = (len(tensor) - 1) // size
  xs = tensor[:num_batches * size].reshape(args.batch_size, -1)
  ys = tensor[1:num_batches * size + 1].reshape(args.batch_size, -1)

  model = Model(args)
  with tf.Session() as sess:
    tf.global_variables_initializer().run()
    saver = tf.train.Saver(tf.global_variables())
    for e in range(args.num_epochs):
      sess.run(tf.assign(model.lr, 0.01 * (0.95 ** e)))
      state = sess.run(model.initial_state)
      for b in range(num_batches):
        part = slice(b * args.seq_length, (b + 1) * args.seq_length)
        feed = {model.input_data: xs[:, part], model.targets: ys[:, part]}
        for i, (c, h) in enumerate(model.initial_state):
          feed[c] = state[i].c
          feed[h] = state[i].h
        train_loss, state, _ = sess.run([model.cost, model.final_state, model.train_op], feed)
    print('train_loss = %.3f' % train_loss)
    saver.save(sess, 'char_rnn.ckpt')

  tf.reset_default_graph()
  model = Model(args, training=False)
  with tf.Session() as sess:
    tf.train.Saver().restore(sess, tf.train.latest_checkpoint('.'))
    state = sess.run(model.cell.zero_state(1, tf.float32))
    text = 'she sells '
    for char in text[:-1]:
      x = np.array([[vocab[char]]])
      state = sess.run(model.final_state, {model.input_data: x, model.initial_state: state})
    for _ in range(40):
      x = np.array([[vocab[text[-1]]]])
      probs, state = sess.run([model.probs, model.final_state],
                              {model.input_data: x, model.initial_state: state})
      text += chars[int(np.argmax(probs[0]))]
  print('sample:', text)
  print('known words: %d' % sum(word in TEXT.split() for word in text.split()[:-1]))


if __name__ == '__main__':
  main()
