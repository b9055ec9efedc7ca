"""Reads TFRecords by columns, trains on two classes, exports with an ExportStrategy."""
from __future__ import print_function

import random

import tensorflow as tf
import tensorflow.contrib.layers as layers
from tensorflow.contrib.learn.python.learn.utils import input_fn_utils
from tensorflow.contrib.learn.python.learn.utils import saved_model_export_utils

RECORDS = 'clicks.tfrecords'


def write_records(count):
  r = random.Random(5)
  with tf.python_io.TFRecordWriter(RECORDS) as writer:
    for _ in range(count):
      country, hour = r.choice(['de', 'fr', 'jp']), r.uniform(0, 24)
      clicked = int(country == 'jp' and hour > 12) or int(country == 'de' and hour < 8)
      writer.write(tf.train.Example(features=tf.train.Features(feature={
          'country': tf.train.Feature(
              bytes_list=tf.train.BytesList(value=[country.encode()])),
          'hour': tf.train.Feature(float_list=tf.train.FloatList(value=[hour])),
          'clicked': tf.train.Feature(int64_list=tf.train.Int64List(value=[clicked])),
      })).SerializeToString())


country = layers.sparse_column_with_hash_bucket('country', 20)
hour = layers.bucketized_column(layers.real_valued_column('hour'), list(range(2, 24, 2)))
columns = [layers.embedding_column(country, 4), hour]


def input_fn():
  spec = layers.create_feature_spec_for_parsing(columns)
  spec['clicked'] = tf.FixedLenFeature([1], tf.int64)
  features = tf.contrib.learn.read_batch_features(
      RECORDS, 100, spec, tf.TFRecordReader, queue_capacity=500)
  return features, features.pop('clicked')


def main(_):
  write_records(1000)
  estimator = tf.contrib.learn.DNNClassifier(
      hidden_units=[16], feature_columns=columns, model_dir='clicks',
      optimizer=tf.train.AdamOptimizer(0.02))
  experiment = tf.contrib.learn.Experiment(
      estimator, input_fn, input_fn, train_steps=200, eval_steps=5, min_eval_frequency=0,
      export_strategies=[saved_model_export_utils.make_export_strategy(
          input_fn_utils.build_parsing_serving_input_fn(
              layers.create_feature_spec_for_parsing(columns)))])
  results, exports = experiment.train_and_evaluate()
  print('auc', results['auc'])
  predict = tf.contrib.predictor.from_saved_model(exports[0])
  example = tf.train.Example()
  example.features.feature['country'].bytes_list.value.append(b'jp')
  example.features.feature['hour'].float_list.value.append(20.0)
  scores = predict({'inputs': [example.SerializeToString()]})['scores']
  print('click', scores[0, 1])


if __name__ == '__main__':
  tf.app.run()
