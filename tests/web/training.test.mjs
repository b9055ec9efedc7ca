import assert from 'node:assert/strict';

import { begun, data, inTime } from './begun_training.mjs';
import { test, tf, useBackend } from './load_tf.mjs';
import { serve, stored } from './stored_models.mjs';
import { loadModel, newModel, predict } from '../../cnn_mnist/web/pages/models/model.js';

useBackend('wasm');

test('the callbacks report each batch, epoch and state', async () => {
  const { training, calls, end } = begun({ examples: 250 });
  assert.equal(training.state, 'ready');
  await training.run(2);
  assert.equal(training.state, 'finished');
  assert.deepEqual(
    calls.batches.map(({ step, epoch, batch, batches }) => [step, epoch, batch, batches]),
    [
      [1, 1, 1, 3],
      [2, 1, 2, 3],
      [3, 1, 3, 3],
      [4, 2, 1, 3],
      [5, 2, 2, 3],
      [6, 2, 3, 3],
    ],
  );
  assert.deepEqual(
    calls.epochs.map(({ epoch }) => epoch),
    [1, 2],
  );
  assert.deepEqual(calls.states, ['running', 'finished']);
  const [a, b, c] = calls.batches;
  const mean = (name) => (a[name] * 100 + b[name] * 100 + c[name] * 50) / 250;
  assert.ok(Math.abs(calls.epochs[0].loss - mean('loss')) < 1e-9);
  assert.ok(Math.abs(calls.epochs[0].accuracy - mean('accuracy')) < 1e-9);
  await end();
});

test('a second run continues: epochs and steps count on, and the loss falls further', async () => {
  const { training, calls, end } = begun();
  await training.run(2);
  await training.run(1);
  assert.deepEqual(
    calls.epochs.map(({ epoch }) => epoch),
    [1, 2, 3],
  );
  assert.equal(calls.batches.at(-1).step, 15);
  assert.ok(calls.epochs[2].loss < calls.epochs[1].loss);
  assert.deepEqual(calls.states, ['running', 'finished', 'running', 'finished']);
  await end();
});

test('a pause delays the next batch until it ends, and is not counted as time', async () => {
  let pauseAt = 2;
  const { training, calls, end } = begun({
    examples: 100,
    batchSize: 20,
    onBatch: ({ step }) => {
      if (step === pauseAt) {
        training.pause();
      }
    },
  });
  const run = training.run(1);
  while (training.state !== 'paused') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.equal(training.state, 'paused');
  assert.equal(calls.epochs.length, 0);
  pauseAt = null;
  const start = performance.now();
  training.goOn();
  await run;
  assert.deepEqual(calls.states, ['running', 'paused', 'running', 'finished']);
  const rest = (performance.now() - start) / 1000;
  assert.ok(
    calls.epochs[0].seconds < rest + 0.7,
    `${calls.epochs[0].seconds} s, ${rest} s of them`,
  );
  await end();
});

for (const paused of [false, true]) {
  test(`stop ends a ${paused ? 'paused' : 'running'} training after its batch`, async () => {
    const { training, calls, end } = begun({
      examples: 100,
      batchSize: 20,
      onBatch: (batch) => {
        calls.batches.push(batch);
        if (batch.step === 3) {
          if (paused) {
            training.pause();
          }
          training.stop();
        }
      },
    });
    await training.run(5);
    assert.equal(training.state, 'stopped');
    assert.equal(calls.batches.length, 3);
    assert.equal(calls.epochs.length, 0);
    await training.run(1);
    assert.deepEqual(
      calls.epochs.map(({ epoch }) => epoch),
      [1],
    );
    assert.equal(calls.batches.at(-1).step, 8);
    await end();
  });
}

test('the page can run other tasks while it trains: after 16 ms and a batch at the latest', async () => {
  const ends = [];
  const onBatch = () => ends.push(performance.now());
  const { training, end } = begun({ examples: 400, batchSize: 20, onBatch });
  // The first batches also prepare the backend.
  await training.run(1);
  ends.splice(0, ends.length, performance.now());
  let turns = 0;
  let ended = false;
  const count = () => {
    turns += 1;
    if (!ended) {
      setImmediate(count);
    }
  };
  setImmediate(count);
  await training.run(1);
  ended = true;
  const longest = Math.max(...ends.slice(1).map((at, number) => at - ends[number]));
  const expected = Math.floor((ends.at(-1) - ends[0]) / (16 + longest));
  assert.ok(expected >= 2, `${expected} turns expected in ${ends.length - 1} batches`);
  assert.ok(turns >= expected, `${turns} turns, not ${expected}`);
  await end();
});

