/**
 * Marks answers that are not to be relied on: the same marks as cnn_mnist/uncertainty, by the
 * calibration.json of an export.
 */

import { crc32 } from '../images/checksum.js';

const SIDE = 28;
const CELLS = 7;
const CELL = SIDE / CELLS;
const DIRECTIONS = [0, 1, 2, 3].map((number) => {
  const angle = (Math.PI * number) / 4;
  return [Math.cos(angle), Math.sin(angle)];
});
const SIZE = CELLS * CELLS * DIRECTIONS.length;
const AXES = 16;
/** No pixel of a blank image is lighter. */
const BLANK = 25;
/** The smallest float32 stands for a probability that was rounded to 0. */
export const TINY = 1.17549435e-38;
const ENTROPY_SHARE = 0.5;

/** What marks the answers of one exported model. */
export class Calibration {
  #values;
  #means;
  #axes;
  #constants;

  /**
   * @param {object} values the content of calibration.json
   * @throws {Error} it is something else
   */
  constructor(values) {
    const { format, groups, scales, variances, rests } = values;
    const [means, axes] = [bytesOf(values.means), new Int8Array(bytesOf(values.axes).buffer)];
    if (format !== 2 || means.length !== groups * SIZE || axes.length !== groups * AXES * SIZE) {
      throw new Error('not a calibration');
    }
    this.#values = values;
    // Rounded to float32, and kept as float64 as all that they are computed with: engines run a loop
    // over one kind of array faster.
    this.#means = Float64Array.from(means, (value) => Math.fround(value / 255));
    this.#axes = Float64Array.from(axes, (value, at) => {
      const axis = Math.floor(at / SIZE);
      return Math.fround(value * scales[Math.floor(axis / AXES)][axis % AXES]);
    });
    this.#constants = rests.map(
      (rest, group) =>
        variances[group].reduce((sum, variance) => sum + Math.log(variance), 0) +
        (SIZE - AXES) * Math.log(rest),
    );
  }

  /**
   * @param {Uint8Array} pixels [784], 0 is background
   * @param {Float32Array} probabilities the model's
   * @returns {{uncertain: boolean, score: number, confidence: number}} score: above 1 an answer is
   *   uncertain; confidence: the calibrated probability of the class
   */
  mark(pixels, probabilities) {
    const { temperature, threshold } = this.#values;
    const calibrated = tempered(probabilities, temperature);
    const best = probabilities.indexOf(Math.max(...probabilities));
    const score = this.measure(entropyOf(calibrated), this.distance(pixels)) / threshold;
    return {
      uncertain: score > 1 && !isBlank(pixels),
      score,
      confidence: calibrated[best],
    };
  }

  /**
   * Returns the measure that is compared with the threshold.
   * @param {number} entropy of the calibrated probabilities
   * @param {number} distance of the image
   * @param {{entropy: number[], distance: number[]}} [ranges] of each the median and a high value;
   *   by default its own
   */
  measure(entropy, distance, ranges = this.#values) {
    return ENTROPY_SHARE * within(entropy, ranges.entropy) + within(distance, ranges.distance);
  }

  /** Tells calibrations apart whose distances differ. */
  get key() {
    const { means, axes } = this.#values;
    return crc32(new TextEncoder().encode(means + axes));
  }

  /**
   * Returns that of another network with the same training images.
   * @param {{temperature: number, entropy: number[], distance: number[], threshold: number}} own
   */
  with({ temperature, entropy, distance, threshold }) {
    return new Calibration({
      ...this.#values,
      temperature,
      entropy,
      distance,
      threshold,
    });
  }

  /** Returns how far an image is from the nearest group of training images. */
  distance(pixels) {
    const image = strokesOf(pixels);
    const { rests, variances } = this.#values;
    const away = new Float64Array(SIZE);
    return Math.min(
      ...rests.map((rest, group) => {
        for (let at = 0; at < SIZE; at += 1) {
          away[at] = image[at] - this.#means[group * SIZE + at];
        }
        let [others, along] = [dot(away, away, 0), 0];
        for (let axis = 0; axis < AXES; axis += 1) {
          const length = dot(away, this.#axes, (group * AXES + axis) * SIZE);
          others -= length * length;
          along += (length * length) / variances[group][axis];
        }
        return along + Math.max(others, 0) / rest + this.#constants[group];
      }),
    );
  }
}

/**
 * Fetches the calibration of an exported model.
 * @param {string | null} url of its calibration.json
 * @returns {Promise<Calibration | null>} null if there is none that can be used
 */
export async function loadCalibration(url) {
  if (!url) {
    return null;
  }
  try {
    const response = await fetch(url);
    return response.ok ? new Calibration(await response.json()) : null;
  } catch {
    // Answers are then shown without a mark.
    return null;
  }
}

/** Returns whether nothing is drawn on an image. */
export function isBlank(pixels) {
  return pixels.every((value) => value <= BLANK);
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Returns the softmax of logits divided by a temperature, from the softmax of the logits. */
export function tempered(probabilities, temperature) {
  const logits = Array.from(probabilities, (p) => Math.log(Math.max(p, TINY)) / temperature);
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}

/** Returns the entropy of probabilities, in nats. */
export function entropyOf(probabilities) {
  return -probabilities.reduce((sum, p) => sum + p * Math.log(Math.max(p, TINY)), 0);
}

function within(value, [middle, high]) {
  return (value - middle) / (high - middle);
}

/**
 * Returns where strokes of each direction are, Float64Array [196]: the change of light along four
 * directions in 7×7 cells.
 */
function strokesOf(pixels) {
  const strokes = new Float64Array(SIZE);
  const light = (row, column) =>
    row < 0 || column < 0 || row >= SIDE || column >= SIDE ? 0 : pixels[row * SIDE + column] / 255;
  for (let row = 0; row < SIDE; row += 1) {
    for (let column = 0; column < SIDE; column += 1) {
      const across = light(row, column + 1) - light(row, column - 1);
      const down = light(row + 1, column) - light(row - 1, column);
      const cell = Math.floor(row / CELL) * CELLS + Math.floor(column / CELL);
      DIRECTIONS.forEach(([x, y], number) => {
        strokes[number * CELLS * CELLS + cell] += (across * x + down * y) ** 4;
      });
    }
  }
  return strokes.map((sum) => (sum / CELL ** 2) ** 0.25);
}

function dot(one, other, from) {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) {
    sum += one[at] * other[from + at];
  }
  return sum;
}
