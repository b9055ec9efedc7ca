from __future__ import division, print_function

import numpy as np
import tensorflow as tf
import tensorflow.contrib.layers as layers
from tensorflow.examples.tutorials.mnist import input_data

flags = tf.flags
flags.DEFINE_integer("batch_size", 128, "batch size")
flags.DEFINE_integer("updates", 250, "number of updates")
flags.DEFINE_float("learning_rate", 2e-3, "learning rate")
flags.DEFINE_integer("hidden_size", 10, "size of the hidden VAE unit")
FLAGS = flags.FLAGS


def encoder(input_tensor, output_size):
    net = tf.reshape(input_tensor, [-1, 28, 28, 1])
    net = layers.conv2d(net, 8, 5, stride=2)
    net = layers.conv2d(net, 16, 5, stride=2)
    net = layers.dropout(net, keep_prob=0.9)
    net = layers.flatten(net)
    return layers.fully_connected(net, output_size, activation_fn=None)


def decoder(hidden):
    net = tf.expand_dims(hidden, 1)
    net = tf.expand_dims(net, 1)
    net = layers.conv2d_transpose(net, 16, 7, padding='VALID')
    net = layers.conv2d_transpose(net, 8, 5, stride=2)
    net = layers.conv2d_transpose(net, 1, 5, stride=2, activation_fn=tf.nn.sigmoid)
    return layers.flatten(net)


class VAE(object):

    def __init__(self, hidden_size, batch_size, learning_rate):
        self.input_tensor = tf.placeholder(tf.float32, [None, 28 * 28])
        with tf.contrib.framework.arg_scope([layers.conv2d, layers.conv2d_transpose],
                                            activation_fn=tf.nn.elu):
            with tf.variable_scope("model") as scope:
                encoded = encoder(self.input_tensor, hidden_size * 2)
                mean = encoded[:, :hidden_size]
                log_stddev = encoded[:, hidden_size:]
                epsilon = tf.random_normal([tf.shape(mean)[0], hidden_size])
                output_tensor = decoder(mean + epsilon * tf.exp(log_stddev))
            with tf.variable_scope("model", reuse=True):
                self.sampled_tensor = decoder(tf.random_normal([batch_size, hidden_size]))
        self.kl = self.__kl_cost(mean, log_stddev)
        self.reconstruction = self.__reconstruction_cost(output_tensor, self.input_tensor)
        self.loss = self.kl + self.reconstruction
        self.train = layers.optimize_loss(
            self.loss, tf.contrib.framework.get_or_create_global_step(),
            learning_rate=learning_rate, optimizer='Adam', update_ops=[])

    def __kl_cost(self, mean, log_stddev):
        return tf.reduce_mean(0.5 * tf.reduce_sum(
            tf.square(mean) + tf.exp(2 * log_stddev) - 2 * log_stddev - 1, 1))

    def __reconstruction_cost(self, output, target, epsilon=1e-8):
        return tf.reduce_mean(tf.reduce_sum(
            -target * tf.log(output + epsilon) - (1.0 - target) * tf.log(1.0 - output + epsilon),
            1))


def main(_):
    mnist = input_data.read_data_sets("MNIST", one_hot=True)
    tf.set_random_seed(0)
    model = VAE(FLAGS.hidden_size, FLAGS.batch_size, FLAGS.learning_rate)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        test = {model.input_tensor: mnist.test.images[:1000]}
        print("first bound {:.2f}".format(sess.run(model.loss, test)))
        for _ in range(FLAGS.updates):
            images, _ = mnist.train.next_batch(FLAGS.batch_size)
            sess.run(model.train, {model.input_tensor: images})
        bound, kl = sess.run([model.loss, model.kl], test)
        print("test bound {:.2f}, divergence {:.2f}".format(bound, kl))
        images = sess.run(model.sampled_tensor)
        print("samples", images.shape, np.isfinite(images).all())
        print("decoders", len([v for v in tf.trainable_variables()
                               if "Conv2d_transpose" in v.name]))


if __name__ == "__main__":
    tf.app.run()
