/** Loads the images and labels of an export, and makes batches of them. */

import { PageError } from '../base/page_error.js';
import { decodeGreyPng } from './png.js';

const PIXELS = 784;
const [LEAST_CLASSES, MOST_CLASSES] = [2, 100];
const VALIDATION = 1000;

/**
 * @typedef {object} Split
 * @property {Uint8Array} images [count * 784], row-major, 0 is background.
 * @property {Uint8Array} labels [count], from 0 on.
 * @property {number} count
 */

/**
 * Loads the images.png and labels.bin beside a data.json.
 *
 * @param {string} url Of data.json.
 * @returns {Promise<{dataset: string, classes: string[], digits: boolean, train: Split,
 *   test: Split}>} The splits are views of one array.
 * @throws {PageError} data_missing: a file is missing or cannot be reached. data_broken: a file is
 *   damaged, or does not match data.json.
 */
export async function loadData(url) {
  const about = await loadDescription(url);
  const count = about.train + about.test;
  const [images, labels] = await Promise.all([
    loadImages(beside(url, 'images.png'), count),
    loadLabels(beside(url, 'labels.bin'), count, about.classes.length),
  ]);
  const split = (start, end) => ({
    images: images.subarray(start * PIXELS, end * PIXELS),
    labels: labels.subarray(start, end),
    count: end - start,
  });
  const { dataset, classes, digits } = about;
  return {
    dataset,
    classes,
    digits,
    train: split(0, about.train),
    test: split(about.train, count),
  };
}

/**
 * Loads the first test images alone, from the samples.png and labels.bin beside a data.json.
 *
 * @param {string} url Of data.json.
 * @returns {Promise<{classes: string[], digits: boolean, test: Split} | null>} Null for data whose
 *   samples have no file of their own, as those of older exports.
 * @throws {PageError} As `loadData`.
 */
export async function loadSamples(url) {
  const { classes, digits, train, test, samples } = await loadDescription(url);
  if (!isCount(samples) || samples > test) return null;
  const [images, labels] = await Promise.all([
    loadImages(beside(url, 'samples.png'), samples),
    loadLabels(beside(url, 'labels.bin'), train + test, classes.length),
  ]);
  const ofSamples = labels.subarray(train, train + samples);
  return {
    classes,
    digits,
    test: { images, labels: ofSamples, count: samples },
  };
}

function beside(url, name) {
  return url.replace(/[^/]*$/, name);
}

async function loadDescription(url) {
  const text = new TextDecoder().decode(await loadBytes(url));
  let about;
  try {
    about = JSON.parse(text);
  } catch (error) {
    throw new PageError('data_broken', { url, detail: error.message });
  }
  for (const [name, { holds, expected }] of Object.entries(FIELDS)) {
    if (holds(about?.[name])) continue;
    const found = JSON.stringify(about?.[name]) ?? 'nothing';
    const detail = `${name}: expected ${expected}, found ${found}`;
    throw new PageError('data_broken', { url, detail });
  }
  return about;
}

const isCount = (value) => Number.isInteger(value) && value > 0;

const FIELDS = {
  dataset: { holds: (value) => typeof value === 'string', expected: 'a name' },
  train: { holds: isCount, expected: 'a number of images' },
  test: { holds: isCount, expected: 'a number of images' },
  classes: {
    holds: (value) =>
      Array.isArray(value) &&
      value.length >= LEAST_CLASSES &&
      value.length <= MOST_CLASSES &&
      value.every((name) => typeof name === 'string'),
    expected: `${LEAST_CLASSES} to ${MOST_CLASSES} names`,
  },
  digits: {
    holds: (value) => typeof value === 'boolean',
    expected: 'true or false',
  },
};

async function loadImages(url, count) {
  const { width, height, pixels } = await decodeGreyPng(await loadBytes(url), url);
  if (width === PIXELS && height === count) return pixels;
  const detail = `expected ${PIXELS} x ${count} pixels, found ${width} x ${height}`;
  throw new PageError('data_broken', { url, detail });
}

async function loadLabels(url, count, classes) {
  const labels = await loadBytes(url);
  if (labels.length !== count) {
    const detail = `expected ${count} labels, found ${labels.length}`;
    throw new PageError('data_broken', { url, detail });
  }
  const at = labels.findIndex((label) => label >= classes);
  if (at >= 0) {
    const detail = `label ${at} is ${labels[at]}, and there are ${classes} classes`;
    throw new PageError('data_broken', { url, detail });
  }
  return labels;
}

async function loadBytes(url) {
  try {
    const response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch {
    // The server is gone; each browser reports that differently.
  }
  throw new PageError('data_missing', { url });
}

/**
 * @param {Split} split
 * @param {number} index
 * @returns {Uint8Array} [784], a view of one image's pixels.
 */
export function imageAt({ images }, index) {
  return images.subarray(index * PIXELS, (index + 1) * PIXELS);
}

/**
 * Splits the training images into images to learn from and images to validate on.
 *
 * @param {{train: Split}} data
 * @param {number} count The most images to learn from; by default all.
 * @returns {{training: Int32Array, validation: Int32Array}} Indices into `data.train`. The last
 *   1,000, or a fifth if that is fewer, are for validation, whatever the count.
 */
export function splitForTraining(data, count = Infinity) {
  const held = Math.min(VALIDATION, Math.floor(data.train.count / 5));
  const others = data.train.count - held;
  return {
    training: Int32Array.from({ length: Math.min(count, others) }, (_, i) => i),
    validation: Int32Array.from({ length: held }, (_, i) => others + i),
  };
}

/**
 * Returns a shuffled copy; every order is equally likely (Fisher-Yates).
 *
 * @param {Int32Array} indices
 * @param {function(): number} random At least 0, less than 1, like Math.random.
 * @returns {Int32Array}
 */
export function shuffled(indices, random = Math.random) {
  const order = Int32Array.from(indices);
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/**
 * Returns the batch of some images, scaled for the network, with one-hot labels.
 *
 * @param {Split} split
 * @param {Int32Array|number[]} indices [n], into the split.
 * @param {number} classes How many there are.
 * @param {function(Uint8Array): Uint8Array} change Returns an image to use in place of one, [784].
 * @returns {{xs: Float32Array, ys: Float32Array}} xs [n * 784], 0 to 1; ys [n * classes], one-hot.
 */
export function batchOf(split, indices, classes = 10, change = (pixels) => pixels) {
  const xs = new Float32Array(indices.length * PIXELS);
  const ys = new Float32Array(indices.length * classes);
  indices.forEach((index, n) => {
    const pixels = change(imageAt(split, index));
    for (let i = 0; i < PIXELS; i++) xs[n * PIXELS + i] = pixels[i] / 255;
    ys[n * classes + split.labels[index]] = 1;
  });
  return { xs, ys };
}
