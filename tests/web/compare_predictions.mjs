/**
 * Compares a page's answers for many images with Python's.
 *
 *   node compare_predictions.mjs FOLDER IMAGES PROBABILITIES LABELS [--train]
 *
 * FOLDER holds model.json and weights.bin, IMAGES uint8 [n, 784], PROBABILITIES float32 [n, 10],
 * LABELS uint8 [n]. Prints one line of JSON:
 *   worst    the largest difference of two probabilities
 *   differ   images with another class than Python's, except ties within 1e-5
 *   right    images that are classified correctly
 *   seconds  the time of all predictions
 *   backend  the backend that was used
 *   tensors  tensors left at the end
 * With --train it prints, beside `tensors`, only
 *   losses   those of three epochs over the first 1,000 images
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { packages, randomFrom, tf } from './load_tf.mjs';
import { serve } from './stored_models.mjs';
import { startBackend } from '../../cnn_mnist/web/pages/models/backend.js';
import { evaluate } from '../../cnn_mnist/web/pages/models/evaluation.js';
import { loadModel } from '../../cnn_mnist/web/pages/models/model.js';

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { train: { type: 'boolean' } },
});
const [folder, ...files] = positionals;
const [images, probabilities, labels] = files.map((file) => fs.readFileSync(file));
const split = { images, labels, count: labels.length };
const expected = new Float32Array(
  probabilities.buffer.slice(probabilities.byteOffset).slice(0, probabilities.length),
);

const backend = await startBackend(undefined, { packages });
const model = await loaded(folder);
const result = flags.train ? { losses: await losses(model) } : await answers(model);
model.dispose();
console.log(JSON.stringify({ ...result, tensors: tf.memory().numTensors }));

async function loaded(from) {
  const server = await serve(
    Object.fromEntries(
      ['model.json', 'weights.bin'].map((name) => [name, fs.readFileSync(path.join(from, name))]),
    ),
  );
  try {
    return await loadModel(`${server.url}model.json`);
  } finally {
    server.close();
  }
}

async function answers(model) {
  const start = performance.now();
  const answer = await evaluate(model, split, { batchSize: 500 });
  const seconds = (performance.now() - start) / 1000;
  return { ...compared(answer), right: answer.right, seconds, backend };
}

function compared({ predicted, probabilities: found }) {
  let worst = 0;
  let differ = 0;
  predicted.forEach((value, i) => {
    const wanted = expected.subarray(i * 10, (i + 1) * 10);
    wanted.forEach((probability, c) => {
      worst = Math.max(worst, Math.abs(found[i * 10 + c] - probability));
    });
    differ += wanted[value] < Math.max(...wanted) - 1e-5;
  });
  return { worst, differ };
}

async function losses(trained) {
  const { Training } = await import('../../cnn_mnist/web/pages/models/training.js');
  const found = [];
  const training = new Training({
    model: trained,
    data: { train: { images, labels, count: Math.min(2000, labels.length) } },
    examples: 1000,
    batchSize: 100,
    learningRate: 0.001,
    random: randomFrom(1),
    onEpoch: ({ loss }) => found.push(loss),
  });
  await training.run(3);
  await training.dispose();
  return found;
}
