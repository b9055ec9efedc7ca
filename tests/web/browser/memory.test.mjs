/** What the page holds after many drawings and trainings, in a real Chromium. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, draw, openPage, openTraining, SEVEN, useBrowser } from './browser.mjs';

useBrowser();

const POINTS = SEVEN[0];
const STROKES = [[[POINTS[0], POINTS[2], POINTS[5]]], [[POINTS[1], POINTS[5]]]];

/** Returns what TensorFlow.js and JavaScript hold, after a collection of garbage. */
async function memory(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  const { numTensors, numBytes } = await page.evaluate(() => tf.memory());
  return { numTensors, numBytes, heap: usedSize };
}

function assertSame(after, before) {
  assert.equal(after.numTensors, before.numTensors);
  assert.equal(after.numBytes, before.numBytes);
  const grown = (after.heap - before.heap) / 1e6;
  assert.ok(grown < 5, `the heap of JavaScript has grown by ${grown.toFixed(1)} MB`);
}

test('after 200 drawings the page holds what it held after 20', async () => {
  const page = await openPage();
  const drawings = async (count) => {
    for (let at = 0; at < count; at += 1) {
      await draw(page, STROKES[at % STROKES.length]);
      // A click by the pointer would wait for frames.
      await page.evaluate(() => document.getElementById('clear').click());
    }
    await draw(page, SEVEN);
    await answered(page);
    return memory(page);
  };
  const before = await drawings(20);
  assertSame(await drawings(200), before);
});

async function tested(page, epochs) {
  await page.waitForFunction(
    (count) =>
      document.getElementById('training-state').textContent.includes(`Epochs done: ${count}`) &&
      /classified correctly/.test(document.getElementById('test-result').textContent) &&
      !document.getElementById('start').disabled,
    epochs,
  );
}

test('after five trainings the page holds what it held after one', async () => {
  const page = await openTraining({ epochs: 1, 'batch-size': 550 });
  const found = [];
  for (let training = 1; training <= 5; training += 1) {
    await page.click('#start');
    await tested(page, training);
    found.push(await memory(page));
  }
  assertSame(found.at(-1), found[0]);
});
