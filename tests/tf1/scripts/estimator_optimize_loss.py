"""tf.estimator with a model_fn of contrib.layers and optimize_loss, as of TensorFlow 1.4."""
from __future__ import absolute_import, division, print_function

import numpy as np
import tensorflow as tf
from tensorflow.contrib.layers.python.layers import layers as contrib_layers
from tensorflow.contrib.layers.python.layers import optimizers
from tensorflow.contrib.metrics.python.ops import metric_ops
from tensorflow.examples.tutorials.mnist import input_data

tf.logging.set_verbosity(tf.logging.ERROR)


def decay(learning_rate, global_step):
  return tf.train.exponential_decay(learning_rate, global_step, 100, 0.9, staircase=True)


def model_fn(features, labels, mode, params):
  is_training = mode == tf.estimator.ModeKeys.TRAIN
  net = tf.reshape(features['pixels'], [-1, 28, 28, 1])
  net = contrib_layers.avg_pool2d(net, [2, 2])
  net = contrib_layers.flatten(net)
  net = contrib_layers.stack(net, contrib_layers.fully_connected, params['hidden'], scope='hidden',
                             normalizer_fn=contrib_layers.layer_norm)
  net = contrib_layers.dropout(net, params['keep_prob'], is_training=is_training)
  logits = contrib_layers.fully_connected(net, 10, activation_fn=None, scope='logits')
  classes = tf.argmax(logits, 1)
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions={'class': classes})
  loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
  train_op = None
  if is_training:
    train_op = optimizers.optimize_loss(
        loss=loss,
        global_step=tf.train.get_global_step(),
        learning_rate=params['learning_rate'],
        optimizer=lambda lr: tf.train.MomentumOptimizer(lr, 0.9),
        gradient_noise_scale=0.001,
        clip_gradients=5.0,
        learning_rate_decay_fn=decay,
        summaries=['loss', 'learning_rate', 'gradient_norm'])
  metrics = {
      'accuracy': metric_ops.streaming_accuracy(classes, labels),
      'top2': metric_ops.streaming_recall_at_k(logits, labels, k=2),
  }
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op, eval_metric_ops=metrics)


def main(unused_argv):
  mnist = input_data.read_data_sets('mnist_data')
  estimator = tf.estimator.Estimator(
      model_fn,
      model_dir='./optimize_loss_model',
      params={'hidden': [64, 32], 'keep_prob': 0.9, 'learning_rate': 0.05},
      config=tf.estimator.RunConfig(tf_random_seed=11))
  train_input = tf.estimator.inputs.numpy_input_fn(
      {'pixels': mnist.train.images}, mnist.train.labels.astype(np.int64), batch_size=100,
      num_epochs=None, shuffle=True)
  estimator.train(train_input, steps=400)
  test_input = tf.estimator.inputs.numpy_input_fn(
      {'pixels': mnist.test.images}, mnist.test.labels.astype(np.int64), batch_size=500,
      num_epochs=1, shuffle=False)
  results = estimator.evaluate(test_input)
  print('test accuracy %.4f, among two %.4f' % (results['accuracy'], results['top2']))
  print('learning rate variable: %.3f' %
        estimator.get_variable_value('OptimizeLoss/learning_rate'))
  print([name for name in estimator.get_variable_names()
         if name.startswith('hidden/hidden_2') and 'Momentum' not in name and 'Opt' not in name])


if __name__ == '__main__':
  tf.app.run()
