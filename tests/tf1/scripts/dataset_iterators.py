"""Feeds a network by datasets: an initializable iterator, a one-shot one, and a feedable one."""
from __future__ import print_function

import numpy as np
import tensorflow as tf
import tensorflow.contrib.data as contrib_data
from tensorflow.examples.tutorials.mnist import input_data

tf.set_random_seed(777)
np.random.seed(777)

mnist = input_data.read_data_sets('mnist_data')
images = tf.placeholder(tf.float32, [None, 784])
labels = tf.placeholder(tf.uint8, [None])

dataset = tf.data.Dataset.from_tensor_slices((images, labels))
dataset = dataset.apply(contrib_data.shuffle_and_repeat(5000, count=2))
dataset = dataset.apply(contrib_data.map_and_batch(
    lambda image, label: (image, tf.cast(label, tf.int32)), batch_size=100))
dataset = dataset.prefetch(1)
training = dataset.make_initializable_iterator()

test = tf.data.Dataset.from_tensor_slices(
    (mnist.test.images[:2000], np.int32(mnist.test.labels[:2000])))
test = test.apply(contrib_data.batch_and_drop_remainder(600))
testing = test.make_one_shot_iterator()

handle = tf.placeholder(tf.string, [])
iterator = tf.data.Iterator.from_string_handle(
    handle, dataset.output_types, dataset.output_shapes)
x, y = iterator.get_next()
hidden = tf.layers.dense(x, 64, tf.nn.relu)
logits = tf.layers.dense(hidden, 10)
loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
train_op = tf.train.AdamOptimizer(0.003).minimize(loss)
correct = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y), tf.int32))

with tf.Session() as sess:
  sess.run(tf.global_variables_initializer())
  train_handle, test_handle = sess.run([training.string_handle(), testing.string_handle()])
  sess.run(training.initializer,
           feed_dict={images: mnist.train.images[:20000], labels: mnist.train.labels[:20000]})
  steps = 0
  while True:
    try:
      sess.run(train_op, {handle: train_handle})
      steps += 1
    except tf.errors.OutOfRangeError:
      break
  print('steps: %d' % steps)
  right, count = 0, 0
  while True:
    try:
      right += sess.run(correct, {handle: test_handle})
      count += 600
    except tf.errors.OutOfRangeError:
      break
  print('tested: %d' % count)
  print('accuracy: %.4f' % (float(right) / count))
