import assert from 'node:assert/strict';
import test from 'node:test';

import {
  Calibration,
  isBlank,
  loadCalibration,
} from '../../cnn_mnist/web/pages/models/calibration.js';
import { calibrate } from '../../cnn_mnist/web/pages/models/own_calibration.js';
import { serve } from './stored_models.mjs';

const SIZE = 196;
const AXES = 16;

function base64(bytes) {
  return Buffer.from(bytes.buffer).toString('base64');
}

/** One group around black, whose axes are the first sixteen cells. */
function values(changes = {}) {
  const axes = new Int8Array(AXES * SIZE);
  for (let axis = 0; axis < AXES; axis += 1) {
    axes[axis * SIZE + axis] = 127;
  }
  return {
    format: 2,
    groups: 1,
    step: 5,
    temperature: 2,
    entropy: [0, 1],
    distance: [0, 10],
    threshold: 2,
    means: base64(new Uint8Array(SIZE)),
    axes: base64(axes),
    scales: [Array(AXES).fill(1 / 127)],
    variances: [Array(AXES).fill(0.5)],
    rests: [0.1],
    ...changes,
  };
}

/** A bright column of pixels from one row to another. */
function bar(column, from, to) {
  const pixels = new Uint8Array(784);
  for (let row = from; row < to; row += 1) {
    pixels[row * 28 + column] = 255;
  }
  return pixels;
}

const CONSTANT = AXES * Math.log(0.5) + (SIZE - AXES) * Math.log(0.1);

function assertNear(found, expected, within) {
  assert.ok(Math.abs(found - expected) < within, `${found} is not ${expected}`);
}

test('the distance divides by the variance along an axis, and by the rest elsewhere', () => {
  const calibration = new Calibration(values());
  assertNear(calibration.distance(new Uint8Array(784)), CONSTANT, 1e-6);
  // In the cells of the first row, which are among the sixteen axes for the first direction only.
  const high = calibration.distance(bar(5, 0, 4)) - CONSTANT;
  const low = calibration.distance(bar(5, 20, 24)) - CONSTANT;
  assert.ok(high > 0 && high < low, `${high} ${low}`);
});

test('an answer is uncertain above the threshold, and its confidence is the tempered one', () => {
  const sure = Float32Array.of(0.9, 0.1);
  const entropy = 0.562335;
  const far = bar(5, 4, 24);
  const distance = new Calibration(values()).distance(far);
  const scoreIf = (high) => {
    const calibration = new Calibration(values({ distance: [0, high] }));
    const { score, uncertain, confidence } = calibration.mark(far, sure);
    assertNear(confidence, 0.75, 1e-6);
    assert.equal(uncertain, score > 1);
    return score;
  };
  for (const high of [distance / 1.6, distance / 1.9]) {
    assertNear(scoreIf(high), (distance / high + 0.5 * entropy) / 2, 1e-4);
  }
  assert.ok(scoreIf(distance / 1.6) < 1 && scoreIf(distance / 1.9) > 1);
});

test('a blank image is not uncertain', () => {
  const calibration = new Calibration(values({ threshold: 1e-9 }));
  const faint = new Uint8Array(784).fill(25);
  assert.ok(isBlank(faint) && !isBlank(Uint8Array.of(...faint.subarray(1), 26)));
  assert.equal(calibration.mark(faint, Float32Array.of(0.5, 0.5)).uncertain, false);
});

test('the distances of the same images are computed once, also for another network', async () => {
  const calibration = new Calibration(values());
  let computed = 0;
  const { distance } = calibration;
  calibration.distance = (pixels) => {
    computed += 1;
    return distance.call(calibration, pixels);
  };
  const count = 500;
  const split = { images: new Uint8Array(count * 784), labels: new Uint8Array(count), count };
  const sure = new Float32Array(count * 2).map((_, at) => (at % 2 ? 0.1 : 0.9));
  const first = await calibrate(calibration, split, sure);
  const other = await calibrate(
    calibration,
    split,
    sure.map((p) => (1 + p) / 3),
  );
  assert.equal(computed, count);
  assert.deepEqual(other.distance, first.distance);
  await calibrate(calibration, { ...split, images: split.images.slice() }, sure);
  assert.equal(computed, 2 * count);
});

test('without a usable file there is no calibration', async () => {
  const files = {
    'calibration.json': JSON.stringify(values()),
    'other.json': JSON.stringify(values({ format: 1 })),
    'short.json': JSON.stringify(values({ groups: 2 })),
    'text.json': 'x',
  };
  const server = await serve(files);
  try {
    assert.ok(await loadCalibration(`${server.url}calibration.json`));
    for (const name of ['other.json', 'short.json', 'text.json', 'missing.json']) {
      assert.equal(await loadCalibration(`${server.url}${name}`), null, name);
    }
    assert.equal(await loadCalibration(null), null);
  } finally {
    server.close();
  }
});
