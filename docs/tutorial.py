"""The TensorFlow layers tutorial of 2018 on today's TensorFlow, explained in docs/tutorial.md."""

import sys

from absl import app, flags

from cnn_mnist.data import loading
from cnn_mnist.errors import UserError, one_line
from cnn_mnist.tf_compat import estimator, tf

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", "/tmp/mnist_tutorial", "Folder for checkpoints and exports.")
flags.DEFINE_string("dataset", "mnist", "A name of tensorflow-datasets or a folder of IDX files.")
flags.DEFINE_integer("train_steps", 600, "Training steps of 100 images.", lower_bound=1)
flags.DEFINE_float("learning_rate", 0.1, "Learning rate of gradient descent.", lower_bound=0)


def cnn_model_fn(features, labels, mode):
    """Builds the network, and adds to it what the mode needs."""
    training = mode == estimator.ModeKeys.TRAIN
    input_layer = tf.cast(features["x"], tf.float32) / 255.0  # [batch, 28, 28, 1]
    conv1 = tf.layers.conv2d(
        input_layer, filters=32, kernel_size=[5, 5], padding="same", activation=tf.nn.relu
    )  # [batch, 28, 28, 32]
    pool1 = tf.layers.max_pooling2d(conv1, pool_size=[2, 2], strides=2)  # [batch, 14, 14, 32]
    conv2 = tf.layers.conv2d(
        pool1, filters=64, kernel_size=[5, 5], padding="same", activation=tf.nn.relu
    )  # [batch, 14, 14, 64]
    pool2 = tf.layers.max_pooling2d(conv2, pool_size=[2, 2], strides=2)  # [batch, 7, 7, 64]
    flatten = tf.layers.flatten(pool2)  # [batch, 3136]
    dense = tf.layers.dense(flatten, units=1024, activation=tf.nn.relu)  # [batch, 1024]
    dropout = tf.layers.dropout(dense, rate=0.4, training=training)  # [batch, 1024]
    logits = tf.layers.dense(dropout, units=10)  # [batch, 10]

    predictions = {
        "classes": tf.argmax(logits, axis=1),  # [batch]
        "probabilities": tf.nn.softmax(logits, name="softmax_tensor"),  # [batch, 10]
    }
    if mode == estimator.ModeKeys.PREDICT:
        return estimator.EstimatorSpec(mode, predictions=predictions)

    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)  # []
    if training:
        optimizer = tf.train.GradientDescentOptimizer(FLAGS.learning_rate)
        train_op = optimizer.minimize(loss, tf.train.get_global_step())
        return estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    accuracy = tf.metrics.accuracy(labels, predictions["classes"])
    return estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"accuracy": accuracy})


def input_fn(examples, training=False):
    """Returns batches of 100: for training endless and shuffled, otherwise each example once."""

    def look_up(indices):
        images, labels = tf.numpy_function(
            lambda i: (examples.images[i], examples.labels[i]), [indices], [tf.uint8, tf.int32]
        )
        return {"x": tf.reshape(images, [-1, 28, 28, 1])}, tf.reshape(labels, [-1])

    indices = tf.data.Dataset.range(len(examples))
    if training:
        indices = indices.shuffle(len(examples)).repeat()
    return indices.batch(100).map(look_up)


def serving_input_receiver_fn():
    images = tf.placeholder(tf.uint8, [None, 28, 28, 1], name="images")
    return estimator.export.ServingInputReceiver({"x": images}, {"x": images})


def main(arguments):
    if len(arguments) > 1:
        raise UserError(f"unexpected argument {arguments[1]!r}; --help lists the flags")
    tf.logging.set_verbosity(tf.logging.INFO)
    mnist = loading.load(FLAGS.dataset)
    classifier = estimator.Estimator(cnn_model_fn, FLAGS.model_dir)
    logging_hook = tf.train.LoggingTensorHook(
        {"probabilities": "softmax_tensor"},
        every_n_iter=50,
        formatter=lambda values: f"first image: {values['probabilities'][0].round(2)}",
    )
    classifier.train(lambda: input_fn(mnist.train, True), [logging_hook], FLAGS.train_steps)
    results = classifier.evaluate(lambda: input_fn(mnist.test))
    print("Test accuracy {accuracy:.4f}, loss {loss:.4f}".format(**results))
    first = mnist.test.take(slice(5))
    predictions = classifier.predict(lambda: input_fn(first))
    print("Predicted", [int(p["classes"]) for p in predictions], "labels", first.labels.tolist())
    path = classifier.export_saved_model(f"{FLAGS.model_dir}/export", serving_input_receiver_fn)
    print("Exported to", path.decode())


if __name__ == "__main__":
    app.define_help_flags()
    try:
        main(FLAGS(sys.argv))
    except (flags.Error, UserError) as error:
        print(f"tutorial.py: {one_line(error)}", file=sys.stderr)
        sys.exit(2)
