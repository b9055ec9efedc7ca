"""A recurrent network in the style of TensorFlow 0.8 to 0.12."""
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.models.rnn import rnn, rnn_cell

tf.set_random_seed(777)
np.random.seed(777)

flags = tf.app.flags
FLAGS = flags.FLAGS
flags.DEFINE_string('summaries_dir', 'summaries', 'Summaries directory')
flags.DEFINE_integer('steps', 300, 'Number of steps')
FLAGS._parse_flags()
print('\nParameters:')
for attr, value in sorted(FLAGS.__flags.items()):
  if attr in ('steps', 'summaries_dir'):
    print('{}={}'.format(attr.upper(), getattr(FLAGS, attr)))

mnist = input_data.read_data_sets('Data', one_hot=True)
n_hidden = 32

x = tf.placeholder('float', [None, 28, 28])
y = tf.placeholder('float', [None, 10])

inputs = tf.transpose(x, [1, 0, 2])
inputs = tf.reshape(inputs, [-1, 28])
inputs = tf.split(0, 28, inputs)
cell = rnn_cell.GRUCell(n_hidden)
outputs, state = rnn.rnn(cell, inputs, dtype=tf.float32)
middle = tf.unpack(tf.pack([outputs[13], outputs[-1]]))
features = tf.concat(1, middle)

weights = tf.Variable(tf.random_normal([2 * n_hidden, 10], stddev=0.1))
biases = tf.Variable(tf.zeros([10]))
logits = tf.matmul(features, weights) + biases
cost = tf.reduce_mean(tf.neg(tf.reduce_sum(tf.mul(y, tf.nn.log_softmax(logits)), 1)))
cost = tf.select(tf.is_nan(cost), tf.zeros_like(cost), cost)
optimizer = tf.train.AdamOptimizer(learning_rate=tf.sub(0.01, 0.002)).minimize(cost)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1)), tf.float32))

tf.scalar_summary('cost', cost)
tf.histogram_summary('weights', weights)
tf.image_summary('images', tf.reshape(x, [-1, 28, 28, 1]), max_images=2)
merged = tf.merge_all_summaries()

with tf.Session() as sess:
  sess.run(tf.initialize_all_variables())
  writer = tf.train.SummaryWriter(FLAGS.summaries_dir, sess.graph)
  for step in range(FLAGS.steps):
    batch_xs, batch_ys = mnist.train.next_batch(100)
    batch_xs = batch_xs.reshape((100, 28, 28))
    summary, _ = sess.run([merged, optimizer], feed_dict={x: batch_xs, y: batch_ys})
    if step % 50 == 0:
      writer.add_summary(summary, step)
  test_x = mnist.test.images[:2000].reshape((-1, 28, 28))
  print('variables', len(tf.all_variables()))
  print('accuracy', np.float32(sess.run(accuracy, {x: test_x, y: mnist.test.labels[:2000]})))