for (const backend of ['wasm', 'cpu']) {
  test(`NaN ends the training with an error on ${backend}`, async () => {
    await tf.setBackend(backend);
    const { training, model, calls, end } = begun({ examples: 4, batchSize: 4 });
    const [kernel, bias] = model.layers[0].getWeights();
    const broken = kernel.dataSync();
    broken[3] = NaN;
    model.layers[0].setWeights([tf.tensor(broken, kernel.shape), bias]);
    await assert.rejects(training.run(1), {
      name: 'PageError',
      key: 'training_failed',
      values: { detail: 'NaN, step 1' },
    });
    assert.deepEqual(calls.states, ['running', 'stopped']);
    await end();
    await tf.setBackend('wasm');
  });
}

test('a far too high learning rate ends the training with an error', async () => {
  const { training, end } = begun({ learningRate: 1e38 });
  await assert.rejects(training.run(3), { name: 'PageError', key: 'training_failed' });
  await end();
});

test('a network that is sure of wrong answers can still be trained', async () => {
  const { training, model, calls, end } = begun({ examples: 100 });
  const bias = tf.tensor1d(Float32Array.from({ length: 10 }, (_, i) => (i ? -100 : 100)));
  model.layers.at(-1).setWeights([tf.zeros([256, 10]), bias]);
  await training.run(1);
  assert.ok(calls.batches[0].loss > 10);
  assert.equal(training.state, 'finished');
  await end();
});

test('an error of the backend ends the training with an error', async () => {
  const { training, model, end } = begun();
  model.trainOnBatch = async () => {
    throw new Error('out of memory');
  };
  await assert.rejects(training.run(1), {
    name: 'PageError',
    key: 'training_failed',
    values: { detail: 'out of memory' },
  });
  await end();
});

test('a running or disposed training cannot be run', async () => {
  const { training, end } = begun({ examples: 100, batchSize: 20 });
  const run = training.run(1);
  await assert.rejects(training.run(1), /a training that is running cannot be run/);
  await run;
  await end();
  await assert.rejects(training.run(1), /cannot be run/);
});

test('disposing of a running training stops it first', async () => {
  const { training, model } = begun();
  const run = training.run(100);
  await training.dispose();
  await run;
  assert.equal(training.state, 'stopped');
  model.dispose();
});

test('a model read from model.json can be trained further', async () => {
  const first = begun();
  await first.training.run(1);
  const { description, weights } = await stored(first.model);
  const server = await serve({ 'model.json': JSON.stringify(description), 'weights.bin': weights });
  const model = await loadModel(`${server.url}model.json`);
  server.close();
  const pixels = data.train.images.subarray(0, 784);
  assert.deepEqual(
    (await predict(model, pixels)).probabilities,
    (await predict(first.model, pixels)).probabilities,
  );
  const second = begun({ model });
  await second.training.run(2);
  assert.ok(second.calls.epochs[0].loss < first.calls.epochs[0].loss * 0.8);
  assert.ok(second.calls.epochs[1].loss < second.calls.epochs[0].loss);
  await first.end();
  await second.end();
});

test('a pause just before a training fails ends with it', async () => {
  let isBroken = true;
  const { training, model, calls, end } = begun({ examples: 200, batchSize: 100 });
  const train = model.trainOnBatch.bind(model);
  model.trainOnBatch = async (...batch) => {
    if (isBroken) {
      training.pause();
      throw new Error('out of memory');
    }
    return train(...batch);
  };
  await assert.rejects(training.run(1), { key: 'training_failed' });
  assert.deepEqual(calls.states, ['running', 'paused', 'stopped']);
  isBroken = false;
  await inTime(training.run(1), 'the next run');
  assert.deepEqual(calls.states.slice(3), ['running', 'finished']);
  await inTime(end(), 'dispose');
});
