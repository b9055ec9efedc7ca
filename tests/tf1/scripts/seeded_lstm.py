""" Pairs of rows of MNIST digits through two LSTM layers with dropout. """
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn
from tensorflow.examples.tutorials.mnist import input_data

np.random.seed(1)
tf.set_random_seed(1)

mnist = input_data.read_data_sets('MNIST_data', one_hot=True)

n_input = 56
timesteps = 14
num_hidden = 32
num_classes = 10

X = tf.placeholder("float", [None, timesteps, n_input])
Y = tf.placeholder("float", [None, num_classes])
keep = tf.placeholder_with_default(0.8, [])


def cell(size):
    return rnn.DropoutWrapper(rnn.BasicLSTMCell(size), output_keep_prob=keep)


with tf.variable_scope('deep'):
    stacked = rnn.MultiRNNCell([cell(num_hidden) for _ in range(2)])
    rows = tf.unstack(X, timesteps, 1)
    outputs, states = rnn.static_rnn(stacked, rows, dtype=tf.float32)
    outputs = tf.stack(outputs, 1)

with tf.variable_scope('wide'):
    forward, backward = rnn.GRUCell(16), rnn.LSTMCell(16, use_peepholes=True)
    both, _ = tf.nn.bidirectional_dynamic_rnn(forward, backward, outputs, dtype=tf.float32)
    scores = tf.layers.dense(tf.concat(both, 2), 1)
    attended = tf.reduce_sum(tf.nn.softmax(scores, 1) * outputs, 1)

out_w = tf.Variable(tf.random_normal([num_hidden, num_classes]))
out_b = tf.Variable(tf.random_normal([num_classes]))
logits = tf.matmul(tf.nn.dropout(attended, keep), out_w) + out_b

loss_op = tf.losses.softmax_cross_entropy(Y, logits)
train_op = tf.train.AdamOptimizer(0.01).minimize(loss_op)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(51):
        batch_x, batch_y = mnist.train.next_batch(50)
        batch_x = batch_x.reshape((-1, timesteps, n_input))
        _, loss = sess.run([train_op, loss_op], feed_dict={X: batch_x, Y: batch_y})
        if step % 10 == 0:
            print("Step " + str(step) + ", Minibatch Loss= " + "{:.4f}".format(loss))
