"""A custom Estimator with params, early stopping and clipped gradients, by flags."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf

flags = tf.app.flags
flags.DEFINE_string('model_dir', 'my_model', 'Where checkpoints go.')
flags.DEFINE_string('hparams', 'learning_rate=0.01,hidden=[24,12]', 'Comma separated values.')
flags.DEFINE_integer('batch_size', 50, 'Batch size.')
flags.DEFINE_boolean('clip', True, 'Clip gradients.')
FLAGS = flags.FLAGS


def default_hparams():
  return tf.contrib.training.HParams(
      learning_rate=0.1, hidden=[8], dropout=0.0, activation='relu', max_steps=500)


def my_model(features, labels, mode, params):
  net = tf.feature_column.input_layer(features, params['feature_columns'])
  hparams = params['hparams']
  for units in hparams.hidden:
    net = tf.layers.dense(net, units=units, activation=getattr(tf.nn, hparams.activation))
    net = tf.layers.dropout(net, hparams.dropout, training=mode == tf.estimator.ModeKeys.TRAIN)
  logits = tf.layers.dense(net, 1)
  optimizer = tf.train.AdamOptimizer(hparams.learning_rate)
  if FLAGS.clip:
    optimizer = tf.contrib.estimator.clip_gradients_by_norm(optimizer, 5.0)
  head = tf.contrib.estimator.binary_classification_head()
  return head.create_estimator_spec(
      features=features,
      mode=mode,
      labels=labels,
      logits=logits,
      train_op_fn=lambda loss: optimizer.minimize(loss, tf.train.get_global_step()))


def rings(count, seed):
  rng = np.random.RandomState(seed)
  radius = np.where(np.arange(count) % 2, 1.0, 2.0) + rng.normal(scale=0.15, size=count)
  angle = rng.uniform(0, 2 * np.pi, count)
  x = {'x': radius * np.cos(angle), 'y': radius * np.sin(angle)}
  return x, (np.arange(count) % 2).reshape(-1, 1)


def main(unused_argv):
  hparams = default_hparams().parse(FLAGS.hparams)
  print(sorted(hparams.values().items()))
  train, test = rings(600, 1), rings(200, 2)
  classifier = tf.estimator.Estimator(
      model_fn=my_model,
      model_dir=FLAGS.model_dir,
      config=tf.estimator.RunConfig(save_checkpoints_steps=250, tf_random_seed=3),
      params={
          'feature_columns': [tf.feature_column.numeric_column(k) for k in ('x', 'y')],
          'hparams': hparams,
      })
  hook = tf.contrib.estimator.stop_if_no_decrease_hook(classifier, 'loss', 100000)
  train_spec = tf.estimator.TrainSpec(
      tf.estimator.inputs.numpy_input_fn(
          train[0], train[1], FLAGS.batch_size, num_epochs=None, shuffle=True),
      max_steps=hparams.max_steps, hooks=[hook])
  eval_spec = tf.estimator.EvalSpec(
      tf.estimator.inputs.numpy_input_fn(test[0], test[1], num_epochs=1, shuffle=False),
      throttle_secs=0, start_delay_secs=0)
  metrics, _ = tf.estimator.train_and_evaluate(classifier, train_spec, eval_spec)
  print('accuracy %.3f auc %.3f' % (metrics['accuracy'], metrics['auc']))


if __name__ == '__main__':
  tf.app.run()
