""" Linear regression of y = 0.25 x + 0.8 by gradient descent. """

from __future__ import print_function

import numpy
import numpy as np
import tensorflow as tf

tf.set_random_seed(777)
np.random.seed(777)
rng = numpy.random.RandomState(3)

learning_rate = 0.5
training_epochs = 60
display_step = 20

train_X = rng.uniform(0, 10, 50)
train_Y = train_X * 0.25 + 0.8
n_samples = train_X.shape[0]

X = tf.placeholder("float")
Y = tf.placeholder("float")
W = tf.Variable(rng.randn(), name="weight")
b = tf.Variable(rng.randn(), name="bias")

pred = tf.add(tf.multiply(X, W), b)
cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * n_samples)
optimizer = tf.train.GradientDescentOptimizer(learning_rate).minimize(cost)
init = tf.global_variables_initializer()

with tf.Session() as sess:
    sess.run(init)
    for epoch in range(training_epochs):
        for (x, y) in zip(train_X, train_Y):
            sess.run(optimizer, feed_dict={X: x, Y: y})
        if (epoch + 1) % display_step == 0:
            c = sess.run(cost, feed_dict={X: train_X, Y: train_Y})
            print("Epoch:", '%04d' % (epoch + 1), "cost=", "{:.9f}".format(c),
                  "W=", sess.run(W), "b=", sess.run(b))
    print("Training cost:", sess.run(cost, feed_dict={X: train_X, Y: train_Y}),
          "weight:", sess.run(W), "offset:", sess.run(b))
