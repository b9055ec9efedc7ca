import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';

import { frame } from '../../cnn_mnist/web/pages/images/framing.js';
import { strokesOf } from './digit_strokes.mjs';
import { drawn } from './round_brush.mjs';

const IDX = new URL('../../cnn_mnist/data/mnist/t10k-images-idx3-ubyte.gz', import.meta.url);
const DIGITS = 100;
const SIDE = 280;

function mnist() {
  const pixels = gunzipSync(readFileSync(IDX)).subarray(16);
  return Array.from({ length: DIGITS }, (_, n) => pixels.subarray(n * 784, (n + 1) * 784));
}

function pictureOf(hasInk) {
  return Uint8Array.from({ length: 784 }, (_, i) => (hasInk(i % 28, Math.floor(i / 28)) ? 255 : 0));
}

/** Returns the mean difference of two pictures' pixels, from 0 to 255. */
function difference(one, other) {
  return one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / 784;
}

test('a bar is one stroke along its middle, as wide as the bar', () => {
  const strokes = strokesOf(pictureOf((x, y) => x >= 12 && x < 16 && y >= 4 && y < 24));
  assert.equal(strokes.length, 1);
  for (const { x } of strokes[0]) assert.ok(Math.abs(x - 0.5) < 0.03, `${x}`);
  assert.ok(Math.abs(strokes.width - 4 / 28) < 0.02, `${strokes.width}`);
});

test('a ring is one stroke that ends where it began', () => {
  const strokes = strokesOf(pictureOf((x, y) => Math.abs(Math.hypot(x - 14, y - 14) - 8) < 1.5));
  assert.equal(strokes.length, 1);
  const [first, last] = [strokes[0][0], strokes[0].at(-1)];
  assert.ok(Math.hypot(first.x - last.x, first.y - last.y) < 0.03);
});

test('no ink gives no strokes', () => {
  assert.equal(strokesOf(new Uint8Array(784)).length, 0);
});

test('a digit that is drawn and framed is similar to the original', () => {
  const digits = mnist();
  const redrawn = digits.map((digit) => {
    const strokes = strokesOf(digit);
    return frame(drawn(strokes, strokes.width, SIDE), SIDE, SIDE);
  });
  const mean = redrawn.reduce((sum, one, n) => sum + difference(one, digits[n]), 0) / DIGITS;
  // Two digits of MNIST differ by 41 on average.
  assert.ok(mean < 15, `they differ by ${mean} of 255`);
  const nearest = (one) =>
    digits
      .map((digit) => difference(one, digit))
      .reduce((best, value, n, all) => (value < all[best] ? n : best), 0);
  const found = redrawn.filter((one, n) => nearest(one) === n).length;
  assert.ok(found >= 85, `only ${found} of ${DIGITS} are nearest to their own`);
});
