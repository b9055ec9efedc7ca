/**
 * Marks images by a calibration: node mark_images.mjs CALIBRATION IMAGES PROBABILITIES.
 * Prints a JSON list of {uncertain, score, confidence, distance}.
 */

import { readFileSync } from 'node:fs';

import { Calibration } from '../../cnn_mnist/web/pages/models/calibration.js';

const [calibrationPath, imagesPath, probabilitiesPath] = process.argv.slice(2);
const calibration = new Calibration(JSON.parse(readFileSync(calibrationPath, 'utf8')));
const images = new Uint8Array(readFileSync(imagesPath));
const bytes = readFileSync(probabilitiesPath);
const probabilities = new Float32Array(new Uint8Array(bytes).buffer);
const count = images.length / 784;
const classes = probabilities.length / count;
const marks = Array.from({ length: count }, (_, at) => {
  const pixels = images.subarray(784 * at, 784 * (at + 1));
  const answer = probabilities.subarray(classes * at, classes * (at + 1));
  return { ...calibration.mark(pixels, answer), distance: calibration.distance(pixels) };
});
console.log(JSON.stringify(marks));
