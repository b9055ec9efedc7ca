import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test, { after, before } from 'node:test';

import {
  batchOf,
  loadData,
  loadSamples,
  shuffled,
  splitForTraining,
} from '../../cnn_mnist/web/pages/images/data.js';
import { greyPng } from './grey_png.mjs';

const ABOUT = {
  dataset: 'mnist',
  train: 5,
  test: 2,
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  digits: true,
};
const IMAGES = Array.from({ length: 7 }, (_, n) =>
  Uint8Array.from({ length: 784 }, (__, i) => (n * 31 + i) % 256),
);
const LABELS = Uint8Array.of(3, 1, 4, 1, 5, 9, 2);

let files;
let server;
let url;

before(async () => {
  server = createServer((request, response) => {
    const content = files[request.url];
    response.writeHead(content === undefined ? 404 : 200);
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}/data/0/data.json`;
});

after(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
);

function serve(changes = {}) {
  files = {
    '/data/0/data.json': JSON.stringify({ ...ABOUT, ...changes.about }),
    '/data/0/images.png': greyPng(IMAGES),
    '/data/0/labels.bin': LABELS,
    ...changes.files,
  };
}

/** Asserts which error loading throws, and for which file. */
async function assertRefused(key, file, detail) {
  await assert.rejects(loadData(url), (error) => {
    assert.deepEqual([error.name, error.key], ['PageError', key]);
    assert.equal(error.values.url, url.replace('data.json', file));
    if (detail) assert.match(error.values.detail, detail);
    return true;
  });
}

/** Returns a function like Math.random that gives the same numbers on every run. */
function sequence(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('an export is loaded: first the training images, then the test ones', async () => {
  serve();
  const data = await loadData(url);
  const { dataset, classes, digits } = ABOUT;
  assert.deepEqual([data.dataset, data.classes, data.digits], [dataset, classes, digits]);
  assert.deepEqual([data.train.count, data.test.count], [5, 2]);
  assert.deepEqual([...data.train.labels, ...data.test.labels], [...LABELS]);
  assert.deepEqual(data.train.images.subarray(4 * 784), IMAGES[4]);
  assert.deepEqual(data.test.images.subarray(0, 784), IMAGES[5]);
  assert.equal(data.test.images.length, 2 * 784);
});

test('samples are the first test images with their labels, from a file of their own', async () => {
  const files = { '/data/0/samples.png': greyPng(IMAGES.slice(5, 6)), '/data/0/images.png': null };
  serve({ about: { samples: 1 }, files });
  const { classes, digits, test: samples } = await loadSamples(url);
  assert.deepEqual([classes, digits], [ABOUT.classes, ABOUT.digits]);
  assert.deepEqual(samples.images, IMAGES[5]);
  assert.deepEqual([...samples.labels], [LABELS[5]]);
  assert.equal(samples.count, 1);
});

test('an older export has no samples of their own', async () => {
  serve();
  assert.equal(await loadSamples(url), null);
  serve({ about: { samples: 3 } });
  assert.equal(await loadSamples(url), null);
});

test('both splits are views of one array', async () => {
  serve();
  const { train, test: other } = await loadData(url);
  assert.equal(train.images.buffer, other.images.buffer);
  assert.equal(train.labels.buffer, other.labels.buffer);
});

for (const file of ['data.json', 'images.png', 'labels.bin']) {
  test(`without ${file} the data is missing`, async () => {
    serve({ files: { [`/data/0/${file}`]: undefined } });
    await assertRefused('data_missing', file);
  });
}

test('without a server the data is missing', async () => {
  const closed = 'http://127.0.0.1:1/data.json';
  await assert.rejects(loadData(closed), { key: 'data_missing', values: { url: closed } });
});

test('an incomplete description is refused', async () => {
  serve({ files: { '/data/0/data.json': '{"dataset": "mni' } });
  await assertRefused('data_broken', 'data.json', /JSON/);
});

for (const [about, detail] of [
  [{ train: undefined }, /^train: expected a number of images, found nothing$/],
  [{ train: 5.5 }, /^train: expected a number of images, found 5.5$/],
  [{ test: 0 }, /^test: expected a number of images, found 0$/],
  [{ test: '2' }, /^test: expected a number of images, found "2"$/],
  [{ classes: ['0'] }, /^classes: expected 2 to 100 names, found \["0"\]$/],
  [{ classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }, /^classes: expected 2 to 100 names/],
  [{ classes: Array(101).fill('a') }, /^classes: expected 2 to 100 names/],
  [{ digits: 'yes' }, /^digits: expected true or false, found "yes"$/],
  [{ dataset: null }, /^dataset: expected a name, found null$/],
]) {
  test(`a description of ${JSON.stringify(about)} is refused`, async () => {
    serve({ about });
    await assertRefused('data_broken', 'data.json', detail);
  });
}

test('a description that is not an object is refused', async () => {
  serve({ files: { '/data/0/data.json': 'null' } });
  await assertRefused('data_broken', 'data.json', /^dataset: expected a name, found nothing$/);
});

test('images of another number or size than described are refused', async () => {
  serve({ about: { train: 6 }, files: { '/data/0/labels.bin': new Uint8Array(8) } });
  await assertRefused('data_broken', 'images.png', /^expected 784 x 8 pixels, found 784 x 7$/);
  serve({ files: { '/data/0/images.png': greyPng(IMAGES.map((image) => image.subarray(1))) } });
  await assertRefused('data_broken', 'images.png', /^expected 784 x 7 pixels, found 783 x 7$/);
});

test('damaged images are refused', async () => {
  serve({ files: { '/data/0/images.png': greyPng(IMAGES).subarray(0, 99) } });
  await assertRefused('data_broken', 'images.png', /cut off/);
});

test('labels of another number, or outside the classes, are refused', async () => {
  serve({ files: { '/data/0/labels.bin': LABELS.subarray(1) } });
  await assertRefused('data_broken', 'labels.bin', /^expected 7 labels, found 6$/);
  serve({ files: { '/data/0/labels.bin': LABELS.map((label, at) => (at === 3 ? 10 : label)) } });
  await assertRefused('data_broken', 'labels.bin', /^label 3 is 10, and there are 10 classes$/);
});

test('the last 1,000 training images are for validation, whatever the count', () => {
  for (const count of [undefined, 5500, 1e6]) {
    const { training, validation } = splitForTraining({ train: { count: 55000 } }, count);
    assert.deepEqual([validation[0], validation.at(-1), validation.length], [54000, 54999, 1000]);
    assert.deepEqual([training[0], training.at(-1)], [0, Math.min(count ?? 54000, 54000) - 1]);
    assert.equal(training.length, training.at(-1) + 1);
  }
});

test('of few images, a fifth is for validation', () => {
  const { training, validation } = splitForTraining({ train: { count: 12 } }, 100);
  assert.deepEqual([...training], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual([...validation], [10, 11]);
  assert.equal(splitForTraining({ train: { count: 4999 } }).validation.length, 999);
});

test('shuffling keeps every index, and does not change its argument', () => {
  const indices = Int32Array.from({ length: 500 }, (_, i) => i * 3);
  const order = shuffled(indices, sequence(1));
  assert.notDeepEqual(order, indices);
  assert.deepEqual(order.slice().sort(), indices);
  assert.deepEqual(
    indices,
    Int32Array.from({ length: 500 }, (_, i) => i * 3),
  );
});

test('the same random numbers give the same order, others another', () => {
  const indices = Int32Array.from({ length: 500 }, (_, i) => i);
  assert.deepEqual(shuffled(indices, sequence(2)), shuffled(indices, sequence(2)));
  assert.notDeepEqual(shuffled(indices, sequence(2)), shuffled(indices, sequence(3)));
});

test('every order is equally likely', () => {
  const random = sequence(4);
  const counts = {};
  for (let run = 0; run < 6000; run++) {
    const order = shuffled(Int32Array.of(0, 1, 2), random).join('');
    counts[order] = (counts[order] ?? 0) + 1;
  }
  assert.equal(Object.keys(counts).length, 6);
  // Five standard deviations, each of 29.
  for (const count of Object.values(counts)) assert.ok(Math.abs(count - 1000) < 145, `${count}`);
});

test('a batch holds the chosen images, 0 to 1, and their labels one-hot', () => {
  const split = { images: new Uint8Array(3 * 784), labels: Uint8Array.of(7, 0, 9), count: 3 };
  split.images.fill(255, 784, 785);
  split.images.fill(51, 2 * 784);
  const { xs, ys } = batchOf(split, Int32Array.of(2, 1));
  assert.deepEqual(xs.subarray(0, 784), new Float32Array(784).fill(0.2));
  assert.deepEqual([...xs.subarray(784, 787)], [1, 0, 0]);
  assert.deepEqual([...ys], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
