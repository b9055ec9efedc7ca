/** Makes an untrained TensorFlow.js model of a network. */

import { tf } from '../base/tf.js';
import { rowsOf } from './architecture.js';

/** @typedef {import('./notation.js').Layer} Layer */

const IMAGE_SHAPE = [28, 28, 1];

/** The initial weights to choose from: Python's names for `--initializer`, and tf.js's. */
const INITIALIZERS = {
  variance_scaling: 'varianceScaling',
  glorot_uniform: 'glorotUniform',
  he_uniform: 'heUniform',
  zeros: 'zeros',
};

/**
 * Makes a model as an export describes it: with the same names, and softmax at its end.
 *
 * @param {Layer[]} layers that `check` accepts
 * @param {keyof INITIALIZERS} initializer of the kernels; biases begin at 0
 * @returns {tf.Sequential} float32 [n, 28, 28, 1] -> [n, classes]; not compiled. The caller
 *   disposes of it.
 */
export function build(layers, initializer = 'variance_scaling') {
  const model = tf.sequential({ name: 'cnn_mnist' });
  const kernelInitializer = INITIALIZERS[initializer];
  effective(layers).forEach(({ name, layer, isLast }, at) => {
    const { className, config } = configOf(layer, kernelInitializer, isLast);
    const input = at === 0 ? { inputShape: IMAGE_SHAPE } : {};
    model.add(tf.layers[className]({ name, ...input, ...config }));
  });
  return model;
}

/**
 * Describes a network as `describeLayers` of models/model.js describes its model, without making
 * one.
 *
 * @param {Layer[]} layers that fit together
 * @returns {Array<{name: string, kind: string, settings: Object, shape: number[],
 *   parameters: number}>}
 */
export function describeNetwork(layers) {
  return effective(layers).map(({ name, layer, shape, parameters, isLast }) => {
    const { kind, config } = configOf(layer, '', isLast);
    const { kernelInitializer, momentum, epsilon, ...settings } = config;
    return { name, kind, settings, shape, parameters };
  });
}

/** Returns the rows of a network without a second `flatten`, which tf.js refuses. */
function effective(layers) {
  const isFirst = ({ layer }, at) =>
    layer.kind !== 'flatten' || layers.findIndex(({ kind }) => kind === 'flatten') === at;
  const rows = rowsOf(layers);
  return rows.map((row, at) => ({ ...row, isLast: at === rows.length - 1 })).filter(isFirst);
}

function configOf(layer, kernelInitializer, isLast) {
  const activation = isLast ? 'softmax' : layer.relu ? 'relu' : 'linear';
  const { filters, size, stride, padding, units, rate } = layer;
  const strides = [stride, stride];
  const pooling = { poolSize: [size, size], strides, padding };
  const made = {
    conv: () => ({
      className: 'conv2d',
      kind: 'Conv2D',
      config: {
        filters,
        kernelSize: [size, size],
        strides,
        padding,
        activation,
        kernelInitializer,
      },
    }),
    pool: () => ({ className: 'maxPooling2d', kind: 'MaxPooling2D', config: pooling }),
    avgpool: () => ({ className: 'averagePooling2d', kind: 'AveragePooling2D', config: pooling }),
    batch_norm: () => ({
      className: 'batchNormalization',
      kind: 'BatchNormalization',
      config: { momentum: 0.99, epsilon: 1e-3 },
    }),
    relu: () => ({
      className: 'activation',
      kind: 'Activation',
      config: { activation: 'relu' },
    }),
    flatten: () => ({ className: 'flatten', kind: 'Flatten', config: {} }),
    dense: () => ({
      className: 'dense',
      kind: 'Dense',
      config: { units, activation, kernelInitializer },
    }),
    dropout: () => ({ className: 'dropout', kind: 'Dropout', config: { rate } }),
  };
  return made[layer.kind]();
}
