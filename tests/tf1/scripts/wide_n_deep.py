"""A wide and deep model of people's income, on made-up census rows."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import argparse
import random
import sys
import tempfile

import tensorflow as tf
from tensorflow.contrib import layers

COLUMNS = ["age", "education", "occupation", "hours", "label"]
CATEGORICAL_COLUMNS = ["education", "occupation"]
CONTINUOUS_COLUMNS = ["age", "hours"]

EDUCATION = ["HS-grad", "Some-college", "Bachelors", "Masters"]
OCCUPATION = ["Sales", "Tech-support", "Exec-managerial", "Farming"]


def make_rows(count, seed):
  r = random.Random(seed)
  rows = []
  for _ in range(count):
    age, hours = r.randint(18, 80), r.randint(10, 60)
    education, occupation = r.choice(EDUCATION), r.choice(OCCUPATION)
    rich = (30 <= age < 60 and hours > 30 and education in ("Bachelors", "Masters"))
    if education == "HS-grad" and occupation == "Exec-managerial":
      rich = True
    rows.append((float(age), education, occupation, float(hours), int(rich)))
  return rows


def build_estimator(model_dir, model_type):
  """Build an estimator."""
  education = layers.sparse_column_with_hash_bucket("education", hash_bucket_size=100)
  occupation = layers.sparse_column_with_keys(column_name="occupation", keys=OCCUPATION)
  age = layers.real_valued_column("age")
  hours = layers.real_valued_column("hours", normalizer=lambda x: (x - 35.0) / 15.0)
  age_buckets = layers.bucketized_column(
      age, boundaries=[18, 25, 30, 35, 40, 45, 50, 55, 60, 65])

  wide_columns = [
      education, occupation, age_buckets,
      layers.crossed_column([education, occupation], hash_bucket_size=int(1e4)),
      layers.crossed_column([age_buckets, education], hash_bucket_size=int(1e4)),
  ]
  deep_columns = [
      layers.embedding_column(education, dimension=8),
      layers.one_hot_column(occupation),
      age_buckets,
      hours,
  ]
  if model_type == "wide":
    return tf.contrib.learn.LinearClassifier(
        model_dir=model_dir, feature_columns=wide_columns)
  elif model_type == "deep":
    return tf.contrib.learn.DNNClassifier(
        model_dir=model_dir, feature_columns=deep_columns, hidden_units=[32, 16])
  return tf.contrib.learn.DNNLinearCombinedClassifier(
      model_dir=model_dir,
      linear_feature_columns=wide_columns,
      dnn_feature_columns=deep_columns,
      dnn_hidden_units=[32, 16],
      fix_global_step_increment_bug=True)


def input_fn(rows):
  """Continuous columns are constants, categorical columns are sparse."""
  values = dict(zip(COLUMNS, zip(*rows)))
  continuous_cols = {k: tf.constant(values[k]) for k in CONTINUOUS_COLUMNS}
  categorical_cols = {
      k: tf.SparseTensor(
          indices=[[i, 0] for i in range(len(rows))],
          values=list(values[k]),
          dense_shape=[len(rows), 1])
      for k in CATEGORICAL_COLUMNS}
  feature_cols = dict(continuous_cols)
  feature_cols.update(categorical_cols)
  return feature_cols, tf.constant(values["label"])


def train_and_eval(model_dir, model_type, train_steps):
  model_dir = tempfile.mkdtemp() if not model_dir else model_dir
  m = build_estimator(model_dir, model_type)
  train_rows, test_rows = make_rows(1500, 1), make_rows(500, 2)
  m.fit(input_fn=lambda: input_fn(train_rows), steps=train_steps)
  results = m.evaluate(input_fn=lambda: input_fn(test_rows), steps=1)
  for key in sorted(results):
    print("%s: %s" % (key, results[key]))


FLAGS = None


def main(_):
  train_and_eval(FLAGS.model_dir, FLAGS.model_type, FLAGS.train_steps)


if __name__ == "__main__":
  parser = argparse.ArgumentParser()
  parser.register("type", "bool", lambda v: v.lower() == "true")
  parser.add_argument("--model_dir", type=str, default="", help="Base directory for models.")
  parser.add_argument("--model_type", type=str, default="wide_n_deep",
                      help="Valid model types: {'wide', 'deep', 'wide_n_deep'}.")
  parser.add_argument("--train_steps", type=int, default=200)
  FLAGS, unparsed = parser.parse_known_args()
  tf.app.run(main=main, argv=[sys.argv[0]] + unparsed)
