import assert from 'node:assert/strict';

import { growth, randomFrom, test, tf, useBackend } from './load_tf.mjs';
import { serve, stored } from './stored_models.mjs';
import {
  checkModel,
  classesOf,
  describeLayers,
  loadModel,
  newModel,
  predict,
} from '../../cnn_mnist/web/pages/models/model.js';
import { FeatureMaps } from '../../cnn_mnist/web/pages/models/feature_maps.js';

useBackend('wasm');

function imagesOf(count) {
  const random = randomFrom(7);
  return Uint8Array.from({ length: count * 784 }, () => Math.floor(random() * 256));
}

/** Serves the files and loads the model; returns the model or the error. */
async function loadedFrom(files) {
  const server = await serve(files);
  try {
    return await loadModel(`${server.url}model.json`);
  } catch (error) {
    error.server = server.url;
    return error;
  } finally {
    server.close();
  }
}

async function filesOf(model, storedAs) {
  const { description, weights } = await stored(model, storedAs);
  return { 'model.json': JSON.stringify(description), 'weights.bin': weights };
}

function assertError(error, key, values) {
  assert.equal(error.name, 'PageError', error.stack);
  assert.deepEqual([error.key, error.values], [key, values]);
}

test('a new model is the preset browser, with the names that Python reads', () => {
  const model = newModel();
  assert.deepEqual(
    describeLayers(model).map(({ name, kind, shape, parameters }) => [
      name,
      kind,
      shape,
      parameters,
    ]),
    [
      ['conv2d', 'Conv2D', [24, 24, 8], 208],
      ['max_pooling2d', 'MaxPooling2D', [12, 12, 8], 0],
      ['conv2d_1', 'Conv2D', [8, 8, 16], 3216],
      ['max_pooling2d_1', 'MaxPooling2D', [4, 4, 16], 0],
      ['flatten', 'Flatten', [256], 0],
      ['dense', 'Dense', [10], 2570],
    ],
  );
  assert.deepEqual(describeLayers(model)[2].settings, {
    filters: 16,
    kernelSize: [5, 5],
    strides: [1, 1],
    padding: 'valid',
    activation: 'relu',
  });
  checkModel(model, 'new');
  model.dispose();
});

test('a second model on the same page has weights with the same names', async () => {
  const first = newModel();
  const second = newModel();
  const { description } = await stored(second);
  assert.deepEqual(
    description.weightsManifest[0].weights.map(({ name }) => name),
    [
      'conv2d/kernel',
      'conv2d/bias',
      'conv2d_1/kernel',
      'conv2d_1/bias',
      'dense/kernel',
      'dense/bias',
    ],
  );
  first.dispose();
  second.dispose();
});

for (const [storedAs, within] of [
  ['float32', 0],
  ['float16', 2e-3],
  ['uint8', 5e-2],
]) {
  test(`a model with weights stored as ${storedAs} loads and answers`, async () => {
    const model = newModel({ classes: [...'abcdefghij'], digits: false });
    const pixels = imagesOf(20);
    const expected = (await predict(model, pixels)).probabilities;
    const loaded = await loadedFrom(await filesOf(model, storedAs));
    const found = (await predict(loaded, pixels)).probabilities;
    assert.equal(found.length, 200);
    found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) <= within));
    assert.deepEqual(classesOf(loaded), { classes: [...'abcdefghij'], digits: false });
    model.dispose();
    loaded.dispose();
    assert.equal(tf.memory().numTensors, 0);
  });
}

test('a model without class names is one of digits', async () => {
  const model = newModel();
  model.setUserDefinedMetadata({});
  assert.deepEqual(classesOf(model), { classes: [...'0123456789'], digits: true });
  model.dispose();
});

test('a missing server, model.json or weights file is the same error', async () => {
  const gone = await serve({});
  gone.close();
  const url = `${gone.url}model.json`;
  assertError(await loadModel(url).catch((error) => error), 'model_missing', { url });

  let error = await loadedFrom({});
  assertError(error, 'model_missing', { url: `${error.server}model.json` });

  const model = newModel();
  const { 'model.json': json } = await filesOf(model);
  error = await loadedFrom({ 'model.json': json });
  assertError(error, 'model_missing', { url: `${error.server}weights.bin` });
  model.dispose();
});

