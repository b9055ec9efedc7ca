"""LeNet on MNIST with TF-Slim: slim.learning.train, then slim.evaluation."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import tensorflow as tf
import tensorflow.contrib.slim as slim

from tensorflow.examples.tutorials.mnist import input_data

tf.app.flags.DEFINE_string('data_dir', 'data/mnist', 'Where the data set is.')
tf.app.flags.DEFINE_string('log_dir', 'logs/lenet', 'Checkpoints and events.')
tf.app.flags.DEFINE_integer('batch_size', 64, 'Images in a batch.')
tf.app.flags.DEFINE_integer('number_of_steps', 160, 'Training steps.')
FLAGS = tf.app.flags.FLAGS


def lenet_arg_scope(weight_decay=0.0005):
  with slim.arg_scope([slim.conv2d, slim.fully_connected],
                      weights_regularizer=slim.l2_regularizer(weight_decay),
                      weights_initializer=tf.truncated_normal_initializer(stddev=0.1),
                      activation_fn=tf.nn.relu) as sc:
    return sc


def lenet(images, num_classes=10, is_training=False, scope='LeNet'):
  end_points = {}
  with tf.variable_scope(scope, 'LeNet', [images]):
    net = end_points['conv1'] = slim.conv2d(images, 16, [5, 5], scope='conv1')
    net = end_points['pool1'] = slim.max_pool2d(net, [2, 2], 2, scope='pool1')
    net = end_points['conv2'] = slim.conv2d(net, 32, [5, 5], scope='conv2')
    net = end_points['pool2'] = slim.max_pool2d(net, [2, 2], 2, scope='pool2')
    net = slim.flatten(net)
    net = slim.fully_connected(net, 128, scope='fc3')
    net = slim.dropout(net, 0.5, is_training=is_training, scope='dropout3')
    logits = slim.fully_connected(net, num_classes, activation_fn=None, scope='fc4')
  end_points['Predictions'] = slim.softmax(logits, scope='Predictions')
  return logits, end_points


def batches(data_set, num_epochs=None):
  images = tf.constant(data_set.images[:4000].reshape(-1, 28, 28, 1))
  labels = tf.constant(data_set.labels[:4000])
  image, label = tf.train.slice_input_producer([images, labels], num_epochs=num_epochs)
  return tf.train.batch([image, label], FLAGS.batch_size, num_threads=1, capacity=512)


def train(mnist):
  with tf.Graph().as_default():
    tf.set_random_seed(42)
    images, labels = batches(mnist.train)
    with slim.arg_scope(lenet_arg_scope()):
      logits, _ = lenet(images, is_training=True)
    one_hot = slim.one_hot_encoding(labels, 10)
    slim.losses.softmax_cross_entropy(logits, one_hot)
    total_loss = slim.losses.get_total_loss()
    tf.summary.scalar('losses/total', total_loss)
    optimizer = tf.train.AdamOptimizer(0.001)
    train_op = slim.learning.create_train_op(total_loss, optimizer, clip_gradient_norm=5.0)
    slim.model_analyzer.analyze_vars(slim.get_model_variables(), print_info=True)
    return slim.learning.train(
        train_op,
        FLAGS.log_dir,
        number_of_steps=FLAGS.number_of_steps,
        log_every_n_steps=25,
        save_summaries_secs=60,
        save_interval_secs=600)


def evaluate(mnist):
  with tf.Graph().as_default():
    images, labels = batches(mnist.test)
    with slim.arg_scope(lenet_arg_scope()):
      logits, _ = lenet(images)
    predictions = tf.argmax(logits, 1)
    names_to_values, names_to_updates = slim.metrics.aggregate_metric_map({
        'accuracy': slim.metrics.streaming_accuracy(predictions, labels),
        'mse': slim.metrics.streaming_mean_squared_error(predictions, tf.cast(labels, tf.int64)),
    })
    values = slim.evaluation.evaluate_once(
        master='',
        checkpoint_path=tf.train.latest_checkpoint(FLAGS.log_dir),
        logdir=FLAGS.log_dir + '/eval',
        num_evals=20,
        eval_op=list(names_to_updates.values()),
        final_op=names_to_values)
    print('test accuracy: %.4f' % values['accuracy'])


def main(_):
  mnist = input_data.read_data_sets(FLAGS.data_dir)
  loss = train(mnist)
  print('final loss: %.3f' % loss)
  evaluate(mnist)


if __name__ == '__main__':
  tf.app.run()
