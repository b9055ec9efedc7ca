import assert from 'node:assert/strict';

import { begun, data } from './begun_training.mjs';
import { growth, randomFrom, test, tf, useBackend } from './load_tf.mjs';
import { augmented, moved } from '../../cnn_mnist/web/pages/images/augmentation.js';
import { FeatureMaps } from '../../cnn_mnist/web/pages/models/feature_maps.js';
import { LayerValues } from '../../cnn_mnist/web/pages/models/layer_values.js';
import { newModel } from '../../cnn_mnist/web/pages/models/model.js';
import { check, checkForPage } from '../../cnn_mnist/web/pages/networks/architecture.js';
import { describe, parse } from '../../cnn_mnist/web/pages/networks/notation.js';
import { RECIPES } from '../../cnn_mnist/web/pages/networks/recipes.js';

useBackend('wasm');

const PIXELS = data.train.images.subarray(0, 784);
const EVERY_KIND =
  'conv 5x5x4 stride 2, batch_norm, conv 3x3x4 linear, batch_norm, relu, avgpool 2 same, ' +
  'pool 2 same stride 1, flatten, dense 16 linear, batch_norm, relu, dropout 0.2, dense 10';

test('every recipe is a network that fits the page, and its line is read back', () => {
  for (const { architecture } of Object.values(RECIPES)) {
    const layers = parse(architecture);
    check(layers, 10);
    checkForPage(layers);
    assert.equal(describe(layers), architecture);
  }
});

test('a network that Python takes and a page cannot is refused by the page alone', () => {
  for (const [line, key] of [
    ['flatten, dense 20000, dense 10', 'network_parameters'],
    ['conv 1x1x700, pool 2, flatten, dense 10', 'network_values'],
  ]) {
    check(parse(line));
    assert.throws(() => checkForPage(parse(line)), { name: 'PageError', key });
  }
});

test('another number of classes than that of the data is refused', () => {
  check(parse('flatten, dense 26'), 26);
  assert.throws(() => check(parse('flatten, dense 10'), 26), {
    key: 'network_end',
    values: { end: 'dense 26', given: 'dense 10' },
  });
});

for (const optimizer of ['adam', 'sgd', 'momentum']) {
  test(`a network of every kind of layer is trained with ${optimizer}, and leaves no tensors`, async () => {
    const before = tf.memory().numTensors;
    const model = newModel({}, { layers: parse(EVERY_KIND), initializer: 'he_uniform' });
    const { training, calls, end } = begun({ model, optimizer, learningRate: 0.01 });
    await training.run(3);
    assert.ok(calls.epochs[2].loss < calls.epochs[0].loss);
    const maps = await new FeatureMaps(model).of(PIXELS);
    assert.deepEqual(
      maps.map(({ layer, width, count }) => [layer, width, count]),
      [
        ['conv2d', 14, 4],
        ['conv2d_1', 14, 4],
      ],
    );
    const values = new LayerValues(model);
    for (const step of values.steps) {
      assert.ok((await values.of(step, PIXELS)).output.every(Number.isFinite), step.id);
    }
    await end();
    assert.equal(tf.memory().numTensors, before);
  });
}

test('a network without convolutions has no feature maps, and its layers are explained', async () => {
  const model = newModel({}, { layers: parse('flatten, dense 10'), initializer: 'zeros' });
  assert.deepEqual(await new FeatureMaps(model).of(PIXELS), []);
  const values = new LayerValues(model);
  assert.deepEqual(
    values.steps.map(({ id }) => id),
    ['dense', 'dense softmax'],
  );
  assert.deepEqual(values.mapsBefore(values.steps[0]), [28, 28, 1]);
  model.dispose();
});

test('softmax regression learns from zeros, with the settings of its tutorial', async () => {
  const { architecture, initializer, optimizer, learningRate, batchSize } = RECIPES.softmax;
  const model = newModel({}, { layers: parse(architecture), initializer });
  const options = { model, optimizer, learningRate, batchSize, examples: 5500 };
  const { training, calls, end } = begun(options);
  await training.run(2);
  assert.ok(calls.epochs[1].validationAccuracy > 0.85, calls.epochs[1].validationAccuracy);
  await end();
});

test('a step trains on one batch and pauses, and says what it changed', async () => {
  const changes = [];
  const { training, calls, end } = begun({
    examples: 300,
    optimizer: 'sgd',
    learningRate: 0.1,
    onStep: (one) => changes.push(one),
  });
  const paused = async () => {
    while (training.state !== 'paused') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const run = training.run(1, { isStep: true });
  await paused();
  assert.equal(calls.batches.length, 1);
  training.step();
  assert.equal(training.state, 'running');
  await paused();
  assert.equal(calls.batches.length, 2);
  assert.equal(changes.length, 2);
  const [{ before, after, weights }] = changes;
  assert.ok(Math.abs(before - calls.batches[0].loss) < 1e-4);
  assert.ok(after < before, `${before}, then ${after}`);
  assert.deepEqual(
    weights.map(({ name, count }) => [name, count]),
    [
      ['conv2d/kernel', 200],
      ['conv2d/bias', 8],
      ['conv2d_1/kernel', 3200],
      ['conv2d_1/bias', 16],
      ['dense/kernel', 2560],
      ['dense/bias', 10],
    ],
  );
  assert.ok(weights.every(({ mean, most }) => mean > 0 && mean <= most));
  assert.ok(weights[0].size > 0 && weights[1].size === 0);
  training.goOn();
  await run;
  assert.equal(training.state, 'finished');
  assert.equal(changes.length, 2);
  await end();
});

test('steps leave no tensors', async () => {
  const { training, end } = begun({ examples: 100 });
  const step = async () => {
    const run = training.run(1, { isStep: true });
    while (training.state !== 'paused') {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    training.goOn();
    await run;
  };
  assert.equal((await growth(step, { warmUp: 2, times: 5 })).tensors, 0);
  await end();
});

test('further images are trained on beside the others, as often as they are named', async () => {
  const seen = { batches: 0 };
  const { training, end } = begun({
    examples: 100,
    batchSize: 10,
    more: [200, 200, 201],
    onBatch: ({ batches }) => (seen.batches = batches),
  });
  await training.run(1);
  assert.equal(seen.batches, 11);
  await end();
});

test('augmentation changes the images, and a training with it learns', async () => {
  assert.deepEqual(moved(PIXELS, [0, 0, 0, 0, 0, 0]), PIXELS);
  const random = randomFrom(5);
  assert.notDeepEqual(augmented(PIXELS, random), PIXELS);
  const shifted = moved(PIXELS, [0, 0, 0, 0, 1, 0]);
  const isShifted = (at) => at % 28 < 2 || shifted[at] === PIXELS[at - 2];
  assert.ok([...PIXELS.keys()].every(isShifted));
  const { training, calls, end } = begun({ augmentation: true });
  await training.run(3);
  assert.ok(calls.epochs[2].loss < calls.epochs[0].loss);
  await end();
});
