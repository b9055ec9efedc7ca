"""A convolutional network for MNIST on tf.layers and tf.estimator, as of TensorFlow 1.8."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.INFO)

flags = tf.app.flags
flags.DEFINE_string('model_dir', './mnist_convnet_model', 'Where checkpoints go.')
flags.DEFINE_integer('steps', 20000, 'Number of steps.')
flags.DEFINE_integer('units', 1024, 'Units of the dense layer.')
flags.DEFINE_integer('filters', 32, 'Filters of the first convolution, half of the second.')
flags.DEFINE_float('learning_rate', 0.001, 'Learning rate of gradient descent.')
FLAGS = flags.FLAGS


def cnn_model_fn(features, labels, mode):
  """Two convolutions, each with a pooling layer, and two dense layers."""
  net = tf.reshape(features['x'], [-1, 28, 28, 1])
  for filters in (FLAGS.filters, 2 * FLAGS.filters):
    net = tf.layers.conv2d(
        inputs=net, filters=filters, kernel_size=[5, 5], padding='same', activation=tf.nn.relu)
    net = tf.layers.max_pooling2d(inputs=net, pool_size=[2, 2], strides=2)
  flat = tf.reshape(net, [-1, 7 * 7 * 2 * FLAGS.filters])
  dense = tf.layers.dense(inputs=flat, units=FLAGS.units, activation=tf.nn.relu)
  dropout = tf.layers.dropout(
      inputs=dense, rate=0.4, training=mode == tf.estimator.ModeKeys.TRAIN)
  logits = tf.layers.dense(inputs=dropout, units=10)

  predictions = {
      'classes': tf.argmax(input=logits, axis=1),
      'probabilities': tf.nn.softmax(logits, name='softmax_tensor'),
  }
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode=mode, predictions=predictions)

  loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
  if mode == tf.estimator.ModeKeys.TRAIN:
    optimizer = tf.train.GradientDescentOptimizer(learning_rate=FLAGS.learning_rate)
    train_op = optimizer.minimize(loss=loss, global_step=tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode=mode, loss=loss, train_op=train_op)

  eval_metric_ops = {
      'accuracy': tf.metrics.accuracy(labels=labels, predictions=predictions['classes'])
  }
  return tf.estimator.EstimatorSpec(mode=mode, loss=loss, eval_metric_ops=eval_metric_ops)


def main(unused_argv):
  mnist = tf.contrib.learn.datasets.load_dataset('mnist')
  train_data = mnist.train.images
  train_labels = np.asarray(mnist.train.labels, dtype=np.int32)
  eval_data = mnist.test.images
  eval_labels = np.asarray(mnist.test.labels, dtype=np.int32)

  classifier = tf.estimator.Estimator(
      model_fn=cnn_model_fn,
      model_dir=FLAGS.model_dir,
      config=tf.estimator.RunConfig(tf_random_seed=1))
  logging_hook = tf.train.LoggingTensorHook(
      tensors={'probabilities': 'softmax_tensor'}, every_n_iter=50)
  classifier.train(
      input_fn=tf.estimator.inputs.numpy_input_fn(
          x={'x': train_data}, y=train_labels, batch_size=100, num_epochs=None, shuffle=True),
      steps=FLAGS.steps,
      hooks=[logging_hook])
  results = classifier.evaluate(
      input_fn=tf.estimator.inputs.numpy_input_fn(
          x={'x': eval_data}, y=eval_labels, num_epochs=1, shuffle=False))
  print('global step %d, test accuracy %.4f' % (results['global_step'], results['accuracy']))


if __name__ == '__main__':
  tf.app.run()
