"""Transfer learning: a network learns the digits 0 to 4, its first layers then serve 5 to 9."""

import os

import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim
from tensorflow.examples.tutorials.mnist import input_data

CHECKPOINTS = 'checkpoints'


def network(images, num_classes, head):
  with slim.arg_scope([slim.conv2d], padding='VALID', stride=2):
    net = slim.conv2d(images, 16, [5, 5], scope='base/conv1')
    net = slim.conv2d(net, 32, [3, 3], scope='base/conv2')
  net = slim.flatten(net)
  return slim.fully_connected(net, num_classes, activation_fn=None, scope=head)


def batches(images, labels, size):
  while True:
    index = np.random.randint(len(images), size=size)
    yield images[index], labels[index]


def split(data_set, low, high):
  chosen = (data_set.labels >= low) & (data_set.labels < high)
  return data_set.images[chosen].reshape(-1, 28, 28, 1), data_set.labels[chosen] - low


def run(train, test, head, steps, trainable=None, restore_from=None):
  with tf.Graph().as_default():
    tf.set_random_seed(5)
    np.random.seed(5)
    images = tf.placeholder(tf.float32, [None, 28, 28, 1])
    labels = tf.placeholder(tf.int64, [None])
    logits = network(images, 5, head)
    loss = slim.losses.sparse_softmax_cross_entropy(logits, labels)
    global_step = slim.get_or_create_global_step()
    var_list = slim.get_variables(trainable) if trainable else None
    train_op = tf.train.AdamOptimizer(0.002).minimize(loss, global_step, var_list=var_list)
    accuracy = slim.metrics.accuracy(tf.argmax(logits, 1), labels)

    init_fn = None
    if restore_from:
      variables = [v for v in slim.get_variables_to_restore(include=['base'])
                   if 'Adam' not in v.op.name]
      print('restored: %s' % ', '.join(v.op.name for v in variables))
      init_fn = slim.assign_from_checkpoint_fn(restore_from, variables)
    saver = tf.train.Saver(slim.get_variables_to_restore(exclude=['beta1_power']))
    with tf.Session() as sess:
      sess.run(tf.global_variables_initializer())
      if init_fn:
        init_fn(sess)
        before = sess.run(slim.get_unique_variable('base/conv1/weights'))
      feed = batches(train[0], train[1], 64)
      for _ in range(steps):
        x, y = next(feed)
        sess.run(train_op, {images: x, labels: y})
      if init_fn:
        after = sess.run(slim.get_unique_variable('base/conv1/weights'))
        print('base moved: %.4f' % np.abs(after - before).max())
      result = sess.run(accuracy, {images: test[0], labels: test[1]})
      path = saver.save(sess, os.path.join(CHECKPOINTS, head), global_step=global_step)
  return result, path


def main(_):
  if not tf.gfile.Exists(CHECKPOINTS):
    tf.gfile.MakeDirs(CHECKPOINTS)
  mnist = input_data.read_data_sets('data')
  low = [split(part, 0, 5) for part in (mnist.train, mnist.test)]
  high = [split(part, 5, 10) for part in (mnist.train, mnist.test)]
  accuracy, path = run(low[0], low[1], 'logits', 200)
  print('digits 0 to 4: %.4f' % accuracy)
  few = [part[:1000] for part in high[0]]
  accuracy, _ = run(few, high[1], 'logits2', 200, trainable='logits2', restore_from=path)
  print('digits 5 to 9: %.4f' % accuracy)


if __name__ == '__main__':
  tf.app.run()
