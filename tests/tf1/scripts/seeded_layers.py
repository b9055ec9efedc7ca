"""A convnet of tf.layers on shuffled MNIST, with dropout and weight decay."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import tensorflow as tf
import tensorflow.contrib.layers as layers
from tensorflow.contrib.learn.python.learn.datasets.mnist import read_data_sets

flags = tf.app.flags
flags.DEFINE_string('data_dir', './MNIST_data', 'Directory of the data.')
flags.DEFINE_integer('seed', 1234, 'Random seed of the graph.')
flags.DEFINE_integer('max_steps', 51, 'Number of steps.')
FLAGS = flags.FLAGS


def inference(images, training):
  decay = layers.l2_regularizer(1e-3)
  net = tf.layers.conv2d(images, 16, 5, activation=tf.nn.relu, kernel_regularizer=decay)
  net = tf.layers.max_pooling2d(net, 2, 2)
  net = tf.layers.conv2d(net, 32, 3, strides=2, padding='same', kernel_regularizer=decay)
  net = tf.nn.relu(net)
  net = layers.conv2d(net, 32, [3, 3], normalizer_fn=layers.batch_norm,
                      normalizer_params={'is_training': training})
  net = tf.layers.dropout(net, 0.2, training=training)
  net = tf.layers.flatten(net)
  net = layers.fully_connected(net, 64, weights_regularizer=decay)
  net = tf.layers.dropout(net, rate=0.4, training=training)
  return tf.layers.dense(net, 10, name='logits')


def main(_):
  data = read_data_sets(FLAGS.data_dir, reshape=False).train
  with tf.Graph().as_default():
    tf.set_random_seed(FLAGS.seed)
    dataset = tf.data.Dataset.from_tensor_slices((data.images[:2000], data.labels[:2000]))
    iterator = dataset.repeat().shuffle(500).batch(50).make_initializable_iterator()
    images, labels = iterator.get_next()
    training = tf.placeholder_with_default(True, [])
    logits = inference(images, training)
    tf.losses.sparse_softmax_cross_entropy(tf.cast(labels, tf.int32), logits)
    loss = tf.losses.get_total_loss()
    noise = tf.random_normal([])
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
      train_op = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)

    with tf.Session() as sess:
      sess.run([tf.global_variables_initializer(), iterator.initializer])
      for step in range(FLAGS.max_steps):
        _, loss_value, noise_value = sess.run([train_op, loss, noise])
        if step % 10 == 0:
          print('step %d: loss = %.4f noise = %.4f' % (step, loss_value, noise_value))


if __name__ == '__main__':
  tf.app.run()
