"""Embeds MNIST images for TensorBoard's projector, with their labels as metadata."""
import os

import numpy as np
import tensorflow as tf
from tensorflow.contrib.tensorboard.plugins import projector
from tensorflow.examples.tutorials.mnist import input_data

tf.set_random_seed(777)
np.random.seed(777)

LOG_DIR = os.path.join(os.getcwd(), 'minimal_example')
TO_EMBED_COUNT = 500
path_for_metadata = os.path.join(LOG_DIR, 'metadata.tsv')
if not os.path.isdir(LOG_DIR):
    os.mkdir(LOG_DIR)

mnist = input_data.read_data_sets("MNIST_data/", one_hot=False)
batch_xs, batch_ys = mnist.train.next_batch(TO_EMBED_COUNT)

embedding_var = tf.Variable(batch_xs, name='mnist_embedding')
summary_writer = tf.summary.FileWriter(LOG_DIR)
config = projector.ProjectorConfig()
embedding = config.embeddings.add()
embedding.tensor_name = embedding_var.name
embedding.metadata_path = path_for_metadata
embedding.sprite.image_path = os.path.join(LOG_DIR, 'sprite.png')
embedding.sprite.single_image_dim.extend([28, 28])
projector.visualize_embeddings(summary_writer, config)

sess = tf.InteractiveSession()
sess.run(tf.global_variables_initializer())
saver = tf.train.Saver()
saver.save(sess, os.path.join(LOG_DIR, "model.ckpt"), 1)

with open(path_for_metadata, 'w') as f:
    f.write("Index\tLabel\n")
    for index, label in enumerate(batch_ys):
        f.write("%d\t%d\n" % (index, label))

with open(os.path.join(LOG_DIR, 'projector_config.pbtxt')) as f:
    text = f.read()
print("tensor named: %s" % ('tensor_name: "mnist_embedding:0"' in text))
values = tf.contrib.util.constant_value(tf.constant(batch_xs[:2]))
print("constant: %s" % np.array_equal(values, batch_xs[:2]))
print("mean of the embedding: %.3f" % tf.reduce_mean(embedding_var).eval())
