/**
 * Writes and reads files of examples as the page does.
 *
 *   node example_files.mjs write ZIP   the examples of standard input, JSON: [[label, pixels], …]
 *   node example_files.mjs read ZIP    prints them in the same form
 */
import fs from 'node:fs';

import { examplesOf, fileOf } from '../../cnn_mnist/web/pages/images/example_files.js';

const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));
const [action, path] = process.argv.slice(2);
if (action === 'write') {
  const examples = JSON.parse(fs.readFileSync(0, 'utf8')).map(([label, pixels]) => ({
    label,
    pixels: Uint8Array.from(pixels),
  }));
  const blob = await fileOf(examples, 'my-examples');
  fs.writeFileSync(path, new Uint8Array(await blob.arrayBuffer()));
} else {
  const bytes = fs.readFileSync(path);
  const file = { name: path, size: bytes.length, arrayBuffer: async () => bytes };
  const found = await examplesOf(file, DIGITS);
  console.log(JSON.stringify(found.map(({ label, pixels }) => [label, [...pixels]])));
}
