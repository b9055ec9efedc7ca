/** The networks and settings of the tutorials, each as one choice. */

/**
 * @typedef {object} Recipe
 * @property {string} architecture in the notation of `--architecture`, for ten classes
 * @property {'variance_scaling' | 'glorot_uniform' | 'he_uniform' | 'zeros'} initializer
 * @property {'adam' | 'sgd' | 'momentum'} optimizer
 * @property {number} learningRate
 * @property {number} batchSize
 */

const SMALL = 'conv 5x5x8 valid, pool 2, conv 5x5x16 valid, pool 2, flatten, dense 10';

/** @type {Record<string, Recipe>} */
export const RECIPES = {
  // The network of TensorFlow.js's tutorial, with smaller batches: soon good on few images.
  browser: {
    architecture: SMALL,
    initializer: 'variance_scaling',
    optimizer: 'adam',
    learningRate: 0.005,
    batchSize: 64,
  },
  // https://codelabs.developers.google.com/codelabs/tfjs-training-classfication: 5,500 images, ten
  // epochs, `tf.train.adam()`, whose rate is 0.001.
  tfjs: {
    architecture: SMALL,
    initializer: 'variance_scaling',
    optimizer: 'adam',
    learningRate: 0.001,
    batchSize: 512,
  },
  // “MNIST for ML Beginners”: W and b begin at 0, GradientDescentOptimizer(0.5), batches of 100.
  // https://github.com/tensorflow/tensorflow/blob/r1.4/tensorflow/examples/tutorials/mnist
  softmax: {
    architecture: 'flatten, dense 10',
    initializer: 'zeros',
    optimizer: 'sgd',
    learningRate: 0.5,
    batchSize: 100,
  },
  // “TensorFlow Mechanics 101”, fully_connected_feed.py of the same folder: hidden layers of 128 and
  // 32 units, GradientDescentOptimizer(0.01), batches of 100.
  deep: {
    architecture: 'flatten, dense 128, dense 32, dense 10',
    initializer: 'glorot_uniform',
    optimizer: 'sgd',
    learningRate: 0.01,
    batchSize: 100,
  },
  // Python's preset `dense`: the beginner's network of Keras.
  dense: {
    architecture: 'flatten, dense 128, dense 10',
    initializer: 'glorot_uniform',
    optimizer: 'adam',
    learningRate: 0.001,
    batchSize: 32,
  },
  // Python's preset `layers_tutorial`, the tutorial that this project rebuilds: 20,000 steps of SGD.
  layers_tutorial: {
    architecture:
      'conv 5x5x32, pool 2, conv 5x5x64, pool 2, flatten, dense 1024, dropout 0.4, dense 10',
    initializer: 'he_uniform',
    optimizer: 'sgd',
    learningRate: 0.001,
    batchSize: 100,
  },
};
