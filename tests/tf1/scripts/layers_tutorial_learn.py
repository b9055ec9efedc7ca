"""A convolutional network for MNIST on tf.contrib.learn, in the style of TensorFlow 1.3."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf

from tensorflow.contrib import learn
from tensorflow.contrib.learn.python.learn.estimators import model_fn as model_fn_lib

tf.logging.set_verbosity(tf.logging.ERROR)

STEPS = 150


def cnn_model_fn(features, labels, mode):
  """Model function: two convolutions and a dense layer."""
  input_layer = tf.reshape(features, [-1, 28, 28, 1])
  conv1 = tf.layers.conv2d(
      inputs=input_layer,
      filters=8,
      kernel_size=[5, 5],
      padding="same",
      activation=tf.nn.relu)
  pool1 = tf.layers.max_pooling2d(inputs=conv1, pool_size=[4, 4], strides=4)
  conv2 = tf.layers.conv2d(
      inputs=pool1,
      filters=16,
      kernel_size=[3, 3],
      padding="same",
      activation=tf.nn.relu)
  pool2 = tf.reshape(conv2, [-1, 7 * 7 * 16])
  dense = tf.layers.dense(inputs=pool2, units=64, activation=tf.nn.relu)
  dropout = tf.layers.dropout(
      inputs=dense, rate=0.4, training=mode == learn.ModeKeys.TRAIN)
  logits = tf.layers.dense(inputs=dropout, units=10)

  loss = None
  train_op = None

  # Calculate Loss (for both TRAIN and EVAL modes)
  if mode != learn.ModeKeys.INFER:
    onehot_labels = tf.one_hot(indices=tf.cast(labels, tf.int32), depth=10)
    loss = tf.losses.softmax_cross_entropy(
        onehot_labels=onehot_labels, logits=logits)

  # Configure the Training Op (for TRAIN mode)
  if mode == learn.ModeKeys.TRAIN:
    train_op = tf.train.AdamOptimizer(0.003).minimize(
        loss, global_step=tf.train.get_global_step())

  predictions = {
      "classes": tf.argmax(input=logits, axis=1),
      "probabilities": tf.nn.softmax(logits, name="softmax_tensor")
  }
  return model_fn_lib.ModelFnOps(
      mode=mode, predictions=predictions, loss=loss, train_op=train_op)


def main(unused_argv):
  mnist = learn.datasets.load_dataset("mnist")
  train_data = mnist.train.images
  train_labels = np.asarray(mnist.train.labels, dtype=np.int32)
  eval_data = mnist.test.images[:2000]
  eval_labels = np.asarray(mnist.test.labels[:2000], dtype=np.int32)

  mnist_classifier = learn.SKCompat(learn.Estimator(
      model_fn=cnn_model_fn, model_dir="mnist_convnet_model"))

  tensors_to_log = {"probabilities": "softmax_tensor"}
  logging_hook = tf.train.LoggingTensorHook(
      tensors=tensors_to_log, every_n_iter=50)
  mnist_classifier.fit(
      x=train_data,
      y=train_labels,
      batch_size=100,
      steps=STEPS,
      monitors=[logging_hook])

  metrics = {
      "accuracy":
          learn.MetricSpec(
              metric_fn=tf.metrics.accuracy, prediction_key="classes"),
  }
  eval_results = mnist_classifier.score(
      x=eval_data, y=eval_labels, metrics=metrics)
  print(eval_results)
  predictions = mnist_classifier.predict(eval_data[:50])
  print("agree", np.mean(predictions["classes"] == eval_labels[:50]))


if __name__ == "__main__":
  tf.app.run()
