"""Data parallelism on two GPUs that may not be there, with towers and averaged gradients."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import os

import tensorflow as tf
from tensorflow.contrib.framework import arg_scope  # pylint: disable=unused-import
from tensorflow.examples.tutorials.mnist import input_data

FLAGS = tf.app.flags.FLAGS
tf.app.flags.DEFINE_string('log_dir', 'train_log', """Directory where to write event logs.""")
tf.app.flags.DEFINE_integer('num_gpus', 2, """How many GPUs to use.""")
tf.app.flags.DEFINE_boolean('log_device_placement', False, """Whether to log placement.""")


def tower_loss(images, labels):
  logits = tf.layers.dense(tf.layers.dense(images, 64, tf.nn.relu, name='h'), 10, name='out')
  return tf.losses.sparse_softmax_cross_entropy(labels, logits), logits


def average_gradients(tower_grads):
  average = []
  for grad_and_vars in zip(*tower_grads):
    grads = [tf.expand_dims(g, 0) for g, _ in grad_and_vars]
    grad = tf.reduce_mean(tf.concat(axis=0, values=grads), 0)
    average.append((grad, grad_and_vars[0][1]))
  return average


def main(argv=None):
  print('left over arguments: %s' % argv[1:])
  mnist = input_data.read_data_sets('data')
  with tf.Graph().as_default(), tf.device('/cpu:0'):
    tf.set_random_seed(777)
    x = tf.placeholder(tf.float32, [None, 784])
    y = tf.placeholder(tf.int64, [None])
    opt = tf.train.AdamOptimizer(0.002)
    tower_grads = []
    with tf.variable_scope(tf.get_variable_scope()):
      xs, ys = tf.split(x, FLAGS.num_gpus), tf.split(y, FLAGS.num_gpus)
      for i in range(FLAGS.num_gpus):
        with tf.device('/gpu:%d' % i):
          with tf.name_scope('tower_%d' % i):
            loss, logits = tower_loss(xs[i], ys[i])
            tf.get_variable_scope().reuse_variables()
            tower_grads.append(opt.compute_gradients(loss))
    global_step = tf.train.create_global_step()
    train_op = opt.apply_gradients(average_gradients(tower_grads), global_step=global_step)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
      _, scores = tower_loss(x, y)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(scores, 1), y), tf.float32))
    config = tf.ConfigProto(
        allow_soft_placement=True, log_device_placement=FLAGS.log_device_placement)
    config.gpu_options.allow_growth = True
    hooks = [tf.train.StopAtStepHook(last_step=300)]
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=FLAGS.log_dir, hooks=hooks, config=config) as sess:
      while not sess.should_stop():
        batch = mnist.train.next_batch(100)
        _, step = sess.run([train_op, global_step], {x: batch[0], y: batch[1]})
        if step == 299:
          test = {x: mnist.test.images, y: mnist.test.labels}
          print('precision @ 1 = %.3f' % sess.run(accuracy, test))
  print('checkpoints: %s' % ('checkpoint' in os.listdir(FLAGS.log_dir)))


if __name__ == '__main__':
  tf.app.run()
