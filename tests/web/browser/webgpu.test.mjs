/**
 * The pages with WebGPU, in a real Chromium: its graphics processor is SwiftShader, in software,
 * which is slower than WebAssembly. A faster one is a double in tests/web/backend.test.mjs.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draw, openPage, SEVEN, tensors, useBrowser } from './browser.mjs';

const FILE = /\/tf-backend-webgpu\.min\.js$/;

useBrowser({ args: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] });

/** Opens Draw; returns it and the addresses that it asked for. */
async function watched(before) {
  const asked = [];
  const page = await openPage('#draw', {
    before: async (one) => {
      one.on('request', (request) => asked.push(request.url()));
      await before?.(one);
    },
  });
  return { page, asked };
}

test('a WebGPU that predicts more slowly than WebAssembly is measured, and not taken', async () => {
  const { page, asked } = await watched();
  assert.equal(asked.filter((url) => FILE.test(url)).length, 1);
  assert.match(await page.textContent('#backend'), /\(WebAssembly\)/);
  const left = await page.evaluate(() => Object.keys(tf.engine().registry));
  assert.deepEqual(left, ['wasm']);
});

test('where WebGPU has no adapter, its backend is not loaded', async () => {
  const { page, asked } = await watched((one) =>
    one.addInitScript(() => {
      GPU.prototype.requestAdapter = async () => null;
    }),
  );
  assert.deepEqual(
    asked.filter((url) => FILE.test(url)),
    [],
  );
  assert.match(await page.textContent('#backend'), /\(WebAssembly\)/);
});

/** Waits until no prediction is under way: each takes a tenth of a second here. */
function settled(page) {
  return page.waitForTimeout(2_000);
}

test('on WebGPU a drawing is answered and explained, and leaves no tensors', async () => {
  const page = await openPage('?backend=webgpu#draw');
  assert.match(await page.textContent('#backend'), /\(WebGPU\)/);
  await draw(page, SEVEN);
  const isSeven = () => document.getElementById('answer').textContent === '7';
  await page.waitForFunction(isSeven);
  await page.selectOption('#explain-layer', { index: 1 });
  await page.waitForSelector('#explain-steps > *');
  await settled(page);
  const before = await tensors(page);
  await page.click('#clear');
  await draw(page, SEVEN);
  await page.waitForFunction(isSeven);
  await settled(page);
  assert.equal(await tensors(page), before);
});

test('on WebGPU the network of Train has all kernels of a step, and its loss falls', async () => {
  const page = await openPage('?backend=webgpu#draw');
  // Few images, by hand: in software the page's own epoch takes minutes.
  const losses = await page.evaluate(async () => {
    const { newModel } = await import(new URL('models/model.js', location.href).href);
    const model = newModel();
    model.compile({ optimizer: tf.train.adam(0.005), loss: 'categoricalCrossentropy' });
    const images = tf.randomUniform([8, 28, 28, 1], 0, 1, 'float32', 7);
    const labels = tf.oneHot(tf.range(0, 8, 1, 'int32'), 10);
    const all = [];
    for (let step = 0; step < 6; step += 1) {
      all.push(await model.trainOnBatch(images, labels));
    }
    return all;
  });
  assert.ok(losses.every(Number.isFinite), String(losses));
  assert.ok(losses.at(-1) < losses[0], String(losses));
});
