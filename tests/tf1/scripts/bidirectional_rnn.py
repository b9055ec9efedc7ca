''' Bidirectional LSTM over the rows of MNIST images. '''

import numpy as np
import tensorflow as tf
import tensorflow.contrib.rnn as rnn_cells
from tensorflow.examples.tutorials.mnist import input_data

tf.set_random_seed(777)
np.random.seed(777)

mnist = input_data.read_data_sets("MNIST_data", one_hot=True)

n_input, n_steps, n_hidden, n_classes = 28, 28, 40, 10

x = tf.placeholder("float", [None, n_steps, n_input])
y = tf.placeholder("float", [None, n_classes])


def BiRNN(x):
    x = tf.unstack(x, n_steps, 1)
    lstm_fw_cell = rnn_cells.LSTMBlockCell(n_hidden, forget_bias=1.0)
    lstm_bw_cell = rnn_cells.BasicLSTMCell(n_hidden, forget_bias=1.0)
    try:
        outputs, _, _ = rnn_cells.static_bidirectional_rnn(
            lstm_fw_cell, lstm_bw_cell, x, dtype=tf.float32)
    except Exception:  # Old TensorFlow version only returns outputs not states
        outputs = rnn_cells.static_bidirectional_rnn(
            lstm_fw_cell, lstm_bw_cell, x, dtype=tf.float32)
    W = tf.get_variable("W", [2 * n_hidden, n_classes],
                        initializer=tf.contrib.layers.xavier_initializer())
    b = tf.get_variable("b", [n_classes], initializer=tf.zeros_initializer())
    return tf.matmul(outputs[-1], W) + b


pred = BiRNN(x)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
optimizer = tf.train.AdamOptimizer(learning_rate=0.01).minimize(cost)
correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

with tf.Session(config=tf.ConfigProto(log_device_placement=False)) as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(300):
        batch_x, batch_y = mnist.train.next_batch(128)
        batch_x = batch_x.reshape((128, n_steps, n_input))
        sess.run(optimizer, feed_dict={x: batch_x, y: batch_y})
    test_data = mnist.test.images[:2000].reshape((-1, n_steps, n_input))
    print("Testing Accuracy: %.4f" % sess.run(
        accuracy, feed_dict={x: test_data, y: mnist.test.labels[:2000]}))
