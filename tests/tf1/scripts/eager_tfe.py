"""A multilayer perceptron in eager execution, as it was in TensorFlow 1.5 to 1.12."""
from __future__ import print_function

import tensorflow as tf
import tensorflow.contrib.eager as tfe
from tensorflow.examples.tutorials.mnist import input_data

tf.enable_eager_execution()
mnist = input_data.read_data_sets('data', one_hot=False)


class Perceptron(tf.keras.Model):

  def __init__(self):
    super(Perceptron, self).__init__()
    self.hidden = tf.layers.Dense(64, activation=tf.nn.relu)
    self.scores = tf.layers.Dense(10)

  def call(self, x):
    return self.scores(self.hidden(x))


model = Perceptron()
optimizer = tf.train.AdamOptimizer(0.002)
global_step = tf.train.get_or_create_global_step()
writer = tf.contrib.summary.create_file_writer('eager_logs', flush_millis=1000)
writer.set_as_default()


def loss_fn(images, labels):
  return tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=model(images))


grad = tfe.implicit_value_and_gradients(loss_fn)
dataset = tf.data.Dataset.from_tensor_slices(
    (mnist.train.images[:20000], mnist.train.labels[:20000].astype('int64')))
dataset = dataset.apply(tf.contrib.data.batch_and_drop_remainder(100))
for images, labels in tfe.Iterator(dataset):
  with tf.contrib.summary.record_summaries_every_n_global_steps(50):
    value, grads_and_vars = grad(images, labels)
    tf.contrib.summary.scalar('loss', value)
  optimizer.apply_gradients(grads_and_vars, global_step=global_step)

accuracy = tfe.metrics.SparseAccuracy('accuracy')
accuracy(labels=tf.constant(mnist.test.labels), predictions=model(mnist.test.images))
print('steps:', global_step.numpy())
print('test accuracy: %.4f' % accuracy.result().numpy())
tfe.Saver(model.variables).save('eager.ckpt')
print('saved:', tf.train.checkpoint_exists('eager.ckpt'))
