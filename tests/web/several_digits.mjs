/**
 * Separates the digits of grey pictures: node several_digits.mjs FOLDER. The folder holds
 * pictures.json, a list of {width, height}, and pictures.bin, their levels one after the other.
 * Prints a JSON list of lists of {box, pixels}.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';

import { digitsOfPicture } from '../../cnn_mnist/web/pages/images/framing.js';

const folder = process.argv[2];
const pictures = JSON.parse(readFileSync(path.join(folder, 'pictures.json'), 'utf8'));
const bytes = readFileSync(path.join(folder, 'pictures.bin'));
let start = 0;
const found = pictures.map(({ width, height }) => {
  const levels = bytes.subarray(start, start + width * height);
  start += width * height;
  const rgba = Uint8Array.from({ length: 4 * levels.length }, (_, at) =>
    at % 4 === 3 ? 255 : levels[Math.floor(at / 4)],
  );
  return digitsOfPicture(rgba, width, height).map(({ box, pixels }) => ({
    box,
    pixels: Array.from(pixels),
  }));
});
console.log(JSON.stringify(found));
