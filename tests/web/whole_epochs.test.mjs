import assert from 'node:assert/strict';

import { begun } from './begun_training.mjs';
import { growth, test, tf, useBackend } from './load_tf.mjs';

useBackend('wasm');

test('one epoch of 5,500 images reaches 90 % of the validation images', async () => {
  const { training, calls, end } = begun({ examples: 5500, batchSize: 64, learningRate: 0.005 });
  await training.run(1);
  const [{ epoch, accuracy, validationAccuracy, validationLoss, loss, seconds }] = calls.epochs;
  assert.equal(epoch, 1);
  assert.ok(validationAccuracy >= 0.9, `validation ${validationAccuracy}`);
  assert.ok(validationLoss < loss && accuracy < validationAccuracy, 'means over the epoch');
  assert.ok(seconds > 0 && seconds < 600);
  await end();
});

test('epochs leave no tensor and no memory behind', async () => {
  const before = tf.memory().numTensors;
  const { training, end } = begun({ onBatch: null, onEpoch: null, onState: null });
  const grown = await growth(() => training.run(1), { warmUp: 2, times: 6 });
  assert.deepEqual(grown, { tensors: 0, bytes: 0 });
  await end();
  assert.equal(tf.memory().numTensors, before);
});
