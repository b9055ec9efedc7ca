/**
 * What a network of `notation.js` gives: its output shapes, names and parameters, and whether its
 * layers fit together. The rules are those of cnn_mnist/networks/architecture.py, and a test
 * compares the two.
 */

import { PageError } from '../base/page_error.js';
import { describeLayer } from './notation.js';

/** @typedef {import('./notation.js').Layer} Layer */

const IMAGE_SHAPE = [28, 28, 1];
const [LEAST_CLASSES, MOST_CLASSES] = [2, 100];
const MOST_PARAMETERS = 200_000_000;
const MOST_VALUES = 10_000_000;
// A page has less memory than a program: float32 with two more of Adam are 120 MB.
const MOST_PARAMETERS_HERE = 10_000_000;
// The tutorial's network gives 52,000.
const MOST_VALUES_HERE = 500_000;
// Names of TensorFlow's layers, as cnn_mnist.networks.architecture.named gives them.
const NAMES = {
  conv: 'conv2d',
  pool: 'max_pooling2d',
  avgpool: 'average_pooling2d',
  batch_norm: 'batch_normalization',
};
const WINDOWED = ['conv', 'pool', 'avgpool'];

const product = (sizes) => sizes.reduce((whole, size) => whole * size, 1);
const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * Checks that the layers fit together and end in one logit for each class.
 *
 * @param {Layer[]} layers
 * @param {number} [classes] how many there must be; by default 2 to 100.
 * @throws {PageError} layer_after_flatten, layer_window, layer_needs_flatten, network_end,
 *   network_parameters, network_values
 */
export function check(layers, classes) {
  let shape = IMAGE_SHAPE;
  layers.forEach((layer, at) => {
    checkFits(layer, shape, at === layers.length - 1);
    shape = outputShape(layer, shape);
  });
  checkEnd(layers, classes);
  checkSize(layers, MOST_PARAMETERS, MOST_VALUES);
}

/**
 * Checks that a network is small enough for a page; Python takes larger ones.
 *
 * @param {Layer[]} layers that `check` accepts
 * @throws {PageError} network_parameters, network_values
 */
export function checkForPage(layers) {
  checkSize(layers, MOST_PARAMETERS_HERE, MOST_VALUES_HERE);
}

/**
 * @param {Layer} layer
 * @param {number[]} shape of its input for one image
 * @returns {number[]} the shape of its output
 */
export function outputShape(layer, shape) {
  if (WINDOWED.includes(layer.kind)) {
    const shrink = layer.padding === 'same' ? 0 : layer.size - 1;
    const [height, width] = shape.map((size) => Math.ceil((size - shrink) / layer.stride));
    return [height, width, layer.filters ?? shape[2]];
  }
  return { flatten: [product(shape)], dense: [layer.units] }[layer.kind] ?? shape;
}

/**
 * @param {Layer[]} layers that fit together
 * @returns {Array<{name: string, layer: Layer, shape: number[], parameters: number}>} shape: of
 *   the output for one image; name: that of `tf.layers`, such as 'conv2d_1'
 */
export function rowsOf(layers) {
  const counts = {};
  let input = IMAGE_SHAPE;
  return layers.map((layer) => {
    const base = NAMES[layer.kind] ?? layer.kind;
    const number = counts[base] ?? 0;
    counts[base] = number + 1;
    const parameters = parametersOf(layer, input);
    input = outputShape(layer, input);
    return { name: number ? `${base}_${number}` : base, layer, shape: input, parameters };
  });
}

/**
 * @param {Layer[]} layers that fit together
 * @returns {number} how many numbers its variables hold, moving averages included
 */
export function parameterCount(layers) {
  return sum(rowsOf(layers).map(({ parameters }) => parameters));
}

/**
 * @param {Layer[]} layers that end in a dense layer
 * @param {number} classes
 * @returns {Layer[]} the same with a logit for each class at their end
 */
export function withClasses(layers, classes) {
  return [...layers.slice(0, -1), { kind: 'dense', units: classes, relu: false }];
}

function parametersOf(layer, [...shape]) {
  const channels = shape.at(-1);
  switch (layer.kind) {
    case 'conv':
      return (layer.size * layer.size * channels + 1) * layer.filters;
    case 'dense':
      return (channels + 1) * layer.units;
    case 'batch_norm':
      return 4 * channels;
    default:
      return 0;
  }
}

function checkFits(layer, shape, isLast) {
  const written = describeLayer(layer, isLast);
  if (WINDOWED.includes(layer.kind)) {
    if (shape.length !== 3) {
      throw new PageError('layer_after_flatten', { layer: written });
    }
    const [height, width] = shape;
    if (layer.padding === 'valid' && layer.size > Math.min(height, width)) {
      const { size } = layer;
      throw new PageError('layer_window', { layer: written, size, height, width });
    }
  }
  if (layer.kind === 'dense' && shape.length !== 1) {
    throw new PageError('layer_needs_flatten', { layer: written });
  }
}

function checkEnd(layers, classes) {
  const last = layers.at(-1);
  const [least, most] = classes ? [classes, classes] : [LEAST_CLASSES, MOST_CLASSES];
  if (last?.kind === 'dense' && !last.relu && last.units >= least && last.units <= most) {
    return;
  }
  const given = last ? describeLayer(last, true) : '–';
  throw new PageError('network_end', { end: `dense ${classes ?? `${least}–${most}`}`, given });
}

function checkSize(layers, mostParameters, mostValues) {
  const parameters = parameterCount(layers);
  if (parameters > mostParameters) {
    throw new PageError('network_parameters', { count: parameters, most: mostParameters });
  }
  const values = sum(rowsOf(layers).map(({ shape }) => product(shape)));
  if (values > mostValues) {
    throw new PageError('network_values', { count: values, most: mostValues });
  }
}
