"""Trains, saves, and goes on in another graph that comes from the meta graph."""
from __future__ import print_function

import os

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.python.tools.inspect_checkpoint import print_tensors_in_checkpoint_file

MODEL_DIR = './saved'
tf.set_random_seed(777)
mnist = input_data.read_data_sets('MNIST_data', one_hot=True, seed=777)


def first_part():
  x = tf.placeholder(tf.float32, [None, 784], name='x')
  y_ = tf.placeholder(tf.float32, [None, 10], name='y_')
  with tf.variable_scope('layer'):
    W = tf.get_variable('W', [784, 10], initializer=tf.zeros_initializer())
    b = tf.get_variable('b', [10], initializer=tf.constant_initializer(0.0))
  y = tf.nn.softmax(tf.matmul(x, W) + b, name='y')
  loss = -tf.reduce_mean(tf.reduce_sum(y_ * tf.log(y + 1e-10), reduction_indices=[1]), name='loss')
  step = tf.train.get_or_create_global_step()
  train_op = tf.train.GradientDescentOptimizer(0.5).minimize(loss, global_step=step, name='train')
  tf.add_to_collection('train_op', train_op)
  ema = tf.train.ExponentialMovingAverage(0.9, step)
  with tf.control_dependencies([train_op]):
    averaged = tf.group(ema.apply([W, b]))
  saver = tf.train.Saver(max_to_keep=2)
  with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(300):
      xs, ys = mnist.train.next_batch(100)
      sess.run(averaged, {x: xs, y_: ys})
      if i % 100 == 99:
        saver.save(sess, os.path.join(MODEL_DIR, 'model'), global_step=step)


def second_part():
  checkpoint = tf.train.get_checkpoint_state(MODEL_DIR)
  print('kept: %d' % len(checkpoint.all_model_checkpoint_paths))
  saver = tf.train.import_meta_graph(checkpoint.model_checkpoint_path + '.meta')
  graph = tf.get_default_graph()
  with tf.Session(graph=graph) as sess:
    saver.restore(sess, checkpoint.model_checkpoint_path)
    train_op = tf.get_collection('train_op')[0]
    x, y_ = graph.get_tensor_by_name('x:0'), graph.get_tensor_by_name('y_:0')
    for _ in range(100):
      xs, ys = mnist.train.next_batch(100)
      sess.run(train_op, {x: xs, y_: ys})
    y = graph.get_tensor_by_name('y:0')
    right = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    print('global step: %d' % sess.run('global_step:0'))
    print('accuracy: %g' % sess.run(accuracy, {x: mnist.test.images, y_: mnist.test.labels}))


if not os.path.exists(MODEL_DIR):
  os.makedirs(MODEL_DIR)
first_part()
print_tensors_in_checkpoint_file(
    tf.train.latest_checkpoint(MODEL_DIR), tensor_name='layer/b', all_tensors=False)
tf.reset_default_graph()
second_part()
