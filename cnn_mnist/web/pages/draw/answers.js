/** Asks a model about images, and names what it answers. */

import { classesOf, predict } from '../models/model.js';

const PIXELS = 784;

/**
 * @param {tf.LayersModel} model
 * @param {Uint8Array[]} images [784] each
 * @param {import('../models/calibration.js').Calibration | null} calibration
 * @returns {Promise<{answers: import('../models/readings.js').Answer[], milliseconds: number}>} the
 *   answer for each image, and the time of all
 */
export async function answersOf(model, images, calibration) {
  const all = new Uint8Array(images.length * PIXELS);
  images.forEach((pixels, at) => all.set(pixels, at * PIXELS));
  const { probabilities, milliseconds } = await predict(model, all);
  const classes = probabilities.length / images.length;
  const answers = images.map((pixels, at) => {
    const own = probabilities.subarray(at * classes, (at + 1) * classes);
    return { probabilities: own, mark: calibration?.mark(pixels, own) ?? null };
  });
  return { answers, milliseconds };
}

/** Returns a picture's label if the model has the same classes, else null. */
export function labelFor(model, picture) {
  const isKnown = picture?.classes?.join() === classesOf(model).classes.join();
  return isKnown ? picture.label : null;
}

/** Returns the name of the most probable class. */
export function bestOf(model, { probabilities }) {
  return classesOf(model).classes[probabilities.indexOf(Math.max(...probabilities))];
}
