"""A premade Estimator on flowers, in the style of TensorFlow 1.8."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import argparse

import numpy as np
import tensorflow as tf

SPECIES = ['Setosa', 'Versicolor', 'Virginica']
CSV_COLUMN_NAMES = ['SepalLength', 'SepalWidth', 'PetalLength', 'PetalWidth']


def load_data(count, seed):
  rng = np.random.RandomState(seed)
  means = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
  y = rng.randint(3, size=count)
  x = means[y] + rng.normal(scale=0.25, size=(count, 4))
  return {name: x[:, i] for i, name in enumerate(CSV_COLUMN_NAMES)}, y


def train_input_fn(features, labels, batch_size):
  dataset = tf.data.Dataset.from_tensor_slices((dict(features), labels))
  return dataset.shuffle(1000).repeat().batch(batch_size)


def eval_input_fn(features, labels, batch_size):
  features = dict(features)
  inputs = features if labels is None else (features, labels)
  dataset = tf.data.Dataset.from_tensor_slices(inputs).batch(batch_size)
  return dataset.make_one_shot_iterator().get_next()


parser = argparse.ArgumentParser()
parser.add_argument('--batch_size', default=100, type=int, help='batch size')
parser.add_argument('--train_steps', default=300, type=int, help='number of training steps')


def main(argv):
  args = parser.parse_args(argv[1:])
  train_x, train_y = load_data(200, 1)
  test_x, test_y = load_data(60, 2)

  my_feature_columns = []
  for key in train_x.keys():
    my_feature_columns.append(tf.feature_column.numeric_column(key=key))

  classifier = tf.estimator.DNNClassifier(
      feature_columns=my_feature_columns, hidden_units=[10, 10], n_classes=3)
  classifier = tf.contrib.estimator.add_metrics(
      classifier,
      lambda labels, predictions: {
          'per_class': tf.metrics.mean_per_class_accuracy(labels, predictions['class_ids'], 3)})

  classifier.train(
      input_fn=lambda: train_input_fn(train_x, train_y, args.batch_size),
      steps=args.train_steps)

  eval_result = classifier.evaluate(
      input_fn=lambda: eval_input_fn(test_x, test_y, args.batch_size))
  print('\nTest set accuracy: {accuracy:0.3f}\n'.format(**eval_result))

  predict_x = {
      'SepalLength': [5.1, 5.9, 6.9],
      'SepalWidth': [3.3, 3.0, 3.1],
      'PetalLength': [1.7, 4.2, 5.4],
      'PetalWidth': [0.5, 1.5, 2.1],
  }
  predictions = classifier.predict(
      input_fn=lambda: eval_input_fn(predict_x, labels=None, batch_size=args.batch_size))
  for pred_dict, expec in zip(predictions, SPECIES):
    class_id = pred_dict['class_ids'][0]
    print('Prediction is "{}", expected "{}"'.format(SPECIES[class_id], expec))


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.WARN)
  tf.app.run(main)
