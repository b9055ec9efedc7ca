/**
 * Saves new networks as the page's Download does, but to files.
 *
 *   node save_networks.mjs FOLDER LINE...
 *
 * writes 0.json and 0.weights.bin of the first line of `--architecture`, 1.json and so on.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';

import { packages } from './load_tf.mjs';
import { stored } from './stored_models.mjs';
import { startBackend } from '../../cnn_mnist/web/pages/models/backend.js';
import { checkModel, describeLayers, newModel } from '../../cnn_mnist/web/pages/models/model.js';
import { describeNetwork } from '../../cnn_mnist/web/pages/networks/building.js';
import { parse } from '../../cnn_mnist/web/pages/networks/notation.js';

const [folder, ...lines] = process.argv.slice(2);
await startBackend('wasm', { packages });
for (const [at, line] of lines.entries()) {
  const layers = parse(line);
  const classes = Array.from({ length: layers.at(-1).units }, (_, number) => `class ${number}`);
  const model = newModel({ classes, digits: true }, { layers });
  checkModel(model, line);
  assert.deepEqual(describeNetwork(layers), describeLayers(model));
  const { description, weights } = await stored(model);
  description.weightsManifest[0].paths = [`${at}.weights.bin`];
  fs.writeFileSync(`${folder}/${at}.json`, JSON.stringify(description));
  fs.writeFileSync(`${folder}/${at}.weights.bin`, weights);
  model.dispose();
}
