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

/** Offers WebGL and WebGPU, which Node has not, and lets a prediction take as long as a test wants. */
async function startedWith(milliseconds) {
  const { setBackend, tidy, removeBackend } = tf;
  let current;
  const removed = [];
  const requestAdapter = async () => ('webgpu' in milliseconds ? {} : null);
  const { navigator } = globalThis;
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: { requestAdapter } },
    configurable: true,
  });
  const head = { append: (script) => script.onload() };
  globalThis.document = { createElement: () => ({}), head };
  tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);
  Object.assign(tf, {
    setBackend: async (name) => {
      current = name;
      return name in milliseconds;
    },
    removeBackend: (name) => removed.push(name),
    tidy: () => ({
      data: () => new Promise((resolve) => setTimeout(resolve, milliseconds[current])),
      dispose: () => {},
    }),
  });
  try {
    const started = await startBackend(undefined, { packages });
    assert.equal(started, current);
    return { started, removed };
  } finally {
    delete globalThis.document;
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    Object.assign(tf, { setBackend, tidy, removeBackend });
  }
}

test('of WebAssembly, WebGL and WebGPU, the one that predicts faster is chosen, whatever its name', async () => {
  assert.deepEqual(await startedWith({ wasm: 1, webgl: 40 }), {
    started: 'wasm',
    removed: ['webgl'],
  });
  assert.deepEqual(await startedWith({ wasm: 40, webgl: 1 }), {
    started: 'webgl',
    removed: ['wasm'],
  });
  assert.deepEqual(await startedWith({ wasm: 40, webgl: 60, webgpu: 1 }), {
    started: 'webgpu',
    removed: ['wasm', 'webgl'],
  });
  assert.deepEqual(await startedWith({ wasm: 1, webgpu: 40 }), {
    started: 'wasm',
    removed: ['webgpu'],
  });
  assert.deepEqual(await startedWith({ webgl: 40 }), { started: 'webgl', removed: [] });
  assert.equal(await startBackend('wasm', { packages }), 'wasm');
});
