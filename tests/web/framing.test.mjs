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

/** Returns a 28x28 picture as MNIST's are: its ink is 20 pixels high and centred. */
function ramp() {
  const bytes = new Uint8Array(784);
  for (let y = 4; y < 24; y++) bytes.set([40, 230 + y, 240, 50], y * 28 + 12);
  return bytes;
}

const asGrey = (bytes) => Float32Array.from(bytes, (byte) => byte / 255);

test('a picture of 28x28 that is framed as those of MNIST is unchanged', () => {
  const bytes = ramp();
  assert.deepEqual(frame(asGrey(bytes), 28, 28), bytes);
  const twin = bytes.map((byte) => 255 - byte);
  assert.deepEqual(frame(asGrey(twin), 28, 28), bytes);
});

test('a picture of 28x28 that is not in the middle is framed', () => {
  const bytes = ramp();
  const moved = new Uint8Array(784);
  moved.set(bytes.subarray(0, 784 - 2 * 28 - 5), 2 * 28 + 5);
  const framed = frame(asGrey(moved), 28, 28);
  assert.deepEqual(boxOf(framed), boxOf(bytes));
});

test('halves are rounded to even', () => {
  const grey = new Float32Array(784);
  grey.set([0.5 / 255, 1.5 / 255, 2.5 / 255, 127.5 / 255]);
  assert.deepEqual([...frame(grey, 28, 28, { digits: false }).subarray(0, 4)], [0, 2, 2, 128]);
});

test('what differs from the paper is light, whether it was light or dark', () => {
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
  assert.deepEqual(frame(rectangle(90, 90, [20, 20, 40, 70], 0.03), 90, 90), EMPTY);
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

test('a thin line becomes as wide and as strong as a stroke of MNIST', () => {
  for (const side of [300, 1200]) {
    const line = rectangle(side, side, [side / 2, side / 5, side / 2 + 1, (4 * side) / 5]);
    const framed = frame(line, side, side);
    const [left, top, right, bottom] = boxOf(framed);
    assert.deepEqual([right - left, bottom - top], [3, 20]);
    assert.ok(Math.max(...framed) >= 216);
  }
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
  // 4 wide and 20 high, so it is not resized; its centre of mass is at (1.5, 9.5).
  const framed = frame(rectangle(40, 40, [10, 10, 14, 30]), 40, 40);
  assert.deepEqual(boxOf(framed), [12, 4, 16, 24]);
});

test('a picture that is heavy at one end is not moved beyond the edge', () => {
  const foot = rectangle(40, 40, [10, 10, 11, 30], 0.2);
  for (const y of [28, 29]) foot.fill(1, y * 40 + 10, y * 40 + 30);
  assert.deepEqual(boxOf(frame(foot, 40, 40)), [5, 0, 25, 20]);
  assert.deepEqual(boxOf(frame(foot.slice().reverse(), 40, 40)), [4, 8, 24, 28]);
});

test('specks do not move a digit, and a small stroke near it belongs to it', () => {
  const clean = rectangle(90, 90, [30, 20, 50, 80]);
  const specked = clean.slice();
  specked[2 * 90 + 4] = 1;
  specked[80 * 90 + 85] = 1;
  assert.deepEqual(frame(specked, 90, 90), frame(clean, 90, 90));
  const dotted = clean.slice();
  for (let y = 5; y < 15; y++) dotted.fill(1, y * 90 + 35, y * 90 + 45);
  assert.notDeepEqual(frame(dotted, 90, 90), frame(clean, 90, 90));
});

test('ruled lines do not count, and a stroke goes on across them', () => {
  const clean = rectangle(280, 280, [130, 40, 160, 240]);
  const ruled = clean.slice();
  for (let y = 20; y < 280; y += 50) ruled.fill(1, y * 280, (y + 3) * 280);
  assert.deepEqual(boxOf(frame(ruled, 280, 280)), boxOf(frame(clean, 280, 280)));
});

test('paper that is lit from one side is even', () => {
  const lit = rectangle(280, 280, [130, 40, 160, 240]);
  for (let i = 0; i < lit.length; i++) {
    const paper = 0.9 - ((i % 280) / 280) * 0.5;
    lit[i] = paper - 0.35 * lit[i];
  }
  assert.deepEqual(
    boxOf(frame(lit, 280, 280)),
    boxOf(frame(rectangle(280, 280, [130, 40, 160, 240]), 280, 280)),
  );
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
