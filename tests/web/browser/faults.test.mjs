/** The page shows errors, says what to do, and goes on working. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, useBrowser } from './browser.mjs';
import { cutOff, faultOf, MISSING, missing, openWith } from './faulty.mjs';

useBrowser();

test('a missing model', async () => {
  const page = await openWith('**/models/**/model.json', missing, '#draw', MISSING);
  assert.match(await faultOf(page), /^There is no model at .*model\.json\..* reload the page\.$/);
});

test('if the newest model is damaged, the next one answers', async () => {
  let newest = null;
  const page = await openWith('**/models/**/model.json', (route) => {
    newest ??= route.request().url();
    return route.request().url() === newest ? cutOff(100)(route) : route.continue();
  });
  assert.match(await faultOf(page), /is damaged/);
  await page.waitForSelector('#bars li');
  assert.ok(!newest.endsWith(await page.inputValue('#draw-model')));
});

test('incomplete images', async () => {
  const page = await openWith('**/images.png', cutOff(100_000), '#train');
  assert.match(await faultOf(page), /^The images at .* are damaged or incomplete \(.+\)\./);
});

test('missing packages', async () => {
  const page = await openWith('**/packages/*.js', missing, '#draw', MISSING);
  assert.match(await faultOf(page), /^TensorFlow\.js is missing beside this page\./);
});

test('full storage', async () => {
  const page = await openPage('#train');
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  await page.click('#save');
  assert.match(await faultOf(page), /^The storage of this browser is full/);
});
