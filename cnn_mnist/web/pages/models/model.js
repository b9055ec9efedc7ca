import { PageError } from '../base/page_error.js';
import { tf } from '../base/tf.js';
import { withClasses } from '../networks/architecture.js';
import { build } from '../networks/building.js';
import { parse } from '../networks/notation.js';
import { RECIPES } from '../networks/recipes.js';

/** The rows, and the columns, of an image. */
export const SIDE = 28;
const [LEAST_CLASSES, MOST_CLASSES] = [2, 100];
const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const MOST_FILES = 1000; // each is a request; tf.js writes files of 4 MB
const BYTES = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };
// Pixels from 0 to 255 as float32 from 0 to 1, the same quotients as in Python.
const BRIGHTNESS = Float32Array.from({ length: 256 }, (_, pixel) => pixel / 255);

/**
 * Loads a network in tf.js's layers-model format, and checks it.
 *
 * @param {string} url of model.json; the weights are beside it.
 * @returns {Promise<tf.LayersModel>} float32 [n, 28, 28, 1] -> [n, classes], with its metadata.
 * @throws {PageError} model_missing: a file cannot be fetched; model_broken: model.json is cut off
 *     or not a layers-model; weights_length: the weights are cut off; model_unfit: other shapes.
 */
export async function loadModel(url) {
  const base = new URL(url, globalThis.location?.href);
  const text = await fetched(url, (response) => response.text());
  const at = (path) => new URL(path, base).href;
  const read = (path) => fetched(at(path), (response) => response.arrayBuffer());
  return modelOf(text, url, read, at);
}

/**
 * Makes a network of its description, and checks it.
 *
 * @param {string} text the content of model.json
 * @param {string} url its URL or name, for errors.
 * @param {(path: string) => Promise<ArrayBuffer>} read returns a file of weights by its path in the
 *     description.
 * @param {(path: string) => string} nameOf returns what that file is called in errors.
 * @returns {Promise<tf.LayersModel>} as `loadModel`.
 * @throws {PageError} model_broken, weights_length, model_unfit; and those of `read`.
 */
