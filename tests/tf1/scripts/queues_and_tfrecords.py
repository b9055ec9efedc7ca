"""Writes MNIST to TFRecords and trains from a queue of shuffled batches."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import os

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data as mnist

tf.app.flags.DEFINE_string('directory', 'records', 'Directory of the TFRecords')
tf.app.flags.DEFINE_integer('num_epochs', 2, 'Number of epochs to run trainer.')
tf.app.flags.DEFINE_integer('batch_size', 100, 'Batch size.')
FLAGS = tf.app.flags.FLAGS


def _int64_feature(value):
  return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def _bytes_feature(value):
  return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def convert_to(images, labels, name):
  filename = os.path.join(FLAGS.directory, name + '.tfrecords')
  writer = tf.python_io.TFRecordWriter(filename)
  for image, label in zip(images, labels):
    example = tf.train.Example(features=tf.train.Features(feature={
        'label': _int64_feature(int(label)),
        'image_raw': _bytes_feature(image.tobytes())}))
    writer.write(example.SerializeToString())
  writer.close()
  return filename


def read_and_decode(filename_queue):
  reader = tf.TFRecordReader()
  _, serialized_example = reader.read(filename_queue)
  features = tf.parse_single_example(serialized_example, features={
      'image_raw': tf.FixedLenFeature([], tf.string),
      'label': tf.FixedLenFeature([], tf.int64)})
  image = tf.decode_raw(features['image_raw'], tf.uint8)
  image.set_shape([784])
  image = tf.cast(image, tf.float32) * (1. / 255) - 0.5
  return image, tf.cast(features['label'], tf.int32)


def main(unused_argv):
  tf.gfile.MakeDirs(FLAGS.directory)
  data = mnist.read_data_sets('data', dtype=tf.uint8, reshape=True)
  path = convert_to(data.train.images[:8000], data.train.labels[:8000], 'train')

  with tf.Graph().as_default():
    tf.set_random_seed(777)
    filename_queue = tf.train.string_input_producer([path], num_epochs=FLAGS.num_epochs)
    image, label = read_and_decode(filename_queue)
    images, labels = tf.train.shuffle_batch(
        [image, label], batch_size=FLAGS.batch_size, num_threads=2,
        capacity=1000 + 3 * FLAGS.batch_size, min_after_dequeue=1000)
    with tf.variable_scope('model'):
      logits = tf.layers.dense(images, 10)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    train_op = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
    with tf.variable_scope('model', reuse=True):
      test_images = np.float32(data.test.images) / 255 - 0.5
      scores = tf.layers.dense(tf.constant(test_images), 10)
    right = tf.reduce_mean(tf.to_float(tf.nn.in_top_k(scores, data.test.labels.astype(int), 1)))
    init_op = tf.group(tf.global_variables_initializer(), tf.local_variables_initializer())

    with tf.Session() as sess:
      sess.run(init_op)
      coord = tf.train.Coordinator()
      threads = tf.train.start_queue_runners(sess=sess, coord=coord)
      step = 0
      try:
        while not coord.should_stop():
          sess.run(train_op)
          step += 1
      except tf.errors.OutOfRangeError:
        print('Done training for %d epochs, %d steps.' % (FLAGS.num_epochs, step))
      finally:
        coord.request_stop()
      coord.join(threads)
      print('test accuracy: %.3f' % sess.run(right))


if __name__ == '__main__':
  tf.app.run()
