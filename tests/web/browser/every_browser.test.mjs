/**
 * What the pages do in every browser: Chromium, Firefox, and WebKitGTK.
 *
 * The other files test in Chromium alone, and more; this one uses only what all three can be driven to.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  ADDRESS,
  answered,
  draw,
  openPage,
  openTraining,
  SEVEN,
  squares,
  useBrowser,
} from './browser.mjs';

const { CNN_MNIST_DOWNLOADS } = process.env;
const BACKENDS =
  /^Computed on the (processor|graphics processor) \((WebAssembly|WebGL|WebGPU)\)\.$/;

// With WebGL and WebGPU, which the others do without.
useBrowser({ args: [] });

/** Presses a key of a Hangul layout: its letter is not Latin, but its place is known. */
function pressHangul(page, selector, code, key) {
  return page.evaluate(
    ({ selector: wanted, ...event }) => {
      const found = document.querySelector(wanted);
      found.focus();
      found.dispatchEvent(new KeyboardEvent('keydown', { ...event, bubbles: true }));
    },
    { selector, code, key },
  );
}

const isGridSet = (page) =>
  page.evaluate(() => {
    const seen = document.getElementById('seen');
    const copy = new OffscreenCanvas(28, 28).getContext('2d', { willReadFrequently: true });
    copy.drawImage(seen, 0, 0);
    return copy.getImageData(20, 20, 1, 1).data[0] > 0;
  });

async function staysHere(page) {
  const addresses = await page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => name),
  );
  const others = addresses.filter((one) => !one.startsWith(ADDRESS) && !/^(blob|data):/.test(one));
  assert.deepEqual(others, []);
}

test('Draw answers a drawing, its grid and its keys, and explains a value', async () => {
  const page = await openPage();
  assert.match(await page.textContent('#backend'), BACKENDS);

  await draw(page, SEVEN);
  await answered(page);
  await page.waitForFunction(() => document.getElementById('answer').textContent === '7');
  await pressHangul(page, '#canvas', 'KeyE', 'ㄷ');
  assert.equal(
    await page.evaluate(() => document.querySelector('[name=tool]:checked').value),
    'eraser',
  );

  await page.selectOption('#explain-layer', { index: 1 });
  await page.waitForSelector('#explain-steps > *');
  await page.waitForFunction(() =>
    /^Map \d+, row \d+, column \d+: -?\d/.test(
      document.getElementById('explain-value').textContent,
    ),
  );

  await page.check('[name=paper-mode][value=grid]');
  await answered(page);
  assert.equal(await isGridSet(page), false);
  await page.mouse.click(...(await squares(page))(20, 20));
  await answered(page);
  assert.equal(await isGridSet(page), true);
  await pressHangul(page, '#grid', 'KeyZ', 'ㅋ');
  await answered(page);
  assert.equal(await isGridSet(page), false);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.waitForFunction(() =>
    /: [1-9]/.test(document.getElementById('grid-changes').textContent),
  );
  assert.equal(await page.evaluate(() => document.getElementById('fault').hidden), true);
  await staysHere(page);
});

/** Gathers what the page downloads; each browser puts downloads at a place of its own. */
function gatherDownloads(page) {
  return page.evaluate(() => {
    const blobs = new Map();
    const { createObjectURL } = URL;
    URL.createObjectURL = (blob) => {
      const url = createObjectURL(blob);
      blobs.set(url, blob);
      return url;
    };
    window.downloaded = [];
    const { dispatchEvent } = EventTarget.prototype;
    HTMLAnchorElement.prototype.dispatchEvent = function (event) {
      if (!this.download) {
        return dispatchEvent.call(this, event);
      }
      window.downloaded.push({ name: this.download, blob: blobs.get(this.href) });
      return true;
    };
  });
}

/** Writes what was downloaded to files, and returns their paths. */
async function gathered(page) {
  await page.waitForFunction(() => window.downloaded.length === 2);
  const files = await page.evaluate(() =>
    Promise.all(
      window.downloaded.map(async ({ name, blob }) => {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        return { name, content: btoa(String.fromCharCode(...bytes)) };
      }),
    ),
  );
  return Promise.all(
    files.map(async ({ name, content }) => {
      const path = `${CNN_MNIST_DOWNLOADS}/${name}`;
      await writeFile(path, Buffer.from(content, 'base64'));
      return path;
    }),
  );
}

test('Train trains, stops, tests, and opens the network that it downloads', async () => {
  const page = await openTraining({ epochs: 30 });
  await page.click('#start');
  await page.waitForFunction(() => document.getElementById('progress').value > 0);
  await page.click('#stop');
  await page.waitForFunction(() =>
    /^Stopped/.test(document.getElementById('training-state').textContent),
  );
  await page.waitForFunction(() =>
    /classified correctly/.test(document.getElementById('test-result').textContent),
  );

  await page.fill('#model-name', 'in every browser');
  await gatherDownloads(page);
  await page.click('#download');
  await page.setInputFiles('#model-files', await gathered(page));
  await page.waitForFunction(() =>
    /“in every browser” was opened/.test(document.getElementById('keep-result').textContent),
  );
  await page.click('#stored .load');
  await page.waitForFunction(
    () => document.getElementById('start-from').value === 'stored:in every browser',
  );
  assert.equal(await page.evaluate(() => document.getElementById('fault').hidden), true);
  await staysHere(page);
});
