/** Models come back: from files, from another window; a training ends as one wants. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { answered, draw, faultsOf, openPage, openTraining, SEVEN, useBrowser } from './browser.mjs';

useBrowser();

const storedNames = (page) =>
  page.$$eval('#stored li > span', (all) => all.map((one) => one.textContent.split(',')[0]));

/** Waits until the list of saved models has these names. */
async function waitForStored(page, ...names) {
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('#stored li > span')]
        .map((one) => one.textContent.split(',')[0])
        .join() === wanted.join(),
    names,
  );
}

/** Downloads the network of Train, and returns the contents of both files by name. */
async function download(page, name) {
  await page.fill('#model-name', name);
  const downloads = [];
  page.on('download', (one) => downloads.push(one));
  await page.click('#download');
  while (downloads.length < 2) {
    await page.waitForEvent('download').catch(() => {});
  }
  return Promise.all(
    downloads.map(async (one) => ({
      name: one.suggestedFilename(),
      mimeType: 'application/octet-stream',
      buffer: await readFile(await one.path()),
    })),
  );
}

async function drop(page, files) {
  const given = files.map(({ name, buffer }) => ({ name, content: buffer.toString('base64') }));
  await page.evaluate((all) => {
    const transfer = new DataTransfer();
    for (const { name, content } of all) {
      const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
  }, given);
}

test('a downloaded model opens in another browser, by the picker and by a drop', async () => {
  const here = await openPage('#train', { acceptDownloads: true });
  await here.waitForFunction(() => !document.getElementById('download').disabled);
  const files = await download(here, 'my class');
  assert.deepEqual(files.map(({ name }) => path.extname(name)).sort(), ['.bin', '.json']);

  const there = await openPage('#train');
  await there.setInputFiles('#model-files', files);
  await waitForStored(there, 'my class');
  assert.match(await there.textContent('#keep-result'), /^“my class” was opened/);
  assert.deepEqual(await faultsOf(there), []);
  await there.click('nav a[href="#draw"]');
  await drop(there, files);
  await there.waitForFunction(
    () => document.getElementById('draw-model').value === 'stored:my class 2',
  );
  await draw(there, SEVEN);
  await answered(there);
  assert.match(await there.textContent('#answer'), /^\d$/);
  assert.deepEqual((await storedNames(there)).sort(), ['my class', 'my class 2']);
});

test('half a download, or a damaged one, is refused with what helps, in both languages', async () => {
  const page = await openPage('#train');
  const half = { name: 'my-digits.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
  await page.setInputFiles('#model-files', [
    { ...half, name: 'a.weights.bin' },
    { ...half, name: 'b.weights.bin' },
  ]);
  await page.waitForSelector('#fault:not([hidden])');
  assert.match(await page.textContent('#fault p'), /consists of two files.*Given: a\.weights\.bin/);
  await page.selectOption('#language', 'ko');
  assert.match(await page.textContent('#fault p'), /두 파일로 되어 있습니다/);
  await page.selectOption('#language', 'en');
  await page.setInputFiles('#model-files', [half, { ...half, name: 'my-digits.weights.bin' }]);
  await page.waitForFunction(() =>
    /^my-digits\.json is damaged.*Download it again/.test(
      document.querySelector('#fault p').textContent,
    ),
  );
});

test('the list of saved models is the same in two windows', async () => {
  const one = await openPage('#train');
  const other = await one.context().newPage();
  await other.goto(one.url());
  await other.waitForSelector('html[data-started]');
  await one.fill('#model-name', 'shared');
  await one.click('#save');
  await waitForStored(other, 'shared');
  assert.ok(await other.$('#draw-model option[value="stored:shared"]'));
  await other.click('#stored li button:last-of-type');
  await one.waitForFunction(
    () => document.querySelector('#stored li').textContent === 'Nothing is saved yet.',
  );
});

test('Stop ends a training, and once more the test after it', async () => {
  const page = await openTraining({ epochs: 20 });
  await page.click('#start');
  await page.waitForFunction(() => document.getElementById('progress').value > 0);
  // In the page, since the test may be over before a click from here arrives.
  await page.evaluate(() => {
    const result = document.getElementById('test-result');
    const watch = new MutationObserver(() => {
      if (/test images tested/.test(result.textContent)) {
        watch.disconnect();
        document.getElementById('stop').click();
      }
    });
    watch.observe(result, { childList: true, characterData: true, subtree: true });
  });
  await page.click('#stop');
  await page.waitForFunction(
    () => document.getElementById('test-result').textContent === 'The test was left out.',
  );
  assert.ok(await page.isDisabled('#stop'));
  assert.ok(await page.isEnabled('#start'));
  assert.ok(await page.isHidden('#test-tables'));
});

test('leaving asks first as soon as a training is being prepared', async () => {
  const page = await openTraining();
  await page.click('#start');
  const isAsked = await page.evaluate(
    () => !dispatchEvent(new Event('beforeunload', { cancelable: true })),
  );
  assert.ok(isAsked);
});
