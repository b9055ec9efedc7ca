/**
 * A whole training on WebGPU, in a real Chromium: its graphics processor is SwiftShader, in software,
 * so the images are few.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, tensors, useBrowser } from './browser.mjs';

const NETWORK = 'conv 3x3x4 valid stride 2, flatten, dense 10';
const PATIENCE = 300_000;

useBrowser({ args: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] });

async function trained(page) {
  await page.click('#start');
  await page.waitForFunction(() =>
    /classified correctly/.test(document.getElementById('test-result').textContent),
  );
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  const text = await page.textContent('#test-result');
  return Number(text.match(/: ([\d.]+)%/)[1]);
}

test('on WebGPU a network is trained to its end, tested, drawn for, and leaves no tensors', async () => {
  const page = await openPage('?backend=webgpu#train');
  assert.match(await page.textContent('#backend'), /\(WebGPU\)/);
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  page.setDefaultTimeout(PATIENCE);
  await page.fill('#architecture', NETWORK);
  // The network is built once the field is left.
  await page.locator('#architecture').blur();
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  await page.fill('#epochs', '1');
  await page.fill('#batch-size', '200');
  assert.ok((await trained(page)) > 40);
  assert.match(await page.textContent('#training-state'), /^Finished/);
  const kept = await tensors(page);
  assert.ok((await trained(page)) > 50);
  assert.equal(await tensors(page), kept);
  assert.ok(await page.isHidden('#fault'));
  await page.click('#use');
  await page.click('#test-images button >> nth=0');
  await page.waitForFunction(() => document.getElementById('answer').textContent);
});
