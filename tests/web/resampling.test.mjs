import assert from 'node:assert/strict';
import test from 'node:test';

import { resize } from '../../cnn_mnist/web/pages/images/resampling.js';

/** 6 wide, 5 high. */
const PICTURE = Float32Array.from({ length: 30 }, (_, n) => ((7 * n * n + 3 * n) % 11) / 10);

/** The results of tf.raw_ops.ScaleAndTranslate of TensorFlow 2.21 for PICTURE. */
const SMALL = {
  triangle: [0.4701299, 0.41477275, 0.29870138, 0.44870132, 0.33977273, 0.412987],
  keyscubic: [0.4795998, 0.42372572, 0.28431386, 0.4599333, 0.3213185, 0.42380086],
};
const LARGE_TOP_ROWS = {
  triangle: [
    0, 0.625, 0.6625, 0.1625, 0.5375, 0.41250002, 0.3, 0.3, 0.34285712, 0.43214288, 0.53392863,
    0.5696429, 0.30178577, 0.3196429, 0.27142859, 0.12857145,
  ],
  keyscubic: [
    -0.09175477, 0.71706694, 0.75887525, 0.051149182, 0.5950584, 0.43608826, 0.27896318, 0.31869292,
    0.29935914, 0.41711882, 0.57332474, 0.6033803, 0.27198327, 0.32455772, 0.26999167, 0.0781205,
  ],
};

for (const kernel of ['triangle', 'keyscubic']) {
  test(`${kernel} makes a picture smaller as TensorFlow does, to the last bit`, () => {
    assert.deepEqual(resize(PICTURE, 6, 5, 3, 2, kernel), Float32Array.from(SMALL[kernel]));
  });

  test(`${kernel} makes a picture larger as TensorFlow does, to the last bit`, () => {
    const rows = resize(PICTURE, 6, 5, 8, 7, kernel).subarray(0, 16);
    assert.deepEqual(rows, Float32Array.from(LARGE_TOP_ROWS[kernel]));
  });

  test(`${kernel} leaves a picture that has the wanted size unchanged`, () => {
    assert.deepEqual(resize(PICTURE, 6, 5, 6, 5, kernel), PICTURE);
  });
}

test('one pixel becomes a picture of its value', () => {
  assert.deepEqual(resize([0.5], 1, 1, 3, 2, 'keyscubic'), new Float32Array(6).fill(0.5));
});

test('each channel is resized as if it were alone', () => {
  const other = PICTURE.map((value) => 1 - value);
  const both = PICTURE.length * 2;
  const mixed = Float32Array.from({ length: both }, (_, i) => (i % 2 ? other : PICTURE)[i >> 1]);
  const resized = resize(mixed, 6, 5, 4, 9, 'keyscubic', 2);
  const channel = (c) => resized.filter((_, i) => i % 2 === c);
  assert.deepEqual(channel(0), resize(PICTURE, 6, 5, 4, 9, 'keyscubic'));
  assert.deepEqual(channel(1), resize(other, 6, 5, 4, 9, 'keyscubic'));
});

test('a number of pixels that does not match the sizes is refused', () => {
  const message = '30 values are not 5 x 5 x 1';
  assert.throws(() => resize(PICTURE, 5, 5, 2, 2, 'triangle'), { name: 'RangeError', message });
});