test('a model.json that is cut off anywhere is refused', async () => {
  const model = newModel();
  const files = await filesOf(model);
  const whole = files['model.json'];
  for (const length of [0, 1, whole.length >> 1, whole.length - 1]) {
    const error = await loadedFrom({ ...files, 'model.json': whole.slice(0, length) });
    assert.equal(error.key, 'model_broken', `${length} characters`);
    assert.equal(error.values.url, `${error.server}model.json`);
  }
  model.dispose();
});

test('a file that is not a layers-model is refused, naming the wrong part', async () => {
  const model = newModel();
  const { description, weights } = await stored(model);
  const [group] = description.weightsManifest;
  const [spec] = group.weights;
  const wrong = [
    [null, 'no "format": "layers-model"'],
    [{ ...description, format: 'graph-model' }, '"format": "graph-model", not "layers-model"'],
    [{ ...description, modelTopology: undefined }, 'modelTopology'],
    [{ ...description, weightsManifest: {} }, 'weightsManifest'],
    [{ ...description, weightsManifest: [{ paths: [1], weights: [] }] }, 'weightsManifest'],
    [
      { ...description, weightsManifest: [{ ...group, paths: new Array(20_000).fill('w') }] },
      'weightsManifest: 20000 files',
    ],
    [
      { ...description, weightsManifest: [{ ...group, weights: [{ ...spec, dtype: 'string' }] }] },
      `weightsManifest: ${JSON.stringify({ ...spec, dtype: 'string' })}`,
    ],
  ];
  for (const [given, detail] of wrong) {
    const error = await loadedFrom({ 'model.json': JSON.stringify(given), 'weights.bin': weights });
    assertError(error, 'model_broken', { url: `${error.server}model.json`, detail });
  }
  model.dispose();
});

test('weights that the topology does not have are refused', async () => {
  const model = newModel();
  const { description, weights } = await stored(model);
  description.weightsManifest[0].weights[0].name = 'conv2d_9/kernel';
  const error = await loadedFrom({
    'model.json': JSON.stringify(description),
    'weights.bin': weights,
  });
  assert.equal(error.key, 'model_broken');
  assert.match(error.values.detail, /conv2d_9\/kernel/);
  model.dispose();
});

for (const [storedAs, bytes] of [
  ['float32', 23976],
  ['float16', 11988],
  ['uint8', 5994],
]) {
  test(`weights stored as ${storedAs} that are cut off or too long are refused`, async () => {
    const model = newModel();
    const files = await filesOf(model, storedAs);
    const weights = files['weights.bin'];
    for (const other of [weights.subarray(0, -1), Buffer.concat([weights, Buffer.of(0)])]) {
      const error = await loadedFrom({ ...files, 'weights.bin': other });
      assertError(error, 'weights_length', {
        url: `${error.server}weights.bin`,
        expected: bytes,
        actual: other.length,
      });
    }
    model.dispose();
  });
}

test('weights in several files are put together', async () => {
  const model = newModel();
  const { description, weights } = await stored(model);
  description.weightsManifest[0].paths = ['weights.1', 'weights.2'];
  const loaded = await loadedFrom({
    'model.json': JSON.stringify(description),
    'weights.1': weights.subarray(0, 10001),
    'weights.2': weights.subarray(10001),
  });
  const pixels = imagesOf(3);
  assert.deepEqual(
    (await predict(loaded, pixels)).probabilities,
    (await predict(model, pixels)).probabilities,
  );
  model.dispose();
  loaded.dispose();
});

test('a model of other images or classes is refused, and freed', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [32, 32, 3] }),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
  const files = await filesOf(model);
  model.dispose();
  const before = tf.memory().numTensors;
  const error = await loadedFrom(files);
  assertError(error, 'model_unfit', {
    url: `${error.server}model.json`,
    detail: '[32, 32, 3] -> [4]',
  });
  assert.equal(tf.memory().numTensors, before);
});

