/**
 * Calibrates networks that were trained in a page, as cnn_mnist/uncertainty/calibration.py does.
 *
 * How far an image is from the training images does not depend on the network, so that is taken
 * from an export that was trained on the same data.
 */

import { imageAt } from '../images/data.js';
import { Breaks } from '../base/yielding.js';
import { entropyOf, loadCalibration, TINY, tempered } from './calibration.js';

/** The part of the images that is marked uncertain. */
const FLAGGED = 0.012;
/** With fewer images too few are marked to set a threshold by. */
const LEAST_IMAGES = 500;
/** Each takes a millisecond on a slow processor. */
const MOST_IMAGES = 2000;
const HIGH = 0.99;
const LEAST_RANGE = 1e-3;
const [LOWEST, HIGHEST, STEPS] = [0.25, 8, 40];
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Calibrates a network on test images.
 * @param {import('./calibration.js').Calibration} calibration of an export
 * @param {{images: Uint8Array, labels: Uint8Array, count: number}} split the test images
 * @param {Float32Array} probabilities [count * classes], what the network answers for them
 * @returns {Promise<object | null>} what `Calibration.with` takes, and its `key`; null if there are
 *   too few images
 */
export async function calibrate(calibration, split, probabilities) {
  const count = Math.min(split.count, MOST_IMAGES);
  if (count < LEAST_IMAGES) {
    return null;
  }
  const classes = probabilities.length / split.count;
  const answers = Array.from({ length: count }, (_, at) =>
    probabilities.subarray(at * classes, (at + 1) * classes),
  );
  const temperature = temperatureOf(answers, split.labels);
  const entropies = answers.map((answer) => entropyOf(tempered(answer, temperature)));
  const distances = await distancesOf(calibration, split, count);
  const own = { key: calibration.key, temperature, entropy: range(entropies) };
  own.distance = range(distances);
  const measures = entropies.map((entropy, at) => calibration.measure(entropy, distances[at], own));
  const place = Math.ceil((1 - FLAGGED) * count) - 1;
  return { ...own, threshold: sorted(measures)[place] + 1e-4 };
}

/**
 * @param {import('./model_list.js').Entry[]} entries all models
 * @param {string | null} data the URL of a data.json
 * @returns {Promise<import('./calibration.js').Calibration | null>} that of an export that was
 *   trained on these data; null if there is none
 */
export function calibrationOnData(entries, data) {
  const found = entries.find((entry) => entry.data === data && entry.calibration);
  return loadCalibration(found?.calibration ?? null);
}

/**
 * Finds what marks the answers of a model: its export's, or its own.
 * @param {import('./model_list.js').Entry | undefined} entry of the model
 * @param {object} model a LayersModel
 * @param {import('./model_list.js').Entry[]} entries all models
 * @returns {Promise<import('./calibration.js').Calibration | null>} null if it has none
 */
export async function calibrationOf(entry, model, entries) {
  if (entry?.calibration) {
    return loadCalibration(entry.calibration);
  }
  const own = model.getUserDefinedMetadata()?.calibration;
  if (!isWhole(own)) {
    return null;
  }
  const urls = new Set(entries.map(({ calibration }) => calibration).filter(Boolean));
  const found = await Promise.all([...urls].map(loadCalibration));
  return found.find((calibration) => calibration?.key === own.key)?.with(own) ?? null;
}

/** Whether what a model carries is a calibration; its file may be from anywhere. */
function isWhole(own) {
  const numbers = own && [own.temperature, own.threshold, own.entropy, own.distance].flat();
  return numbers?.length === 6 && numbers.every(Number.isFinite);
}

/**
 * Finds the temperature at which the mean cross entropy is lowest: golden-section search.
 * @param {Float32Array[]} answers probabilities, by image
 * @param {Uint8Array} labels
 * @returns {number} from 0.25 to 8
 */
function temperatureOf(answers, labels) {
  const logits = answers.map((answer) =>
    Float64Array.from(answer, (p) => Math.log(Math.max(p, TINY))),
  );
  const loss = (logarithm) => lossAt(logits, labels, Math.exp(logarithm));
  let [low, high] = [Math.log(LOWEST), Math.log(HIGHEST)];
  for (let step = 0; step < STEPS; step += 1) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (loss(left) <= loss(right)) {
      high = right;
    } else {
      low = left;
    }
  }
  return Math.exp((low + high) / 2);
}

/** Returns the sum of the cross entropies at a temperature: `tempered`, without its arrays. */
function lossAt(logits, labels, temperature) {
  let loss = 0;
  for (let at = 0; at < logits.length; at += 1) {
    const image = logits[at];
    let most = -Infinity;
    for (let i = 0; i < image.length; i += 1) {
      most = Math.max(most, image[i] / temperature);
    }
    let sum = 0;
    for (let i = 0; i < image.length; i += 1) {
      sum += Math.exp(image[i] / temperature - most);
    }
    const probability = Math.exp(image[labels[at]] / temperature - most) / sum;
    loss -= Math.log(Math.max(probability, TINY));
  }
  return loss;
}

/** Distances by their images: they stay the same from one training to the next. */
const measured = new WeakMap();

async function distancesOf(calibration, split, count) {
  const known = measured.get(split.images);
  if (known?.key === calibration.key && known.distances.length === count) {
    return known.distances;
  }
  const distances = await newDistances(calibration, split, count);
  measured.set(split.images, { key: calibration.key, distances });
  return distances;
}

async function newDistances(calibration, split, count) {
  const breaks = new Breaks();
  const distances = [];
  for (let at = 0; at < count; at += 1) {
    distances.push(calibration.distance(imageAt(split, at)));
    await breaks.take();
  }
  return distances;
}

/** Returns the median, and what one value in a hundred exceeds. */
function range(values) {
  const [middle, high] = [0.5, HIGH].map((share) => quantile(values, share));
  return [middle, Math.max(high, middle + LEAST_RANGE * Math.max(1, Math.abs(middle)))];
}

/** As NumPy does: on the line between the two values around it. */
function quantile(values, share) {
  const order = sorted(values);
  const place = share * (order.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, order.length - 1);
  return order[below] + (place - below) * (order[above] - order[below]);
}

function sorted(values) {
  return [...values].sort((one, other) => one - other);
}
