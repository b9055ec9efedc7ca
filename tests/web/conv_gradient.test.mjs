import assert from 'node:assert/strict';

import { growth, randomFrom, test, tf, useBackend } from './load_tf.mjs';

useBackend('wasm');

const CASES = [
  // batch, height, width, in, rows, columns, out, strides, pad
  [3, 28, 28, 1, 5, 5, 8, 1, 'valid'],
  [3, 12, 12, 8, 5, 5, 16, 1, 'valid'],
  [3, 14, 14, 4, 5, 5, 6, 1, 'same'],
  [2, 9, 7, 3, 3, 2, 5, 1, 'same'],
  [2, 9, 7, 3, 4, 3, 5, 1, 'valid'],
  [1, 5, 5, 2, 5, 5, 3, 1, 'valid'],
  [2, 6, 6, 2, 1, 1, 3, 1, 'same'],
  [2, 10, 9, 2, 3, 3, 4, 2, 'valid'],
  [2, 10, 9, 2, 3, 3, 4, 2, 'same'],
  [2, 11, 11, 2, 3, 3, 4, [3, 2], 'valid'],
  [2, 7, 7, 2, 3, 3, 4, 1, 2],
  [2, 7, 7, 2, 2, 2, 4, 1, 3],
];

function gradients([batch, height, width, inputs, rows, columns, outputs, strides, pad]) {
  const random = randomFrom(1);
  const tensor = (shape) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() - 0.5),
      shape,
    );
  return tf.tidy(() => {
    const x = tensor([batch, height, width, inputs]);
    const filter = tensor([rows, columns, inputs, outputs]);
    const forward = (x, filter) => tf.conv2d(x, filter, strides, pad);
    const dy = tensor(forward(x, filter).shape);
    return tf
      .grads(forward)([x, filter], dy)
      .map((gradient) => gradient.dataSync());
  });
}

for (const sizes of CASES) {
  test(`both gradients of a convolution ${sizes.join(' ')} equal the cpu backend's`, async () => {
    const found = gradients(sizes);
    await tf.setBackend('cpu');
    const expected = gradients(sizes);
    await tf.setBackend('wasm');
    for (const [i, of] of ['input', 'filter'].entries()) {
      assert.equal(found[i].length, expected[i].length);
      const worst = found[i].reduce(
        (most, value, k) => Math.max(most, Math.abs(value - expected[i][k])),
        0,
      );
      assert.ok(worst < 2e-5, `gradient by the ${of} is off by ${worst}`);
    }
  });
}

test('another order of dimensions is refused', () => {
  const { kernelFunc } = tf.getKernel('Conv2DBackpropFilter', 'wasm');
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 1, 1] };
  assert.throws(() => kernelFunc({ inputs: {}, attrs, backend: tf.backend() }), /NHWC, not NCHW/);
});

test('gradients leave no tensor and no memory behind', async () => {
  const grown = await growth(() => gradients([8, 28, 28, 1, 5, 5, 8, 1, 'valid']));
  assert.deepEqual(grown, { tensors: 0, bytes: 0 });
  assert.equal(tf.memory().numTensors, tf.backend().numDataIds());
});

test('registering twice changes nothing', async () => {
  const { registerConvGradient } =
    await import('../../cnn_mnist/web/pages/kernels/conv_gradient.js');
  const kernels = () =>
    ['Conv2DBackpropFilter', 'Conv2DBackpropInput'].map((name) => tf.getKernel(name, 'wasm'));
  const registered = kernels();
  registerConvGradient('wasm');
  kernels().forEach((kernel, i) => assert.equal(kernel, registered[i]));
});
