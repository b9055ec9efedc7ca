import assert from 'node:assert/strict';

import { growth, randomFrom, test, tf, useBackend } from './load_tf.mjs';

useBackend('wasm');

function product(shapeA, shapeB, transposeA, transposeB) {
  const random = randomFrom(5);
  return tf.tidy(() => {
    const [a, b] = [shapeA, shapeB].map((shape) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() - 0.5),
        shape,
      ),
    );
    const result = tf.matMul(a, b, transposeA, transposeB);
    return { shape: result.shape, values: result.dataSync() };
  });
}

const CASES = [
  [[20, 30], [30, 11], false, false],
  [[30, 20], [30, 11], true, false],
  [[20, 30], [11, 30], false, true],
  [[30, 20], [11, 30], true, true],
  [[1, 30, 20], [1, 11, 30], true, true],
  [[3, 30, 20], [3, 11, 30], true, true],
  [[1, 30, 20], [4, 30, 11], true, false],
  [[256, 1], [256, 10], true, false],
];

for (const given of CASES) {
  test(`the product of ${given.join(' ')} equals the cpu backend's`, async () => {
    const found = product(...given);
    await tf.setBackend('cpu');
    const expected = product(...given);
    await tf.setBackend('wasm');
    assert.deepEqual(found.shape, expected.shape);
    found.values.forEach((value, i) => assert.ok(Math.abs(value - expected.values[i]) < 1e-5));
  });
}

test('products leave no tensor and no memory behind', async () => {
  const grown = await growth(() => product([300, 200], [110, 300], true, true));
  assert.deepEqual(grown, { tensors: 0, bytes: 0 });
});
