import assert from 'node:assert/strict';

import { growth, randomFrom, test, tf, useBackend } from './load_tf.mjs';

useBackend('wasm');

function gradient([shape, size, strides, pad], levels) {
  const random = randomFrom(2);
  const count = tf.util.sizeFromShape(shape);
  return tf.tidy(() => {
    const values = Float32Array.from({ length: count }, () =>
      Math.max(0, Math.floor(random() * levels) / levels - 0.4),
    );
    const x = tf.tensor(values, shape);
    const forward = (x) => tf.maxPool(x, size, strides, pad);
    const outputs = forward(x).shape;
    const dy = tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(outputs) }, () => random() - 0.5),
      outputs,
    );
    return tf.grad(forward)(x, dy).dataSync();
  });
}

const CASES = [
  [[3, 24, 24, 8], 2, 2, 'valid'],
  [[2, 7, 9, 3], 2, 2, 'valid'],
  [[2, 7, 9, 3], 3, 2, 'same'],
  [[2, 8, 8, 2], [2, 3], [1, 2], 'valid'],
  [[2, 9, 9, 2], 3, 3, 1],
];

for (const sizes of CASES) {
  // With few levels, many windows hold their largest value several times.
  for (const levels of [4, 1e6]) {
    test(`the gradient of max pooling ${sizes.join(' ')} equals the cpu backend's, ${levels} levels`, async () => {
      const found = gradient(sizes, levels);
      await tf.setBackend('cpu');
      const expected = gradient(sizes, levels);
      await tf.setBackend('wasm');
      assert.equal(found.length, expected.length);
      found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6));
      assert.ok(found.some((value) => value !== 0));
    });
  }
}

test('gradients of pooling leave no tensor and no memory behind', async () => {
  const grown = await growth(() => gradient(CASES[0], 100));
  assert.deepEqual(grown, { tensors: 0, bytes: 0 });
});
