import assert from 'node:assert/strict';

import { growth, randomFrom, test, tf, useBackend } from './load_tf.mjs';
import {
  convolutionAt,
  denseAt,
  normalizedAt,
  poolingAt,
  softmaxOf,
  strongest,
} from '../../cnn_mnist/web/pages/models/layer_arithmetic.js';
import { LayerValues } from '../../cnn_mnist/web/pages/models/layer_values.js';
import { newModel, predict } from '../../cnn_mnist/web/pages/models/model.js';

useBackend('wasm');

const random = randomFrom(11);
const PIXELS = Uint8Array.from({ length: 784 }, () => Math.floor(random() * 256));

/** Returns a network of all kinds of steps, with biases that are not 0. */
function network(layers) {
  const model = tf.sequential();
  layers.forEach((layer) => model.add(layer));
  model.setWeights(
    model.getWeights().map((weight) => {
      const values = Float32Array.from({ length: weight.size }, () => random() - 0.5);
      return tf.tensor(values, weight.shape);
    }),
  );
  return model;
}

const asMaps = (values, [height, width, channels]) => ({ height, width, channels, values });

function* placesOf([height, width, count]) {
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      for (let map = 0; map < count; map += 1) {
        yield [{ row, column, map }, (row * width + column) * count + map];
      }
    }
  }
}

/** Checks that two numbers are the same within the accuracy of sums in float32. */
function assertNear(found, expected, what) {
  const within = 2e-5 * (1 + Math.abs(expected));
  assert.ok(Math.abs(found - expected) <= within, `${what}: ${found}, not ${expected}`);
}

const activated = { relu: (sum) => Math.max(0, sum), linear: (sum) => sum };

/** Compares every value of a convolution or a pooling with TensorFlow.js's. */
async function compareAll(model, id) {
  const layers = new LayerValues(model);
  const step = layers.steps.find((one) => one.id === id);
  const { input, output, inputShape, outputShape, ...weights } = await layers.of(step, PIXELS);
  const maps = asMaps(input, inputShape);
  let compared = 0;
  for (const [place, at] of placesOf(outputShape)) {
    const found =
      step.kind === 'pooling'
        ? poolingAt(maps, step, place).value
        : activated[step.activation](convolutionAt(maps, { ...step, ...weights }, place).sum);
    assertNear(found, output[at], `${id} ${JSON.stringify(place)}`);
    compared += 1;
  }
  assert.equal(compared, output.length);
}

const SETTINGS = [];
for (const padding of ['same', 'valid']) {
  for (const [size, strides] of [
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 1],
    [5, 4],
  ]) {
    SETTINGS.push({ padding, size, strides });
  }
}

for (const { padding, size, strides } of SETTINGS) {
  const named = `${size}×${size}, strides ${strides}, ${padding}`;

  test(`each value of convolutions of ${named} adds up to TensorFlow.js's`, async () => {
    const { conv2d } = tf.layers;
    const shared = { kernelSize: size, strides, padding };
    const model = network([
      conv2d({ name: 'first', inputShape: [28, 28, 1], filters: 3, activation: 'relu', ...shared }),
      conv2d({ name: 'second', filters: 2, ...shared }),
    ]);
    await compareAll(model, 'first');
    await compareAll(model, 'second');
    model.dispose();
  });

  test(`each value of poolings of ${named} is TensorFlow.js's`, async () => {
    const { averagePooling2d, conv2d, maxPooling2d } = tf.layers;
    const shared = { poolSize: size, strides, padding };
    const model = network([
      conv2d({ inputShape: [28, 28, 1], filters: 3, kernelSize: 2 }),
      maxPooling2d({ name: 'max', ...shared }),
      averagePooling2d({ name: 'mean', ...shared }),
    ]);
    await compareAll(model, 'max');
    await compareAll(model, 'mean');
    model.dispose();
  });
}

