/** The optimizers to choose from, by Python's names for `--optimizer`. */

import { tf } from '../base/tf.js';

const MOMENTUM = 0.9; // that of cnn_mnist.model

const MAKERS = {
  adam: (rate) => tf.train.adam(rate),
  sgd: (rate) => tf.train.sgd(rate),
  momentum: newMomentum,
};

/**
 * @param {'adam' | 'sgd' | 'momentum'} name
 * @param {number} learningRate
 * @returns {tf.Optimizer} the caller disposes of it
 */
export function newOptimizer(name, learningRate) {
  return MAKERS[name](learningRate);
}

/** tf.js 4.22 does not free the negative rate of this one, as it does for SGD. */
function newMomentum(rate) {
  const optimizer = tf.train.momentum(rate, MOMENTUM);
  const dispose = optimizer.dispose.bind(optimizer);
  optimizer.dispose = () => {
    dispose();
    optimizer.c?.dispose();
  };
  return optimizer;
}
