"""A script of TensorFlow 1's time, for the row `tf1_script`: a convolutional network on MNIST.

Prints when its first step was done, on the clock of time.time(), and its steps a second, as JSON.
"""

import json
import sys
import time

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

mnist = input_data.read_data_sets("MNIST_data", one_hot=True)
x = tf.placeholder(tf.float32, [None, 784])
y_ = tf.placeholder(tf.float32, [None, 10])
net = tf.reshape(x, [-1, 28, 28, 1])
net = tf.layers.conv2d(net, 16, 5, padding="same", activation=tf.nn.relu)
net = tf.layers.max_pooling2d(net, 2, 2)
net = tf.layers.conv2d(net, 32, 5, padding="same", activation=tf.nn.relu)
net = tf.layers.flatten(tf.layers.max_pooling2d(net, 2, 2))
net = tf.layers.dense(net, 128, activation=tf.nn.relu)
logits = tf.layers.dense(net, 10)
loss = tf.losses.softmax_cross_entropy(y_, logits)
train = tf.train.AdamOptimizer(1e-3).minimize(loss)


def step():
    images, labels = mnist.train.next_batch(50)
    session.run([train, loss], {x: images, y_: labels})


with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    step()
    first = time.time()
    steps = int(sys.argv[1])
    for _ in range(steps):
        step()
    print(json.dumps({"first": first, "steps_per_second": steps / (time.time() - first)}))
