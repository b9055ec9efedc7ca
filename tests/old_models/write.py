"""Wrote the models in this folder, with TensorFlow 1.15.5 on Python 3.7.

    python3.7 write.py FOLDER_WITH_MNIST

An Estimator of one dense layer, trained for 300 steps, and the same weights as a checkpoint of a
graph for inference, as a frozen graph and as a SavedModel. It prints the accuracy that TensorFlow
1.15.5 measured, which `accuracy.txt` holds.
"""

import os
import shutil
import sys

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

FOLDER = os.path.dirname(os.path.abspath(__file__))


def place(name):
    return os.path.join(FOLDER, name)


def network(images):
    return tf.layers.dense(tf.reshape(images, [-1, 784]), 10)


def model_fn(features, labels, mode):
    logits = network(features["x"])
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    train_op = optimizer.minimize(loss, tf.train.get_global_step())
    accuracy = tf.metrics.accuracy(labels, tf.argmax(logits, 1))
    return tf.estimator.EstimatorSpec(
        mode, loss=loss, train_op=train_op, eval_metric_ops={"accuracy": accuracy}
    )


def main():
    mnist = input_data.read_data_sets(sys.argv[1])

    def inputs(part, **options):
        return tf.estimator.inputs.numpy_input_fn(
            {"x": part.images}, part.labels.astype(np.int32), batch_size=100, **options
        )

    estimator = tf.estimator.Estimator(model_fn, place("estimator"))
    estimator.train(inputs(mnist.train, shuffle=True, num_epochs=None), steps=300)
    measured = estimator.evaluate(inputs(mnist.test, shuffle=False))
    with open(place("accuracy.txt"), "w") as file:
        file.write("{:.4f}\n".format(measured["accuracy"]))
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 784], name="x")
        y = tf.nn.softmax(network(x), name="probabilities")
        tf.train.Saver().restore(session, estimator.latest_checkpoint())
        os.mkdir(place("checkpoint"))
        tf.train.Saver().save(session, place("checkpoint/model.ckpt"), 300)
        frozen = tf.graph_util.convert_variables_to_constants(
            session, graph.as_graph_def(), ["probabilities"]
        )
        with open(place("frozen.pb"), "wb") as file:
            file.write(frozen.SerializeToString())
        tf.saved_model.simple_save(session, place("saved_model"), {"x": x}, {"probabilities": y})
    # It names folders of this machine.
    os.remove(place("checkpoint/checkpoint"))
    # What an evaluation needs is the checkpoint.
    for name in os.listdir(place("estimator")):
        if name == "eval" or name.startswith(("events", "graph", "model.ckpt-0")):
            path = os.path.join(place("estimator"), name)
            (shutil.rmtree if os.path.isdir(path) else os.remove)(path)


if __name__ == "__main__":
    main()
