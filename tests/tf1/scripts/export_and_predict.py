"""Trains a regressor, exports it, and asks the export by tf.contrib.predictor."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import glob
import os

import numpy as np
import tensorflow as tf
from tensorflow.contrib import predictor

EXPORT_DIR = 'export/houses'


def serving_input_receiver_fn():
  inputs = {
      'rooms': tf.placeholder(tf.float32, [None]),
      'area': tf.placeholder(tf.float32, [None]),
  }
  features = {'rooms': inputs['rooms'], 'size': inputs['area'] / 100.0}
  return tf.estimator.export.ServingInputReceiver(features, inputs)


def model_fn(features, labels, mode):
  x = tf.stack([features['rooms'], features['size']], axis=1)
  price = tf.layers.dense(x, 1, name='price')[:, 0]
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
        mode, predictions={'price': price},
        export_outputs={
            tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY:
                tf.estimator.export.PredictOutput({'price': price})})
  loss = tf.losses.mean_squared_error(labels, price)
  train_op = tf.train.AdamOptimizer(0.1).minimize(loss, tf.train.get_global_step())
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def main(_):
  rng = np.random.RandomState(0)
  rooms = rng.randint(1, 6, 500).astype(np.float32)
  size = (rng.rand(500) + 0.2).astype(np.float32)
  price = 2.0 * rooms + 10.0 * size
  estimator = tf.estimator.Estimator(model_fn, 'houses')
  estimator.train(tf.estimator.inputs.numpy_input_fn(
      {'rooms': rooms, 'size': size}, price, batch_size=100, num_epochs=200, shuffle=True))

  estimator.export_savedmodel(EXPORT_DIR, serving_input_receiver_fn)
  latest = sorted(glob.glob(os.path.join(EXPORT_DIR, '*')))[-1]
  predict_fn = predictor.from_saved_model(latest)
  houses = {'rooms': [3.0, 1.0], 'area': [50.0, 120.0]}
  saved = predict_fn(houses)['price']
  print('error', np.max(np.abs(saved - [11.0, 14.0])))

  live = predictor.from_estimator(estimator, serving_input_receiver_fn)
  print('difference', np.max(np.abs(live(houses)['price'] - saved)))


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.ERROR)
  tf.app.run()
