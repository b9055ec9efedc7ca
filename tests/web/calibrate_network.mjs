/**
 * Calibrates a network by another's calibration: node calibrate_network.mjs CALIBRATION IMAGES
 * LABELS PROBABILITIES. Prints what was found as JSON.
 */

import { readFileSync } from 'node:fs';

import { Calibration } from '../../cnn_mnist/web/pages/models/calibration.js';
import { calibrate } from '../../cnn_mnist/web/pages/models/own_calibration.js';

const [calibration, images, labels, probabilities] = process.argv
  .slice(2)
  .map((path) => readFileSync(path));
const split = {
  images: new Uint8Array(images),
  labels: new Uint8Array(labels),
  count: labels.length,
};
const answers = new Float32Array(new Uint8Array(probabilities).buffer);
console.log(
  JSON.stringify(await calibrate(new Calibration(JSON.parse(calibration)), split, answers)),
);
