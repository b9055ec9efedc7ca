"""Classifies short texts as about food or about weather, by an embedding of their words."""
# -*- coding: utf-8 -*-
from __future__ import print_function

import random

import numpy as np
import tensorflow as tf
from tensorflow.contrib import learn
from tensorflow.contrib import lookup

MAX_DOCUMENT_LENGTH = 8
PADWORD = 'ZYXW'

FOOD = 'bread soup cheese apple kitchen cook eat plate salt dinner'.split()
WEATHER = 'rain cloud storm sunny wind snow cold umbrella forecast thunder'.split()
COMMON = 'the a today we had some very and with it'.split()


def sentences(count, seed):
  r = random.Random(seed)
  texts, labels = [], []
  for i in range(count):
    words = [r.choice((FOOD, WEATHER)[i % 2]) for _ in range(2)]
    words += [r.choice(COMMON) for _ in range(r.randint(1, 5))]
    r.shuffle(words)
    texts.append(' '.join(words))
    labels.append(i % 2)
  return texts, np.array(labels, np.int64)


def init_vocabulary(texts):
  processor = learn.preprocessing.VocabularyProcessor(MAX_DOCUMENT_LENGTH, min_frequency=2)
  processor.fit(texts)
  with tf.gfile.Open('vocab.txt', 'wb') as f:
    f.write('{}\n'.format(PADWORD))
    for i in range(1, len(processor.vocabulary_)):
      f.write('{}\n'.format(processor.vocabulary_.reverse(i)))
  return len(processor.vocabulary_)


def cnn_model(features, labels, mode, params):
  table = lookup.index_table_from_file(
      vocabulary_file='vocab.txt', num_oov_buckets=1, default_value=-1)
  words = tf.string_split(features['text'])
  densewords = tf.sparse_tensor_to_dense(words, default_value=PADWORD)
  numbers = table.lookup(densewords)
  padding = tf.constant([[0, 0], [0, MAX_DOCUMENT_LENGTH]])
  padded = tf.pad(numbers, padding)
  sliced = tf.slice(padded, [0, 0], [-1, MAX_DOCUMENT_LENGTH])
  embeddings = tf.get_variable('embeddings', [params['n_words'] + 1, 6])
  embeds = tf.nn.embedding_lookup(embeddings, sliced)
  logits = tf.layers.dense(tf.reduce_mean(embeds, axis=1), 2)

  names = lookup.index_to_string_table_from_tensor(tf.constant(['food', 'weather']))
  predictions = {'topic': names.lookup(tf.argmax(logits, 1)), 'prob': tf.nn.softmax(logits)}
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions=predictions)
  loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
  train_op = tf.train.AdamOptimizer(0.05).minimize(loss, tf.train.get_global_step())
  accuracy = tf.metrics.accuracy(labels, tf.argmax(logits, 1))
  return tf.estimator.EstimatorSpec(
      mode, loss=loss, train_op=train_op, eval_metric_ops={'acc': accuracy})


def main():
  texts, labels = sentences(400, 1)
  n_words = init_vocabulary(texts)
  print('words', n_words)
  estimator = tf.estimator.Estimator(
      cnn_model, model_dir='text_model', params={'n_words': n_words})
  estimator.train(tf.estimator.inputs.numpy_input_fn(
      {'text': np.array(texts)}, labels, batch_size=50, num_epochs=10, shuffle=True))
  test_texts, test_labels = sentences(100, 2)
  results = estimator.evaluate(tf.estimator.inputs.numpy_input_fn(
      {'text': np.array(test_texts)}, test_labels, num_epochs=1, shuffle=False))
  print('acc', results['acc'])
  new = {'text': np.array(['we had bread and soup', 'thunder and rain today'])}
  for p in estimator.predict(tf.estimator.inputs.numpy_input_fn(new, shuffle=False)):
    print('topic', p['topic'].decode())


main()
