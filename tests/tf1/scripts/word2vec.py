"""Skip-gram word2vec with noise-contrastive estimation, on a little text of its own."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import collections
import math
import random

import numpy as np
from six.moves import xrange
import tensorflow as tf

random.seed(4)
animals, foods = ['cat', 'dog', 'cow', 'pig'], ['bread', 'milk', 'rice', 'cake']
sentences = []
for _ in xrange(1500):
  sentences += ['the', random.choice(animals), 'runs', 'and', 'barks', 'outside', 'today',
                'we', 'bake', random.choice(foods), 'for', 'a', 'tasty', 'dinner']
vocabulary = sentences


def build_dataset(words):
  count = collections.Counter(words).most_common()
  dictionary = {word: number for number, (word, _) in enumerate(count)}
  return [dictionary[word] for word in words], dictionary, {v: k for k, v in dictionary.items()}


data, dictionary, reverse_dictionary = build_dataset(vocabulary)
vocabulary_size = len(dictionary)
data_index = 0


def generate_batch(batch_size, num_skips, skip_window):
  global data_index
  batch = np.ndarray(shape=(batch_size), dtype=np.int32)
  labels = np.ndarray(shape=(batch_size, 1), dtype=np.int32)
  span = 2 * skip_window + 1
  buffer = collections.deque(maxlen=span)
  for _ in range(span):
    buffer.append(data[data_index])
    data_index = (data_index + 1) % len(data)
  for i in range(batch_size // num_skips):
    targets = [w for w in range(span) if w != skip_window]
    random.shuffle(targets)
    for j in range(num_skips):
      batch[i * num_skips + j] = buffer[skip_window]
      labels[i * num_skips + j, 0] = buffer[targets[j]]
    buffer.append(data[data_index])
    data_index = (data_index + 1) % len(data)
  return batch, labels


batch_size, embedding_size, skip_window, num_skips, num_sampled = 128, 16, 2, 4, 8
graph = tf.Graph()
with graph.as_default():
  tf.set_random_seed(1)
  train_inputs = tf.placeholder(tf.int32, shape=[batch_size])
  train_labels = tf.placeholder(tf.int32, shape=[batch_size, 1])
  with tf.device('/cpu:0'):
    embeddings = tf.Variable(tf.random_uniform([vocabulary_size, embedding_size], -1.0, 1.0))
    embed = tf.nn.embedding_lookup(embeddings, train_inputs)
    nce_weights = tf.Variable(tf.truncated_normal(
        [vocabulary_size, embedding_size], stddev=1.0 / math.sqrt(embedding_size)))
    nce_biases = tf.Variable(tf.zeros([vocabulary_size]))
  loss = tf.reduce_mean(tf.nn.nce_loss(
      weights=nce_weights, biases=nce_biases, labels=train_labels, inputs=embed,
      num_sampled=num_sampled, num_classes=vocabulary_size))
  optimizer = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
  norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
  normalized_embeddings = embeddings / norm
  init = tf.global_variables_initializer()

with tf.Session(graph=graph) as session:
  init.run()
  average_loss = 0
  for step in xrange(4001):
    batch_inputs, batch_labels = generate_batch(batch_size, num_skips, skip_window)
    _, loss_val = session.run([optimizer, loss], {
        train_inputs: batch_inputs, train_labels: batch_labels})
    average_loss += loss_val
    if step % 1000 == 0:
      print('Average loss at step ', step, ': ', average_loss / (1000 if step else 1))
      average_loss = 0
  final = normalized_embeddings.eval()

found = 0
for group in (animals, foods):
  for word in group:
    similarity = final.dot(final[dictionary[word]])
    nearest = [reverse_dictionary[k] for k in (-similarity).argsort()[1:4]]
    found += len(set(nearest) & set(group))
    print('Nearest to %s: %s' % (word, ', '.join(nearest)))
print('neighbours of the same kind: %d of 24' % found)
