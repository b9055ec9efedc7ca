# A deep net for XOR of noisy bits, the same numbers at each run.
import numpy as np
import tensorflow as tf

tf.set_random_seed(777)
np.random.seed(0)

bits = np.random.randint(0, 2, [64, 2])
x_data = bits + 0.1 * np.random.randn(64, 2)
y_data = (bits[:, :1] ^ bits[:, 1:]).astype(np.float32)

X = tf.placeholder(tf.float32, [None, 2])
Y = tf.placeholder(tf.float32, [None, 1])
keep_prob = tf.placeholder(tf.float32)

W1 = tf.Variable(tf.random_uniform([2, 16], -1.0, 1.0), name='weight1')
b1 = tf.Variable(tf.random_uniform([16]), name='bias1')
L1 = tf.nn.dropout(tf.nn.relu(tf.matmul(X, W1) + b1), keep_prob=keep_prob)

W2 = tf.Variable(tf.random_normal([16, 16]), name='weight2')
b2 = tf.Variable(tf.zeros([16]), name='bias2')
L2 = tf.nn.dropout(tf.nn.tanh(tf.matmul(L1, W2) + b2), 0.9)

left, right = tf.split(L2, 2, 1)
W3 = tf.get_variable('weight3', [8, 1], initializer=tf.contrib.layers.xavier_initializer())
logits = tf.matmul(left * right, W3) + tf.Variable(tf.random_normal([1]), name='bias3')

cost = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=Y))
train = tf.train.AdamOptimizer(0.03).minimize(cost)

with tf.Session() as sess:
  sess.run(tf.global_variables_initializer())
  for step in range(31):
    c, _ = sess.run([cost, train], feed_dict={X: x_data, Y: y_data, keep_prob: 0.7})
    if step % 10 == 0:
      print(step, 'cost %.5f' % c)
