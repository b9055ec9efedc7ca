/**
 * Frames the pictures of a folder, for tests that compare the result with Python's.
 *
 * Usage: node frame_pictures.mjs FOLDER. The folder holds pictures.json, a list of {width, height,
 * invert, digits}, and pictures.bin, their RGBA one after the other. Writes framed.bin, 784 bytes
 * per picture.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { framePicture } from '../../cnn_mnist/web/pages/images/framing.js';

const folder = process.argv[2];
const pictures = JSON.parse(readFileSync(path.join(folder, 'pictures.json'), 'utf8'));
const bytes = readFileSync(path.join(folder, 'pictures.bin'));
const framed = [];
let start = 0;
for (const { width, height, invert, digits } of pictures) {
  const end = start + width * height * 4;
  framed.push(framePicture(bytes.subarray(start, end), width, height, { invert, digits }));
  start = end;
}
writeFileSync(path.join(folder, 'framed.bin'), Buffer.concat(framed));
