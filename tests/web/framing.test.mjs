import assert from 'node:assert/strict';
import test from 'node:test';

import { frame, framePicture, greyOf } from '../../cnn_mnist/web/pages/images/framing.js';

const EMPTY = new Uint8Array(784);

/** Returns a grey picture of a light rectangle on black. */
function rectangle(width, height, [left, top, right, bottom], value = 1) {
  const grey = new Float32Array(width * height);
  for (let y = top; y < bottom; y++) grey.fill(value, y * width + left, y * width + right);
  return grey;
}

/** Returns [left, top, right, bottom] of the content of a 28x28 picture. */
function boxOf(framed) {
  const places = [...framed.keys()].filter((i) => framed[i] > 0);
  const [xs, ys] = [places.map((i) => i % 28), places.map((i) => Math.floor(i / 28))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

function inverted(grey) {
  return grey.map((value) => 1 - value);
}

function repeated(pixel, count) {
  return Uint8ClampedArray.from({ length: count * 4 }, (_, i) => pixel[i % 4]);
}

test('a picture of 28x28 is unchanged', () => {
  const bytes = Uint8Array.from({ length: 784 }, (_, i) => (i * 7) % 128);
  assert.deepEqual(
    frame(
      Float32Array.from(bytes, (byte) => byte / 255),
      28,
      28,
    ),
    bytes,
  );
});

test('halves are rounded to even', () => {
  const grey = new Float32Array(784);
  grey.set([0.5 / 255, 1.5 / 255, 2.5 / 255, 127.5 / 255]);
  assert.deepEqual([...frame(grey, 28, 28).subarray(0, 4)], [0, 2, 2, 128]);
});

test('a picture is inverted if most of its border is light', () => {
  const light = rectangle(28, 28, [10, 5, 14, 20]);
  assert.deepEqual(frame(inverted(light), 28, 28), frame(light, 28, 28));
  const large = rectangle(280, 280, [100, 50, 140, 200]);
  assert.deepEqual(frame(inverted(large), 280, 280), frame(large, 280, 280));
});

test('always and never invert are options', () => {
  const light = rectangle(28, 28, [10, 5, 14, 20]);
  const dark = inverted(light);
  const as = (grey, invert) => frame(grey, 28, 28, { invert });
  assert.deepEqual(as(light, 'always'), as(dark, 'never'));
  assert.deepEqual(as(dark, 'always'), as(light, 'never'));
  assert.notDeepEqual(as(light, 'always'), as(light, 'never'));
});

test('an empty picture, light, dark or nearly even, becomes zeros', () => {
  for (const value of [0, 0.5, 1]) {
    assert.deepEqual(frame(new Float32Array(280 * 280).fill(value), 280, 280), EMPTY);
  }
  assert.deepEqual(frame(rectangle(90, 90, [20, 20, 40, 70], 0.09), 90, 90), EMPTY);
});

test('a digit fills a box of 20 pixels, wherever it is drawn and however pale', () => {
  for (const [left, top] of [
    [0, 1],
    [100, 60],
    [220, 99],
  ]) {
    for (const value of [0.2, 1]) {
      const framed = frame(rectangle(280, 280, [left, top, left + 60, top + 180], value), 280, 280);
      const [x, y, right, bottom] = boxOf(framed);
      assert.deepEqual([right - x, bottom - y], [7, 20]);
      assert.equal(Math.max(...framed), 255);
    }
  }
});

test('the size in the box is rounded half to even', () => {
  const widthIn = (width) => {
    const [left, , right] = boxOf(frame(rectangle(90, 90, [5, 5, 5 + width, 45]), 90, 90));
    return right - left;
  };
  assert.deepEqual([5, 7, 9, 11].map(widthIn), [2, 4, 4, 6]);
});

test('a thin line stays one pixel wide', () => {
  const framed = frame(rectangle(300, 300, [150, 9, 151, 290]), 300, 300);
  const [left, top, right, bottom] = boxOf(framed);
  assert.deepEqual([right - left, bottom - top], [1, 20]);
});

test('the centre of mass is on pixel 14', () => {
  // Heavy at the bottom: a foot under a thin stem.
  const grey = rectangle(200, 200, [95, 20, 105, 180]);
  for (let y = 160; y < 180; y++) grey.fill(1, y * 200 + 40, y * 200 + 160);
  const framed = frame(grey, 200, 200);
  let [mass, moment] = [0, 0];
  framed.forEach((value, i) => {
    mass += value;
    moment += value * Math.floor(i / 28);
  });
  assert.ok(Math.abs(moment / mass - 14) <= 0.51, `${moment / mass}`);
  assert.notEqual(boxOf(framed)[1], 4);
});

test('a centre between two pixels takes the lower one', () => {
  // 2 wide and 20 high, so it is not resized; its centre of mass is at (0.5, 9.5).
  const framed = frame(rectangle(40, 40, [10, 10, 12, 30]), 40, 40);
  assert.deepEqual(boxOf(framed), [13, 4, 15, 24]);
});

test('a picture that is heavy at one end is not moved beyond the edge', () => {
  const foot = rectangle(40, 40, [10, 10, 11, 30], 0.2);
  for (const y of [28, 29]) foot.fill(1, y * 40 + 10, y * 40 + 30);
  assert.deepEqual(boxOf(frame(foot, 40, 40)), [5, 0, 25, 20]);
  assert.deepEqual(boxOf(frame(foot.slice().reverse(), 40, 40)), [4, 8, 24, 28]);
});

test('noise below a tenth of the ink does not move a digit', () => {
  const clean = rectangle(90, 90, [30, 10, 50, 80]);
  const noisy = clean.slice();
  noisy[2 * 90 + 4] = 0.09;
  assert.deepEqual(frame(noisy, 90, 90), frame(clean, 90, 90));
  noisy[2 * 90 + 4] = 0.11;
  assert.notDeepEqual(frame(noisy, 90, 90), frame(clean, 90, 90));
});

test('a picture that is not a digit is fitted whole, in the middle', () => {
  const framed = frame(new Float32Array(56 * 30).fill(0.4), 56, 30, { digits: false });
  assert.deepEqual(boxOf(framed), [0, 6, 28, 21]);
  assert.deepEqual(new Set(framed), new Set([0, 102]));
});

test('transparency becomes white, or black if the drawing is light', () => {
  const half = (pixel) => repeated(pixel, 10).map((value, i) => (i < 20 ? 0 : value));
  assert.deepEqual([...greyOf(half([0, 0, 0, 255]), 10, 1)], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
  const ofLight = greyOf(half([255, 255, 255, 255]), 10, 1);
  assert.deepEqual([...ofLight].map(Math.round), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  assert.deepEqual([...greyOf(repeated([9, 9, 9, 0], 3), 3, 1)], [1, 1, 1]);
});

test('a half transparent pixel is mixed with the ground', () => {
  const rgba = Uint8ClampedArray.of(0, 0, 0, 255, 0, 0, 0, 51);
  assert.ok(Math.abs(greyOf(rgba, 2, 1)[1] - 0.8) < 1e-6);
});

test('green is lighter than red, and red than blue', () => {
  const rgba = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255);
  const grey = [...greyOf(rgba, 3, 1)].map((value) => value.toFixed(3));
  assert.deepEqual(grey, ['0.299', '0.587', '0.114']);
});

test('a drawing of more than 1,024 pixels a side is framed like its grey picture', () => {
  const grey = rectangle(1500, 1100, [400, 100, 600, 1000]);
  const rgba = new Uint8ClampedArray(grey.length * 4);
  grey.forEach((value, i) => rgba.fill(value * 255, i * 4, i * 4 + 3));
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  const framed = framePicture(rgba, 1500, 1100);
  const [left, top, right, bottom] = boxOf(framed);
  assert.deepEqual([right - left, bottom - top], [4, 20]);
  assert.deepEqual(frame(greyOf(rgba, 1500, 1100), 1500, 1100), framed);
});

test('a number of pixels that does not match the sizes is refused', () => {
  const message = '784 values are not 28 x 27';
  assert.throws(() => frame(new Float32Array(784), 28, 27), { name: 'RangeError', message });
  assert.throws(() => greyOf(new Uint8Array(784), 28, 28), RangeError);
});
