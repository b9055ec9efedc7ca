import assert from 'node:assert/strict';

import { packages, test, tf } from './load_tf.mjs';
import { startBackend } from '../../cnn_mnist/web/backend.js';

test('without a graphics card, as in Node, WebAssembly is started and can be trained on', async () => {
  assert.equal(await startBackend(undefined, packages), 'wasm');
  assert.equal(tf.getBackend(), 'wasm');
  assert.ok(tf.getKernel('Conv2DBackpropFilter', 'wasm'));
});

test('a backend that is asked for is tried alone', async () => {
  assert.equal(await startBackend('cpu', packages), 'cpu');
  for (const name of ['webgl', 'abacus']) {
    await assert.rejects(startBackend(name, packages), { name: 'PageError', key: 'no_backend' });
  }
  assert.equal(await startBackend('wasm', packages), 'wasm');
});
