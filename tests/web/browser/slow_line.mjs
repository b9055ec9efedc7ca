/**
 * Measures how soon a page shows and answers over a slow line, in a real Chromium that slows its
 * own network (CDP's Network.emulateNetworkConditions), with an empty cache:
 *
 *     node tests/web/browser/slow_line.mjs ADDRESS
 *
 * By default 1.6 Mbit/s with 150 ms from request to answer, Lighthouse's slow 4G. Prints a line of
 * JSON: seconds to the first paint with content, to a paper that can be drawn on, and to the answer
 * for a line that was drawn there at once; bytes loaded until then, and in the five seconds after.
 */

import { launch } from './browser.mjs';

const [, , address, megabits = '1.6', latency = '150'] = process.argv;
const browser = await launch();
const page = await browser.newPage();
page.setDefaultTimeout(120_000);
const session = await page.context().newCDPSession(page);
let bytes = 0;
session.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength));
await session.send('Network.enable');
await session.send('Network.emulateNetworkConditions', {
  offline: false,
  latency: Number(latency),
  downloadThroughput: (Number(megabits) * 1e6) / 8,
  uploadThroughput: 750e3 / 8,
});
await page.addInitScript(() => {
  const draw = () => {
    const canvas = document.getElementById('canvas');
    const box = canvas?.getBoundingClientRect();
    if (!box?.width) {
      requestAnimationFrame(draw);
      return;
    }
    canvas.setPointerCapture = () => {};
    ['pointerdown', 'pointermove', 'pointerup'].forEach((name, at) =>
      canvas.dispatchEvent(
        new PointerEvent(name, {
          clientX: box.left + box.width / 2,
          clientY: box.top + box.height * (0.2 + 0.3 * at),
          isPrimary: true,
        }),
      ),
    );
    if (!document.getElementById('canvas-hint').hidden) {
      // The paper does not draw yet.
      requestAnimationFrame(draw);
      return;
    }
    globalThis.drawnAt = performance.now();
    const watch = () => {
      if (document.getElementById('answer').textContent) {
        globalThis.answeredAt = performance.now();
      } else {
        requestAnimationFrame(watch);
      }
    };
    watch();
  };
  draw();
});
await page.goto(address, { waitUntil: 'commit' });
await page.waitForFunction(() => globalThis.answeredAt);
const atAnswer = bytes;
const found = await page.evaluate(() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  drawn: globalThis.drawnAt,
  answer: globalThis.answeredAt,
}));
await page.waitForTimeout(5000);
const seconds = (milliseconds) => Number((milliseconds / 1000).toFixed(1));
console.log(
  JSON.stringify({
    ...Object.fromEntries(Object.entries(found).map(([name, at]) => [name, seconds(at)])),
    bytes: atAnswer,
    bytesAfter: bytes - atAnswer,
  }),
);
await browser.close();
