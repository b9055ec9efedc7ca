import assert from 'node:assert/strict';

import { growth, test, tf, useBackend } from './load_tf.mjs';
import { mnist } from './mnist.mjs';
import { evaluate } from '../../cnn_mnist/web/pages/models/evaluation.js';
import { newModel, predict } from '../../cnn_mnist/web/pages/models/model.js';

useBackend('wasm');

const { test: split } = mnist({ train: 1, test: 230 });

test('every image counts once, whatever the size of batches', async () => {
  const model = newModel();
  const expected = (await predict(model, split.images)).probabilities;
  const results = [];
  for (const batchSize of [1, 100, 230, 1000]) {
    const result = await evaluate(model, split, { batchSize });
    assert.equal(result.count, 230);
    result.probabilities.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6));
    results.push({ confusion: result.confusion, right: result.right });
  }
  results.forEach((result) => assert.deepEqual(result, results[0]));
  model.dispose();
});

test('rows of the confusion matrix are labels, columns are predictions', async () => {
  // Answers 3 for every image, with a probability of e / (e + 9).
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  const bias = new Float32Array(10);
  bias[3] = 1;
  model.setWeights([tf.zeros([784, 10]), tf.tensor1d(bias)]);
  const { confusion, byClass, right, accuracy, loss, predicted } = await evaluate(model, split);
  const ofLabel = (wanted) => split.labels.filter((label) => label === wanted).length;
  for (let label = 0; label < 10; label++) {
    assert.deepEqual(
      confusion[label],
      Array.from({ length: 10 }, (_, column) => (column === 3 ? ofLabel(label) : 0)),
    );
    assert.deepEqual(byClass[label], {
      right: label === 3 ? ofLabel(3) : 0,
      count: ofLabel(label),
    });
  }
  assert.equal(right, ofLabel(3));
  assert.equal(accuracy, ofLabel(3) / 230);
  assert.ok(predicted.length === 230 && predicted.every((value) => value === 3));
  const expected = Math.log(Math.E + 9) - ofLabel(3) / 230;
  assert.ok(Math.abs(loss - expected) < 1e-6, `${loss} is not ${expected}`);
  model.dispose();
});

test('of 47 classes the matrix has 47 rows', async () => {
  const classes = Array.from({ length: 47 }, (_, number) => String(number));
  const model = newModel({ classes, digits: false });
  const labels = split.labels.map((label, at) => (label + 10 * at) % 47);
  const { confusion, byClass, probabilities } = await evaluate(model, { ...split, labels });
  assert.deepEqual([confusion.length, confusion[46].length, byClass.length], [47, 47, 47]);
  assert.equal(probabilities.length, split.count * 47);
  assert.equal(
    confusion.flat().reduce((total, count) => total + count),
    split.count,
  );
  model.dispose();
});

test('a mistake with probability 1 has a finite loss', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  const bias = new Float32Array(10).fill(-1000);
  bias[split.labels[0] === 0 ? 1 : 0] = 1000;
  model.setWeights([tf.zeros([784, 10]), tf.tensor1d(bias)]);
  const { loss } = await evaluate(model, split, { indices: Int32Array.of(0) });
  assert.ok(Math.abs(loss - Math.log(1e7)) < 1e-6, `loss ${loss}`);
  model.dispose();
});

test('indices choose the images and their order', async () => {
  const model = newModel();
  const all = await evaluate(model, split);
  const indices = Int32Array.of(200, 3, 17);
  const some = await evaluate(model, split, { indices, batchSize: 2 });
  assert.equal(some.count, 3);
  indices.forEach((index, i) => {
    assert.equal(some.predicted[i], all.predicted[index]);
    for (let c = 0; c < 10; c++) {
      assert.ok(
        Math.abs(some.probabilities[i * 10 + c] - all.probabilities[index * 10 + c]) < 1e-6,
      );
    }
  });
  model.dispose();
});

test('progress is reported after each batch', async () => {
  const model = newModel();
  const steps = [];
  await evaluate(model, split, { batchSize: 100, onProgress: (step) => steps.push(step) });
  assert.deepEqual(steps, [
    { done: 100, count: 230 },
    { done: 200, count: 230 },
    { done: 230, count: 230 },
  ]);
  model.dispose();
});

test('an evaluation leaves no tensor and no memory behind', async () => {
  const model = newModel();
  const grown = await growth(() => evaluate(model, split, { batchSize: 60 }), { times: 20 });
  assert.deepEqual(grown, { tensors: 0, bytes: 0 });
  model.dispose();
});
