"""A deep network for flowers, whose measures are in CSV files, with tf.contrib.learn."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import os

import numpy as np
import tensorflow as tf

# Data sets
IRIS_TRAINING = "iris_training.csv"
IRIS_TEST = "iris_test.csv"


def write_flowers(filename, count, seed):
  """There is no download here: measures are drawn around a mean for each species."""
  rng = np.random.RandomState(seed)
  means = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
  with open(filename, "w") as f:
    f.write("%d,4,setosa,versicolor,virginica\n" % count)
    for i in range(count):
      measures = means[i % 3] + rng.normal(scale=0.25, size=4)
      f.write(",".join("%.1f" % m for m in measures) + ",%d\n" % (i % 3))


def main():
  if not os.path.exists(IRIS_TRAINING):
    write_flowers(IRIS_TRAINING, 120, seed=1)
  if not os.path.exists(IRIS_TEST):
    write_flowers(IRIS_TEST, 30, seed=2)

  # Load datasets.
  training_set = tf.contrib.learn.datasets.base.load_csv_with_header(
      filename=IRIS_TRAINING,
      target_dtype=np.int,
      features_dtype=np.float32)
  test_set = tf.contrib.learn.datasets.base.load_csv_with_header(
      filename=IRIS_TEST,
      target_dtype=np.int,
      features_dtype=np.float32)

  # Specify that all features have real-value data
  feature_columns = [tf.contrib.layers.real_valued_column("", dimension=4)]

  # Build 3 layer DNN with 10, 20, 10 units respectively.
  validation_monitor = tf.contrib.learn.monitors.ValidationMonitor(
      test_set.data,
      test_set.target,
      every_n_steps=100,
      metrics={"recall": tf.contrib.learn.MetricSpec(
          metric_fn=tf.metrics.accuracy,
          prediction_key=tf.contrib.learn.PredictionKey.CLASSES)},
      early_stopping_metric="loss",
      early_stopping_metric_minimize=True,
      early_stopping_rounds=2000)
  classifier = tf.contrib.learn.DNNClassifier(
      feature_columns=feature_columns,
      hidden_units=[10, 20, 10],
      n_classes=3,
      model_dir="iris_model",
      config=tf.contrib.learn.RunConfig(save_checkpoints_secs=None, save_checkpoints_steps=400))

  def get_train_inputs():
    x = tf.constant(training_set.data)
    y = tf.constant(training_set.target)
    return x, y

  # Fit model.
  classifier.fit(input_fn=get_train_inputs, steps=600, monitors=[validation_monitor])

  # Evaluate accuracy.
  accuracy_score = classifier.evaluate(x=test_set.data, y=test_set.target)["accuracy"]
  print("\nTest Accuracy: {0:f}\n".format(accuracy_score))

  # Classify two new flower samples.
  def new_samples():
    return np.array([[5.0, 3.4, 1.5, 0.2], [6.7, 3.1, 5.7, 2.1]], dtype=np.float32)

  predictions = list(classifier.predict_classes(input_fn=new_samples))
  print("New Samples, Class Predictions:    {}".format([int(p) for p in predictions]))
  print("layers", sorted(n for n in classifier.get_variable_names() if n.endswith("weights")))


if __name__ == "__main__":
  main()
