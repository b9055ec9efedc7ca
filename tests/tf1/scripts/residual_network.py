"""A small residual network of slim.nets on MNIST."""

import numpy as np
import tensorflow as tf

from tensorflow.contrib.layers.python.layers import utils
from tensorflow.contrib.slim.nets import resnet_v1
from tensorflow.contrib.slim.python.slim.nets import resnet_utils
from tensorflow.examples.tutorials.mnist import input_data

slim = tf.contrib.slim


def build(images, is_training):
  with slim.arg_scope(resnet_utils.resnet_arg_scope(weight_decay=1e-4, batch_norm_decay=0.8)):
    with slim.arg_scope([slim.conv2d], weights_initializer=slim.variance_scaling_initializer()):
      blocks = [
          resnet_v1.resnet_v1_block('block1', base_depth=4, num_units=2, stride=2),
          resnet_v1.resnet_v1_block('block2', base_depth=8, num_units=2, stride=1),
      ]
      net, end_points = resnet_v1.resnet_v1(
          images, blocks, num_classes=10, is_training=is_training, scope='resnet_small')
  return tf.squeeze(net, [1, 2], name='SpatialSqueeze'), end_points


def main(_):
  mnist = input_data.read_data_sets('/tmp/mnist')
  tf.set_random_seed(0)
  images = tf.placeholder(tf.float32, [None, 784])
  labels = tf.placeholder(tf.int32, [None])
  is_training = tf.placeholder(tf.bool, [])
  logits, end_points = build(tf.reshape(images, [-1, 28, 28, 1]), is_training)
  tf.losses.sparse_softmax_cross_entropy(labels, logits)
  train_op = slim.learning.create_train_op(
      tf.losses.get_total_loss(), tf.train.AdamOptimizer(0.005))
  correct = tf.nn.in_top_k(logits, labels, 1)
  with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(120):
      x, y = mnist.train.next_batch(64)
      loss = sess.run(train_op, {images: x, labels: y, is_training: True})
    result = sess.run(correct, {images: mnist.test.images[:2000],
                                labels: mnist.test.labels[:2000], is_training: False})
  print('end points %d, predictions %s' % (len(end_points), 'predictions' in end_points))
  print('collections %d' % len(utils.convert_collection_to_dict('resnet_small/_end_points')))
  print('loss %.3f' % loss)
  print('accuracy %.4f' % np.mean(result))


if __name__ == '__main__':
  tf.app.run()
