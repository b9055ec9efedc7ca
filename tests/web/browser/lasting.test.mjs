/** What lasts: memory, a slow processor, a hidden window; in a real Chromium. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, draw, openPage, paper, SEVEN, useBrowser } from './browser.mjs';

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

async function openTraining(settings) {
  const page = await openPage('#train');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  for (const [id, value] of Object.entries(settings)) {
    await page.fill(`#${id}`, String(value));
  }
  return page;
}

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

test('on a processor four times as slow each move is shown, and the answer comes', async () => {
  const page = await openPage();
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const at = await paper(page);
  const drawing = () => page.$eval('#canvas', (canvas) => canvas.toDataURL());
  const [first, ...others] = SEVEN[0];
  await page.mouse.move(...at(first.x, first.y));
  await page.mouse.down();
  let last = await drawing();
  for (const { x, y } of others) {
    await page.mouse.move(...at(x, y));
    const shown = await drawing();
    assert.notEqual(shown, last);
    last = shown;
  }
  await page.mouse.up();
  await answered(page);
  assert.equal(await page.textContent('#answer'), '7');
});

test('in a hidden window training goes on, and no epoch is lost', async () => {
  const page = await openTraining({ epochs: 3, 'batch-size': 550 });
  await page.evaluate(() => {
    // What a browser does with a hidden window: no frames, slow timers, and its state. A double,
    // since Chromium without a screen hides no window.
    for (const [name, value] of [
      ['hidden', true],
      ['visibilityState', 'hidden'],
    ]) {
      Object.defineProperty(document, name, { get: () => value });
    }
    window.requestAnimationFrame = () => 0;
    const { setTimeout: wait } = window;
    window.setTimeout = (act, time = 0, ...all) => wait(act, Math.max(time, 1_000), ...all);
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.click('#start');
  const end = Date.now() + 180_000;
  const rows = () => page.locator('#epoch-table tbody tr').count();
  // playwright waits by frames, which do not come.
  while (!/^Finished/.test(await page.textContent('#training-state'))) {
    assert.ok(Date.now() < end, `${await rows()} epochs are done`);
    await page.waitForTimeout(200);
  }
  assert.match(await page.textContent('#training-state'), /Epochs done: 3/);
  assert.equal(await rows(), 3);
});
