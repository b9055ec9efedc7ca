"""Convolutional network for MNIST with tf.contrib.layers, fed by placeholders."""
from __future__ import print_function

import argparse
import os

from tensorflow.contrib import layers
from tensorflow.examples.tutorials.mnist import input_data
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument('--learning_rate', type=float, default=0.002)
parser.add_argument('--batch_size', type=int, default=50)
parser.add_argument('--max_steps', type=int, default=150)
parser.add_argument('--logdir', default=os.path.join('tmp', 'convnet_logs'))
args = parser.parse_args()


def cnn(images, keep_prob, training):
  net = tf.reshape(images, [-1, 28, 28, 1])
  net = layers.conv2d(net, num_outputs=16, kernel_size=5, stride=2, padding='SAME',
                      normalizer_fn=layers.batch_norm,
                      normalizer_params={'is_training': training, 'decay': 0.8})
  net = layers.separable_conv2d(net, 32, [3, 3], depth_multiplier=1, scope='separable')
  net = layers.max_pool2d(net, 2)
  net = layers.flatten(net)
  net = layers.relu(net, 64, weights_regularizer=layers.l2_regularizer(1e-4))
  net = layers.dropout(net, keep_prob=keep_prob, is_training=training)
  return layers.linear(net, 10, scope='logits')


mnist = input_data.read_data_sets('MNIST_data', one_hot=True)
tf.set_random_seed(1)
images = tf.placeholder(tf.float32, [None, 784])
labels = tf.placeholder(tf.float32, [None, 10])
keep_prob = tf.placeholder_with_default(1.0, [])
training = tf.placeholder_with_default(False, [])
logits = cnn(images, keep_prob, training)

cross_entropy = tf.losses.softmax_cross_entropy(labels, logits)
loss = tf.losses.get_total_loss()
global_step = tf.contrib.framework.get_or_create_global_step()
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
  train_step = tf.train.AdamOptimizer(args.learning_rate).minimize(loss, global_step)
accuracy = tf.contrib.metrics.accuracy(tf.argmax(logits, 1), tf.argmax(labels, 1))
tf.contrib.layers.summarize_tensors([loss, logits])
summaries = tf.summary.merge_all()

with tf.Session() as sess:
  with tf.summary.FileWriter(args.logdir, sess.graph) as writer:
    sess.run(tf.global_variables_initializer())
    print('updates:', len(update_ops))
    print('variables:', ' '.join(v.op.name for v in tf.contrib.framework.get_model_variables()))
    for i in range(args.max_steps):
      x, y = mnist.train.next_batch(args.batch_size)
      feed = {images: x, labels: y, keep_prob: 0.75, training: True}
      _, step = sess.run([train_step, global_step], feed)
      if step % 50 == 0:
        writer.add_summary(sess.run(summaries, feed), step)
        print('step %d, training accuracy %g' % (step, accuracy.eval({images: x, labels: y})))
    print('test accuracy %g' % accuracy.eval({images: mnist.test.images[:5000],
                                              labels: mnist.test.labels[:5000]}))
