import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

INPUT_NODE = 784
OUTPUT_NODE = 10
LAYER1_NODE = 200

BATCH_SIZE = 100
LEARNING_RATE_BASE = 0.8
LEARNING_RATE_DECAY = 0.99
REGULARIZATION_RATE = 0.0001
TRAINING_STEPS = 700
MOVING_AVERAGE_DECAY = 0.99


def get_weight_variable(shape, regularizer):
    weights = tf.get_variable(
        "weights", shape, initializer=tf.truncated_normal_initializer(stddev=0.1))
    if regularizer != None:
        tf.add_to_collection('losses', regularizer(weights))
    return weights


def inference(input_tensor, regularizer, avg_class=None, reuse=False):
    def average(variable):
        return avg_class.average(variable) if avg_class else variable

    with tf.variable_scope('layer1', reuse=reuse):
        weights = get_weight_variable([INPUT_NODE, LAYER1_NODE], regularizer)
        biases = tf.get_variable("biases", [LAYER1_NODE], initializer=tf.constant_initializer(0.0))
        layer1 = tf.nn.relu(tf.matmul(input_tensor, average(weights)) + average(biases))
    with tf.variable_scope('layer2', reuse=reuse):
        weights = get_weight_variable([LAYER1_NODE, OUTPUT_NODE], regularizer)
        biases = tf.get_variable("biases", [OUTPUT_NODE], initializer=tf.constant_initializer(0.0))
        return tf.matmul(layer1, average(weights)) + average(biases)


def train(mnist):
    tf.set_random_seed(2)
    x = tf.placeholder(tf.float32, [None, INPUT_NODE], name='x-input')
    y_ = tf.placeholder(tf.float32, [None, OUTPUT_NODE], name='y-input')
    regularizer = tf.contrib.layers.l2_regularizer(REGULARIZATION_RATE)
    y = inference(x, regularizer)

    global_step = tf.Variable(0, trainable=False)
    variable_averages = tf.train.ExponentialMovingAverage(MOVING_AVERAGE_DECAY, global_step)
    variables_averages_op = variable_averages.apply(tf.trainable_variables())
    average_y = inference(x, None, variable_averages, reuse=True)

    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        logits=y, labels=tf.argmax(y_, 1))
    loss = tf.reduce_mean(cross_entropy) + tf.add_n(tf.get_collection('losses'))
    l1_l2 = tf.contrib.layers.l1_l2_regularizer(0.5, 0.5)(tf.constant([[1.0, -2.0], [-3.0, 4.0]]))
    learning_rate = tf.train.exponential_decay(
        LEARNING_RATE_BASE, global_step, mnist.train.num_examples / BATCH_SIZE,
        LEARNING_RATE_DECAY, staircase=True)
    train_step = tf.train.GradientDescentOptimizer(learning_rate).minimize(
        loss, global_step=global_step)
    with tf.control_dependencies([train_step, variables_averages_op]):
        train_op = tf.no_op(name='train')
    accuracy = tf.reduce_mean(
        tf.cast(tf.equal(tf.argmax(average_y, 1), tf.argmax(y_, 1)), tf.float32))

    with tf.Session() as sess:
        tf.initialize_all_variables().run()
        validate_feed = {x: mnist.validation.images, y_: mnist.validation.labels}
        for i in range(TRAINING_STEPS):
            if i % 350 == 0:
                print("After %d training step(s), validation accuracy is %g" %
                      (i, sess.run(accuracy, feed_dict=validate_feed)))
            xs, ys = mnist.train.next_batch(BATCH_SIZE)
            sess.run(train_op, feed_dict={x: xs, y_: ys})
        test_feed = {x: mnist.test.images, y_: mnist.test.labels}
        print("both penalties: %g" % sess.run(l1_l2))
        print("After %d training step(s), test accuracy is %g" %
              (TRAINING_STEPS, sess.run(accuracy, feed_dict=test_feed)))


def main(argv=None):
    mnist = input_data.read_data_sets("./mnist_data", one_hot=True)
    train(mnist)


if __name__ == '__main__':
    main()
