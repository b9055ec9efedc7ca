"""An Experiment of tf.contrib.learn, run by learn_runner."""
from __future__ import print_function

import argparse

import numpy as np
import tensorflow as tf
from tensorflow.contrib.learn.python.learn import learn_runner
from tensorflow.contrib.learn.python.learn.estimators import run_config as run_config_lib
from tensorflow.contrib.training.python.training import hparam

rng = np.random.RandomState(7)
X = rng.uniform(-1, 1, size=(2000, 3)).astype(np.float32)
Y = (2 * X[:, :1] - 3 * X[:, 1:2] + 0.5).astype(np.float32)


def model_fn(features, labels, mode, params):
  net = features["x"]
  for units in params.hidden_units:
    net = tf.layers.dense(net, units, tf.nn.tanh)
  predictions = tf.layers.dense(net, 1)
  if mode == tf.contrib.learn.ModeKeys.INFER:
    return tf.contrib.learn.ModelFnOps(mode, predictions={"y": predictions})
  loss = tf.losses.mean_squared_error(labels, predictions)
  learning_rate = tf.train.exponential_decay(
      params.learning_rate, tf.train.get_global_step(), 200, 0.5, staircase=True)
  train_op = tf.train.AdamOptimizer(learning_rate).minimize(
      loss, global_step=tf.train.get_global_step())
  return tf.contrib.learn.ModelFnOps(
      mode, {"y": predictions}, loss, train_op,
      eval_metric_ops={"rmse": tf.metrics.root_mean_squared_error(labels, predictions)})


def experiment_fn(run_config, hparams):
  estimator = tf.contrib.learn.Estimator(
      model_fn=model_fn, config=run_config, params=hparams)
  return tf.contrib.learn.Experiment(
      estimator=estimator,
      train_input_fn=tf.estimator.inputs.numpy_input_fn(
          {"x": X}, Y, batch_size=64, num_epochs=None, shuffle=True),
      eval_input_fn=tf.estimator.inputs.numpy_input_fn(
          {"x": X[:500]}, Y[:500], batch_size=100, num_epochs=1, shuffle=False),
      train_steps=hparams.train_steps,
      eval_steps=None,
      min_eval_frequency=0)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("--job-dir", default="output")
  parser.add_argument("--hparams", default="")
  args = parser.parse_args()
  hparams = hparam.HParams(hidden_units=[16], learning_rate=0.02, train_steps=400)
  hparams.parse(args.hparams)
  results, _ = learn_runner.run(
      experiment_fn=experiment_fn,
      run_config=run_config_lib.RunConfig(model_dir=args.job_dir, tf_random_seed=1),
      hparams=hparams)
  print("steps", results["global_step"])
  print("rmse %.4f" % results["rmse"])


if __name__ == "__main__":
  tf.logging.set_verbosity(tf.logging.WARN)
  main()