test('a model of 2 to 100 classes is taken, with its names or with numbers', async () => {
  for (const count of [2, 47, 100]) {
    const classes = Array.from({ length: count }, (_, number) => `name ${number}`);
    const model = newModel({ classes, digits: false });
    assert.doesNotThrow(() => checkModel(model, 'x'));
    assert.deepEqual(classesOf(model), { classes, digits: false });
    const { probabilities } = await predict(model, imagesOf(3));
    assert.equal(probabilities.length, 3 * count);
    model.setUserDefinedMetadata({});
    assert.deepEqual(classesOf(model).classes.slice(0, 2), ['0', '1']);
    assert.equal(classesOf(model).classes.length, count);
    assert.equal(classesOf(model).digits, false);
    model.dispose();
  }
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [28, 28, 1] }), tf.layers.dense({ units: 101 })],
  });
  assert.throws(() => checkModel(model, 'x'), { key: 'model_unfit' });
  model.dispose();
});

test('a prediction returns probabilities and its time', async () => {
  const model = newModel();
  const { probabilities, milliseconds } = await predict(model, imagesOf(70));
  assert.equal(probabilities.length, 700);
  for (let i = 0; i < 700; i += 10) {
    const sum = probabilities.subarray(i, i + 10).reduce((total, value) => total + value);
    assert.ok(Math.abs(sum - 1) < 1e-5);
  }
  assert.ok(milliseconds > 0 && milliseconds < 10_000);
  model.dispose();
});

test('a prediction of incomplete images is refused', async () => {
  const model = newModel();
  for (const pixels of [new Uint8Array(0), new Uint8Array(783)]) {
    await assert.rejects(predict(model, pixels), RangeError);
    await assert.rejects(new FeatureMaps(model).of(pixels), RangeError);
  }
  model.dispose();
});

test('two hundred predictions and feature maps leave no tensor and no memory behind', async () => {
  const model = newModel();
  const maps = new FeatureMaps(model);
  const pixels = imagesOf(1);
  const grown = await growth(
    async () => {
      await predict(model, pixels);
      await maps.of(pixels);
    },
    { times: 200 },
  );
  assert.deepEqual(grown, { tensors: 0, bytes: 0 });
  model.dispose();
});

test('feature maps are the outputs of the convolutions, one map after the other', async () => {
  const model = newModel();
  const pixels = imagesOf(1);
  const [first, second] = await new FeatureMaps(model).of(pixels);
  assert.deepEqual([first.layer, first.width, first.height, first.count], ['conv2d', 24, 24, 8]);
  assert.deepEqual(
    [second.layer, second.width, second.height, second.count],
    ['conv2d_1', 8, 8, 16],
  );
  assert.equal(second.values.length, 1024);

  const [kernel, bias] = model
    .getLayer('conv2d')
    .getWeights()
    .map((weight) => weight.dataSync());
  const [map, row, column] = [5, 13, 20];
  let sum = bias[map];
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 5; j++) {
      sum += (kernel[(i * 5 + j) * 8 + map] * pixels[(row + i) * 28 + column + j]) / 255;
    }
  }
  const found = first.values[(map * 24 + row) * 24 + column];
  assert.ok(Math.abs(found - Math.max(0, sum)) < 1e-5, `${found} is not relu(${sum})`);
  model.dispose();
});

test('one scale for a layer shows an empty paper as nearly black', async () => {
  const model = newModel();
  const convolution = model.getLayer('conv2d');
  const [kernel] = convolution.getWeights();
  const bias = tf.fill([8], 0.01);
  convolution.setWeights([kernel, bias]);
  bias.dispose();
  const maps = new FeatureMaps(model);
  for (const { values, white } of await maps.of(new Uint8Array(784))) {
    const most = values.reduce((highest, value) => Math.max(highest, value));
    assert.ok(most < white / 10, `${most} of ${white}`);
  }
  const [{ values, white }] = await maps.of(new Uint8Array(784).fill(255));
  assert.ok(values.every((value) => value <= white));
  model.dispose();
});

test('a model without convolutions has no feature maps', async () => {
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [28, 28, 1] }), tf.layers.dense({ units: 10 })],
  });
  assert.deepEqual(await new FeatureMaps(model).of(imagesOf(1)), []);
  model.dispose();
});
