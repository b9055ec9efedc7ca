"""A stacked GRU with dropout over the rows of MNIST by dynamic_rnn."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.contrib.rnn.python.ops.core_rnn_cell import DropoutWrapper
from tensorflow.contrib.rnn.python.ops.core_rnn_cell import GRUCell
from tensorflow.contrib.rnn.python.ops.core_rnn_cell import MultiRNNCell
from tensorflow.examples.tutorials.mnist.input_data import read_data_sets

tf.set_random_seed(777)
np.random.seed(777)

tf.app.flags.DEFINE_integer('hidden', 48, 'units of a layer')
tf.app.flags.DEFINE_integer('layers', 2, 'number of layers')
tf.app.flags.DEFINE_integer('steps', 400, 'training steps')
FLAGS = tf.app.flags.FLAGS


class RowReader(object):

  def __init__(self):
    self.x = tf.placeholder(tf.float32, [None, 28, 28])
    self.y = tf.placeholder(tf.int32, [None])
    self.keep = tf.placeholder_with_default(1.0, [])
    self.length = tf.fill([tf.shape(self.x)[0]], 28)
    cells = [DropoutWrapper(GRUCell(FLAGS.hidden), output_keep_prob=self.keep)
             for _ in range(FLAGS.layers)]
    outputs, state = tf.nn.dynamic_rnn(
        MultiRNNCell(cells), self.x, sequence_length=self.length, dtype=tf.float32)
    logits = tf.layers.dense(state[-1], 10)
    self.loss = tf.losses.sparse_softmax_cross_entropy(self.y, logits)
    self.correct = tf.reduce_mean(tf.cast(tf.nn.in_top_k(logits, self.y, 1), tf.float32))
    optimizer = tf.train.RMSPropOptimizer(0.003)
    gradients = optimizer.compute_gradients(self.loss)
    clipped = [(tf.clip_by_norm(g, 1.0), v) for g, v in gradients]
    self.train = optimizer.apply_gradients(clipped)


def main(_):
  data = read_data_sets('MNIST_data')
  model = RowReader()
  names = sorted(v.op.name for v in tf.trainable_variables())
  print('\n'.join(names))
  with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(FLAGS.steps):
      xs, ys = data.train.next_batch(100)
      _, loss = sess.run([model.train, model.loss], {
          model.x: np.reshape(xs, [-1, 28, 28]), model.y: ys, model.keep: 0.8})
      if step % 100 == 0:
        print('step', step, 'loss', loss)
    xs, ys = data.test.images[:2000], data.test.labels[:2000]
    print('accuracy', sess.run(model.correct, {model.x: xs.reshape(-1, 28, 28), model.y: ys}))


if __name__ == '__main__':
  tf.app.run()