test("each value of a batch normalization and of a ReLU layer is TensorFlow.js's", async () => {
  const { activation, batchNormalization, conv2d, dense, flatten } = tf.layers;
  const shared = { momentum: 0.99, epsilon: 1e-3 };
  const model = network([
    conv2d({ inputShape: [28, 28, 1], filters: 3, kernelSize: 5, strides: 4 }),
    batchNormalization({ name: 'maps', ...shared }),
    activation({ name: 'relu', activation: 'relu' }),
    batchNormalization({ name: 'plain', scale: false, center: false, ...shared }),
    flatten(),
    dense({ units: 4 }),
    batchNormalization({ name: 'units', ...shared }),
    dense({ units: 5, activation: 'softmax' }),
  ]);
  for (const layer of ['maps', 'plain', 'units'].map((name) => model.getLayer(name))) {
    const weights = layer.getWeights();
    // A variance is not negative.
    layer.setWeights([...weights.slice(0, -1), weights.at(-1).abs()]);
  }
  const layers = new LayerValues(model);
  const kinds = layers.steps.map(({ kind }) => kind);
  assert.deepEqual(kinds.slice(1, 4), ['normalization', 'relu', 'normalization']);
  for (const step of layers.steps.filter(({ kind }) => kind === 'normalization')) {
    const found = await layers.of(step, PIXELS);
    found.output.forEach((value, at) => {
      const map = at % found.outputShape.at(-1);
      const by = normalizedAt(found.input[at], found.normalization, step.epsilon, map);
      assertNear(by.value, value, `${step.id} ${at}`);
    });
  }
  const relu = await layers.of(
    layers.steps.find(({ kind }) => kind === 'relu'),
    PIXELS,
  );
  relu.output.forEach((value, at) => assert.equal(value, Math.max(0, relu.input[at])));
  model.dispose();
});

test("dense layers and softmax add up to TensorFlow.js's own answer", async () => {
  const { conv2d, dense, dropout, flatten } = tf.layers;
  const model = network([
    conv2d({ inputShape: [28, 28, 1], filters: 3, kernelSize: 5, strides: 4 }),
    flatten(),
    dropout({ rate: 0.4 }),
    dense({ name: 'hidden', units: 7, activation: 'relu' }),
    dense({ name: 'last', units: 5, activation: 'softmax' }),
  ]);
  const layers = new LayerValues(model);
  assert.deepEqual(
    layers.steps.slice(1).map(({ kind }) => kind),
    ['dense', 'dense', 'softmax'],
  );
  const [, hidden, last] = layers.steps;
  assert.deepEqual(layers.mapsBefore(hidden), [6, 6, 3]);
  assert.deepEqual(layers.mapsBefore(last), [7]);
  const found = await layers.of(hidden, PIXELS);
  found.output.forEach((value, unit) =>
    assertNear(Math.max(0, denseAt(found.input, found, unit).sum), value, `unit ${unit}`),
  );
  const end = await layers.of(last, PIXELS);
  const logits = Array.from(end.output, (_, unit) => denseAt(end.input, end, unit).sum);
  const { probabilities } = softmaxOf(logits);
  const answer = (await predict(model, PIXELS)).probabilities;
  answer.forEach((value, unit) => assertNear(probabilities[unit], value, `class ${unit}`));
  model.dispose();
});

test('a maximum names the first of equal cells, and padding takes no part in a pooling', () => {
  const input = asMaps(Float32Array.of(-1, -1, -1, -2, -1, -3, -4, -5, -6), [3, 3, 1]);
  const window = { size: [2, 2], strides: [2, 2], padding: 'same' };
  const first = poolingAt(input, { ...window, isMean: false }, { row: 0, column: 0, map: 0 });
  assert.deepEqual([first.value, first.winner, first.count], [-1, 0, 4]);
  const last = poolingAt(input, { ...window, isMean: true }, { row: 1, column: 1, map: 0 });
  assert.deepEqual(last.inputs, [-6, null, null, null]);
  assert.deepEqual([last.value, last.winner, last.count], [-6, null, 1]);
});

test('the strongest terms and the rest are the whole sum', () => {
  const terms = [0.5, -3, 0, 2, -0.25, 1];
  const { shown, rest, restCount } = strongest(terms, 3);
  assert.deepEqual([shown, rest, restCount], [[1, 3, 5], 0.25, 3]);
  assert.deepEqual(strongest(terms, 9).restCount, 0);
});

test('softmax of huge logits is finite', () => {
  const { probabilities } = softmaxOf([1000, 999, -1000]);
  assertNear(probabilities[0], 1 / (1 + Math.exp(-1)), 'first');
  assert.equal(probabilities[2], 0);
});

test('looking at layers sixty times leaves no tensor and no memory behind', async () => {
  const model = newModel();
  const layers = new LayerValues(model);
  assert.deepEqual(
    layers.steps.map(({ id }) => id),
    ['conv2d', 'max_pooling2d', 'conv2d_1', 'max_pooling2d_1', 'dense', 'dense softmax'],
  );
  let at = 0;
  const grown = await growth(() => layers.of(layers.steps[at++ % 6], PIXELS), { times: 60 });
  assert.deepEqual(grown, { tensors: 0, bytes: 0 });
  model.dispose();
});
