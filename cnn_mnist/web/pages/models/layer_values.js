/** Reads the input, the output and the weights of one layer for one image. */

import { tf } from '../base/tf.js';
import { describeLayers, imagesOf } from './model.js';

const WINDOWED = {
  Conv2D: 'convolution',
  MaxPooling2D: 'pooling',
  AveragePooling2D: 'pooling',
};

/**
 * @typedef {object} Step a computation of the network that can be followed by hand
 * @property {string} id
 * @property {string} layer the layer's name
 * @property {'convolution' | 'pooling' | 'relu' | 'normalization' | 'dense' | 'softmax'} kind
 * @property {boolean} isImage whether the input is the image
 * @property {boolean} isMean whether a pooling takes the mean
 * @property {string} activation such as 'relu' or 'linear'
 * @property {number[]} size rows and columns of the window, of a convolution or pooling
 * @property {number[]} strides
 * @property {string} padding 'same' or 'valid'
 * @property {number} epsilon what a batch normalization adds to the variance
 */

/** Shares the model's layers and weights. Computes nothing until it is asked. */
export class LayerValues {
  #model;
  #parts = new Map();

  /** @param {tf.LayersModel} model the caller must not dispose of it before this. */
  constructor(model) {
    this.#model = model;
    /** @type {Step[]} in the order of the network; a dense layer with softmax has two. */
    this.steps = describeLayers(model).flatMap((described, at) =>
      stepsOf(described, model.layers[at], model.inputs[0]),
    );
  }

  /**
   * @param {Step} step one of `steps`
   * @param {Uint8Array} pixels of one image, [784]
   * @returns {Promise<{input: Float32Array, output: Float32Array, inputShape: number[],
   *   outputShape: number[], kernel: Float32Array | null, bias: Float32Array | null,
   *   normalization: Normalization | null}>} as the layer gets and returns them, channels last;
   *   shapes without the batch
   */
  async of({ layer: name }, pixels) {
    const layer = this.#model.getLayer(name);
    const tensors = tf.tidy(() => [
      ...this.#partFor(layer).predictOnBatch(imagesOf(pixels)),
      // Copies, since training may go on with the weights until they are read.
      ...layer.getWeights().map((weight) => weight.clone()),
    ]);
    try {
      const [input, output, ...weights] = await Promise.all(tensors.map((one) => one.data()));
      const [inputShape, outputShape] = tensors.map(({ shape }) => shape.slice(1));
      const [kernel = null, bias = null] = weights;
      const normalization = isNormalization(layer) ? normalizationOf(layer, weights) : null;
      return { input, output, inputShape, outputShape, kernel, bias, normalization };
    } finally {
      tf.dispose(tensors);
    }
  }

  /**
   * @param {Step} step a dense one
   * @returns {number[]} the shape of the maps that its inputs were before they were flattened, or
   *   [inputs]
   */
  mapsBefore({ layer: name }) {
    const { layers } = this.#model;
    const at = layers.findIndex((layer) => layer.name === name);
    const flat = layers
      .slice(0, at)
      .findLast(
        (layer) => !['Dropout', 'Activation', 'BatchNormalization'].includes(layer.getClassName()),
      );
    const source = flat?.getClassName() === 'Flatten' ? flat : layers[at];
    return source.input.shape.slice(1);
  }

  #partFor(layer) {
    if (!this.#parts.has(layer.name)) {
      const outputs = [layer.input, layer.output];
      this.#parts.set(layer.name, tf.model({ inputs: this.#model.inputs, outputs }));
    }
    return this.#parts.get(layer.name);
  }
}

/** Returns the steps of a layer; none for layers that compute nothing, or in another way. */
function stepsOf({ name, kind, settings }, layer, image) {
  const { kernelSize, poolSize, strides, padding, activation = 'linear' } = settings;
  const isImage = layer.input.id === image.id;
  const shared = { id: name, layer: name, activation, isImage };
  if (kind in WINDOWED) {
    const { dataFormat = 'channelsLast', dilationRate = 1 } = layer;
    const isUsual = dataFormat === 'channelsLast' && [dilationRate].flat().every((d) => d === 1);
    const window = { size: kernelSize ?? poolSize, strides, padding };
    const step = { ...shared, kind: WINDOWED[kind], isMean: kind === 'AveragePooling2D' };
    return isUsual ? [{ ...step, ...window }] : [];
  }
  const softmax = { ...shared, id: `${name} softmax`, kind: 'softmax' };
  const hasSoftmax = activation === 'softmax';
  if (kind === 'Dense' && layer.input.shape.length === 2) {
    return [{ ...shared, kind: 'dense' }, ...(hasSoftmax ? [softmax] : [])];
  }
  if (kind === 'Activation' && activation === 'relu') {
    return [{ ...shared, kind: 'relu' }];
  }
  const isOfChannels = [layer.axis].flat().every((a) => a === -1 || a === layer.input.rank - 1);
  if (isNormalization(layer) && isOfChannels) {
    return [{ ...shared, kind: 'normalization', epsilon: layer.epsilon }];
  }
  return [];
}

function isNormalization(layer) {
  return layer.getClassName() === 'BatchNormalization';
}

/**
 * @typedef {object} Normalization the weights of a batch normalization, [channels] each
 * @property {Float32Array | null} gamma null for 1
 * @property {Float32Array | null} beta null for 0
 * @property {Float32Array} mean
 * @property {Float32Array} variance
 */
function normalizationOf({ scale, center }, weights) {
  const left = [...weights];
  const gamma = scale ? left.shift() : null;
  const beta = center ? left.shift() : null;
  const [mean, variance] = left;
  return { gamma, beta, mean, variance };
}
