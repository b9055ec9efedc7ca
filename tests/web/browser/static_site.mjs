/** The site that --static writes, served by any server of files below a path. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, draw, openPage, SEVEN, trainAndTest, useBrowser } from './browser.mjs';

useBrowser();

test('a site of files draws and answers, with test images, and without special headers', async () => {
  const page = await openPage();
  assert.equal(await page.evaluate(() => crossOriginIsolated), false);
  await draw(page, SEVEN);
  await answered(page);
  assert.equal(await page.textContent('#answer'), '7');
  await page.waitForSelector('#test-images button');
  await page.click('#test-images button');
  await answered(page);
  assert.match(await page.textContent('#answer-note'), /^This is (right|wrong)/);
  assert.ok(await page.isHidden('#fault'));
});

test('a site of files trains on its images and tests on its test images', async () => {
  const page = await openPage('#train');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  assert.match(await page.textContent('#data-facts'), /6,500.*1,000/);
  await trainAndTest(page, 550);
  const [, right] = (await page.textContent('#test-result')).match(/^([\d,]+) of 1,000/);
  assert.ok(Number(right.replace(',', '')) > 500, right);
});

test('a site of files whose host isolates pages does without the file for threads', async () => {
  const isolating = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  };
  const page = await openPage('#draw', {
    before: (one) =>
      one.route('**/*', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), ...isolating } });
      }),
  });
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  await draw(page, SEVEN);
  await answered(page);
  assert.equal(await page.textContent('#answer'), '7');
});
