import assert from 'node:assert/strict';

import { packages, test, tf } from './load_tf.mjs';
import { startBackend } from '../../cnn_mnist/web/pages/models/backend.js';

test('without a graphics card, as in Node, WebAssembly is started and can be trained on', async () => {
  assert.equal(await startBackend(undefined, { packages }), 'wasm');
  assert.equal(tf.getBackend(), 'wasm');
  assert.ok(tf.getKernel('Conv2DBackpropFilter', 'wasm'));
});

test('a chosen backend is the only one that is tried', async () => {
  assert.equal(await startBackend('cpu', { packages }), 'cpu');
  for (const name of ['webgl', 'abacus']) {
    await assert.rejects(startBackend(name, { packages }), {
      name: 'PageError',
      key: 'backend_refused',
      values: { name },
    });
  }
  assert.equal(await startBackend('wasm', { packages }), 'wasm');
});

test('without a choice, no working backend is an error of its own', async () => {
  const { setBackend } = tf;
  tf.setBackend = async () => false;
  try {
    await assert.rejects(startBackend(undefined, { packages }), { key: 'no_backend' });
    await assert.rejects(startBackend('wasm', { packages }), { key: 'backend_refused' });
  } finally {
    tf.setBackend = setBackend;
  }
});