export async function modelOf(text, url, read, nameOf = (path) => path) {
  const description = parsed(text, url);
  const weightData = await weightsOf(description, url, read, nameOf);
  const artifacts = { ...description, weightData, weightSpecs: specsOf(description) };
  delete artifacts.weightsManifest;
  let model;
  try {
    model = await tf.loadLayersModel({ load: async () => artifacts });
  } catch (error) {
    throw new PageError('model_broken', { url, detail: error.message });
  }
  try {
    checkModel(model, url);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/**
 * Checks that a model takes images of MNIST's size and returns 2 to 100 probabilities.
 *
 * @param {tf.LayersModel} model
 * @param {string} url the model's URL or name, for the error.
 * @throws {PageError} model_unfit.
 */
export function checkModel(model, url) {
  const shapes = (tensors) =>
    tensors.map(({ shape }) => `[${shape.slice(1).join(', ')}]`).join(', ');
  const found = `${shapes(model.inputs)} -> ${shapes(model.outputs)}`;
  const classes = countOf(model);
  const isCount = classes >= LEAST_CLASSES && classes <= MOST_CLASSES;
  if (!isCount || found !== `[${SIDE}, ${SIDE}, 1] -> [${classes}]`) {
    throw new PageError('model_unfit', { url, detail: found });
  }
}

/**
 * @param {tf.LayersModel} model
 * @returns {number} how many classes it has.
 */
export function countOf(model) {
  return model.outputs[0].shape.at(-1);
}

/**
 * Returns a model's classes; numbers if its metadata do not name them, and of ten classes digits.
 *
 * @param {tf.LayersModel} model
 * @returns {{classes: string[], digits: boolean}} digits: whether pictures are framed as MNIST's are.
 */
export function classesOf(model) {
  const { classes, digits } = model.getUserDefinedMetadata() ?? {};
  const count = countOf(model);
  if (!Array.isArray(classes) || classes.length !== count) {
    const numbers = Array.from({ length: count }, (_, number) => String(number));
    return { classes: numbers, digits: count === DIGITS.length };
  }
  return { classes: classes.map(String), digits: digits !== false };
}

/**
 * Returns an untrained network; by default that of tf.js's own tutorial, Python's preset `browser`.
 *
 * https://codelabs.developers.google.com/codelabs/tfjs-training-classfication. Layers have the
 * names that `cnn_mnist.networks.architecture.named` returns.
 *
 * @param {{classes: string[], digits: boolean}} meaning the classes that it will learn.
 * @param {Object} [network]
 * @param {import('../networks/notation.js').Layer[]} [network.layers] its last one gets a logit for
 *     each class.
 * @param {string} [network.initializer] as `build` takes it.
 * @returns {tf.Sequential} not compiled; the caller disposes of it.
 */
export function newModel(
  { classes = DIGITS, digits = true } = {},
  { layers = parse(RECIPES.browser.architecture), initializer = RECIPES.browser.initializer } = {},
) {
  const model = build(withClasses(layers, classes.length), initializer);
  model.setUserDefinedMetadata({ classes, digits });
  return model;
}

/**
 * Returns a description of a model's layers, for a table.
 *
 * @param {tf.LayersModel} model
 * @returns {Array<{name: string, kind: string, settings: Object, shape: number[],
 *     parameters: number}>} kind: tf.js's class, such as 'Conv2D'; settings: the layer's
 *     configuration, such as {filters: 8, kernelSize: [5, 5], padding: 'valid', activation: 'relu'};
 *     shape: the shape of the layer's output for one image.
 */
export function describeLayers(model) {
  return model.layers.map((layer) => ({
    name: layer.name,
    kind: layer.getClassName(),
    settings: settingsOf(layer),
    shape: layer.outputShape.slice(1),
    parameters: layer.countParams(),
  }));
}

/**
 * Predicts the classes of images.
 *
 * @param {tf.LayersModel} model
 * @param {Uint8Array} pixels [n * 784], 0 black to 255 white.
 * @returns {Promise<{probabilities: Float32Array, milliseconds: number}>} probabilities
 *     [n * classes]; milliseconds that it took, with the copies to and from the backend.
 * @throws {RangeError} the pixels are not a whole number of images.
 */
export async function predict(model, pixels) {
  const start = performance.now();
  const output = tf.tidy(() => model.predictOnBatch(imagesOf(pixels)));
  try {
    const probabilities = await output.data();
    return { probabilities, milliseconds: performance.now() - start };
  } finally {
    output.dispose();
  }
}

/**
 * @param {Uint8Array} pixels [n * 784], 0 black to 255 white.
 * @returns {tf.Tensor4D} float32 [n, 28, 28, 1], 0 to 1; the caller disposes of it.
 * @throws {RangeError} the pixels are not a whole number of images.
 */
export function imagesOf(pixels) {
  const count = pixels.length / (SIDE * SIDE);
  if (!Number.isInteger(count) || !count) {
    throw new RangeError(`${pixels.length} pixels are not images of ${SIDE * SIDE}`);
  }
  const values = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    values[i] = BRIGHTNESS[pixels[i]];
  }
  return tf.tensor4d(values, [count, SIDE, SIDE, 1]);
}

async function fetched(url, read) {
  try {
    const response = await fetch(url);
    if (response.ok) {
      return await read(response);
    }
  } catch {
    // No server answers, or the connection broke.
  }
  throw new PageError('model_missing', { url });
}

function parsed(text, url) {
  let description;
  try {
    description = JSON.parse(text);
  } catch (error) {
    throw new PageError('model_broken', { url, detail: error.message });
  }
  const fault = faultOf(description);
  if (fault) {
    throw new PageError('model_broken', { url, detail: fault });
  }
  return description;
}

function faultOf(description) {
  const format = JSON.stringify(description?.format);
  if (format !== '"layers-model"') {
    return format ? `"format": ${format}, not "layers-model"` : 'no "format": "layers-model"';
  }
  if (typeof description.modelTopology !== 'object' || !description.modelTopology) {
    return 'modelTopology';
  }
  const { weightsManifest } = description;
  if (!Array.isArray(weightsManifest) || !weightsManifest.every(isGroup)) {
    return 'weightsManifest';
  }
  const files = weightsManifest.reduce((count, { paths }) => count + paths.length, 0);
  if (files > MOST_FILES) {
    return `weightsManifest: ${files} files`;
  }
  const strange = specsOf(description).find((spec) => !isSpec(spec));
  return strange && `weightsManifest: ${JSON.stringify(strange)}`;
}

function isGroup(group) {
  return (
    Array.isArray(group?.weights) &&
    Array.isArray(group.paths) &&
    group.paths.every((path) => typeof path === 'string')
  );
}

function isSpec(spec) {
  return (
    typeof spec?.name === 'string' &&
    Array.isArray(spec.shape) &&
    spec.shape.every((size) => Number.isInteger(size) && size >= 0) &&
    storedAs(spec) in BYTES
  );
}

function specsOf({ weightsManifest }) {
  return weightsManifest.flatMap(({ weights }) => weights);
}

function storedAs({ dtype, quantization }) {
  return quantization ? quantization.dtype : dtype;
}

/** Reads the weights of each group of the manifest; returns ArrayBuffers in that order. */
async function weightsOf({ weightsManifest }, url, read, nameOf) {
  const groups = await Promise.all(
    weightsManifest.map(async ({ paths, weights }) => {
      const parts = await Promise.all(paths.map(read));
      const expected = weights.reduce(
        (bytes, spec) => bytes + tf.util.sizeFromShape(spec.shape) * BYTES[storedAs(spec)],
        0,
      );
      const actual = parts.reduce((bytes, part) => bytes + part.byteLength, 0);
      if (actual !== expected) {
        const place = paths.length ? nameOf(paths[0]) : url;
        throw new PageError('weights_length', { url: place, expected, actual });
      }
      return parts;
    }),
  );
  return groups.flat();
}

function settingsOf(layer) {
  const config = layer.getConfig();
  const named =
    {
      Conv2D: ['filters', 'kernelSize', 'strides', 'padding', 'activation'],
      MaxPooling2D: ['poolSize', 'strides', 'padding'],
      AveragePooling2D: ['poolSize', 'strides', 'padding'],
      Activation: ['activation'],
      Dense: ['units', 'activation'],
      Dropout: ['rate'],
    }[layer.getClassName()] ?? [];
  return Object.fromEntries(named.map((name) => [name, config[name]]));
}
