"""A stacked autoencoder with L2 regularization, all layers in one arg_scope."""
import sys

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

n_inputs = 28 * 28
n_hidden1 = 128
n_hidden2 = 32     # codings
n_hidden3 = n_hidden1
n_outputs = n_inputs
learning_rate = 0.003
l2_reg = 0.0001

n_epochs = 1
batch_size = 150

mnist = input_data.read_data_sets('MNIST_data')

tf.set_random_seed(3)
X = tf.placeholder(tf.float32, shape=[None, n_inputs])
with tf.contrib.framework.arg_scope(
    [tf.contrib.layers.fully_connected],
    activation_fn=tf.nn.elu,
    weights_initializer=tf.contrib.layers.variance_scaling_initializer(),
    weights_regularizer=tf.contrib.layers.l2_regularizer(l2_reg)):
  hidden1 = tf.contrib.layers.fully_connected(X, n_hidden1)
  hidden2 = tf.contrib.layers.fully_connected(hidden1, n_hidden2)
  hidden3 = tf.contrib.layers.fully_connected(hidden2, n_hidden3)
  outputs = tf.contrib.layers.fully_connected(hidden3, n_outputs, activation_fn=None)

reconstruction_loss = tf.reduce_mean(tf.square(outputs - X))
reg_losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
loss = tf.add_n([reconstruction_loss] + reg_losses)
training_op = tf.train.AdamOptimizer(learning_rate).minimize(loss)

init = tf.global_variables_initializer()
saver = tf.train.Saver()

with tf.Session() as sess:
  init.run()
  print("before MSE:", reconstruction_loss.eval(feed_dict={X: mnist.test.images}))
  for epoch in range(n_epochs):
    n_batches = mnist.train.num_examples // batch_size
    for iteration in range(n_batches):
      print("\r{}%".format(100 * iteration // n_batches), end="")
      sys.stdout.flush()
      X_batch, _ = mnist.train.next_batch(batch_size)
      sess.run(training_op, feed_dict={X: X_batch})
    mse_train = reconstruction_loss.eval(feed_dict={X: X_batch})
    print("\r{}".format(epoch), "Train MSE:", mse_train)
    saver.save(sess, "./my_model_all_layers.ckpt")
  print("penalties:", len(reg_losses))
  print("test MSE:", reconstruction_loss.eval(feed_dict={X: mnist.test.images}))
