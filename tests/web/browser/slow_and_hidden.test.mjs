/** On a slow processor, and in a hidden window; in a real Chromium. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, openPage, openTraining, paper, SEVEN, useBrowser } from './browser.mjs';

useBrowser();

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
