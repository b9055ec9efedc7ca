import assert from 'node:assert/strict';
import test from 'node:test';

import { Calibration, isBlank, loadCalibration } from '../../cnn_mnist/web/pages/models/calibration.js';
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
    format: 1,
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

/** White in the cells of one place, each 2×2 pixels. */
function imageWith(...cells) {
  const pixels = new Uint8Array(784);
  for (const cell of cells) {
    const [row, column] = [2 * Math.floor(cell / 14), 2 * (cell % 14)];
    for (const at of [row * 28 + column, row * 28 + column + 1]) {
      pixels[at] = 255;
      pixels[at + 28] = 255;
    }
  }
  return pixels;
}

const CONSTANT = AXES * Math.log(0.5) + (SIZE - AXES) * Math.log(0.1);

test('the distance divides by the variance along an axis, and by the rest elsewhere', () => {
  const calibration = new Calibration(values());
  const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-3, `${found}`);
  near(calibration.distance(imageWith()), CONSTANT);
  near(calibration.distance(imageWith(3)), CONSTANT + 1 / 0.5);
  near(calibration.distance(imageWith(100)), CONSTANT + 1 / 0.1);
});

test('an answer is uncertain above the threshold, and its confidence is the tempered one', () => {
  const calibration = new Calibration(values({ distance: [CONSTANT, CONSTANT + 10] }));
  const sure = Float32Array.of(0.9, 0.1);
  const near = calibration.mark(imageWith(3), sure);
  assert.equal(near.uncertain, false);
  assert.ok(Math.abs(near.confidence - 0.75) < 1e-6);
  const far = calibration.mark(imageWith(100, 101, 102), sure);
  assert.equal(far.uncertain, true);
  assert.ok(Math.abs(far.score - (3 + 0.5 * 0.562335) / 2) < 1e-3, `${far.score}`);
});

test('a blank image is not uncertain', () => {
  const calibration = new Calibration(values({ threshold: 1e-9 }));
  const faint = new Uint8Array(784).fill(25);
  assert.ok(isBlank(faint) && !isBlank(Uint8Array.of(...faint.subarray(1), 26)));
  assert.equal(calibration.mark(faint, Float32Array.of(0.5, 0.5)).uncertain, false);
});

test('without a usable file there is no calibration', async () => {
  const files = {
    'calibration.json': JSON.stringify(values()),
    'other.json': JSON.stringify(values({ format: 2 })),
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
