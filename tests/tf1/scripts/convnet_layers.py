"""A convolutional network with tf.layers, a training phase and batch normalization."""
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.python.layers.core import Dense

tf.set_random_seed(777)
np.random.seed(777)

mnist = input_data.read_data_sets('./mnist', one_hot=False, reshape=False)

images = tf.placeholder(tf.float32, [None, 28, 28, 1], name='images')
labels = tf.placeholder(tf.int64, [None], name='labels')
is_training = tf.placeholder_with_default(False, [], name='is_training')


def block(net, filters, scope):
  with tf.variable_scope(scope):
    net = tf.layers.conv2d(net, filters, 3, padding='same', use_bias=False, name='conv')
    net = tf.layers.batch_normalization(net, momentum=0.9, training=is_training, name='bn')
    return tf.layers.max_pooling2d(tf.nn.relu(net), 2, 2)


net = block(images, 8, 'block1')
net = block(net, 16, 'block2')
net = tf.layers.flatten(net)
net = tf.layers.dropout(net, rate=0.25, training=is_training)
logits = Dense(10, name='logits')(net)

loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
global_step = tf.train.get_or_create_global_step()
learning_rate = tf.train.exponential_decay(0.01, global_step, 100, 0.7, staircase=True)
with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
  train_op = tf.train.AdamOptimizer(learning_rate).minimize(loss, global_step)
accuracy, update_accuracy = tf.metrics.accuracy(labels, tf.argmax(logits, 1))

print('parameters: %d' % sum(v.shape.num_elements() for v in tf.trainable_variables()))
with tf.Session() as sess:
  sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
  for _ in range(200):
    xs, ys = mnist.train.next_batch(64)
    sess.run(train_op, {images: xs, labels: ys, is_training: True})
  for _ in range(10):
    xs, ys = mnist.test.next_batch(1000, shuffle=False)
    sess.run(update_accuracy, {images: xs, labels: ys})
  print('global step: %d' % tf.train.global_step(sess, global_step))
  print('test accuracy: %.4f' % sess.run(accuracy))
