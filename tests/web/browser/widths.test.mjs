/** What Train and Draw make of the width of a window, from a phone to a projector. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, draw, openPage, resize, SEVEN, trainAndTest, useBrowser } from './browser.mjs';

const PHONE = { width: 360, height: 640 };
const PROJECTOR = { width: 1920, height: 1080 };

useBrowser();

/** Returns the tables that are wider than the page shows, of those that are shown. */
const cutTables = (page, ids) =>
  page.$$eval(ids.map((id) => `#${id}`).join(), (all) =>
    all
      .map((table) => ({ table, place: table.closest('.wide') }))
      .filter(({ place }) => place.checkVisibility() && place.scrollWidth > place.clientWidth)
      .map(({ table, place }) => `${table.id}: ${place.scrollWidth} in ${place.clientWidth}`),
  );

test('layers, classes and confusion matrix fit a phone in both languages', async () => {
  const page = await openPage('#train', { viewport: PHONE });
  await trainAndTest(page, 512);
  for (const language of ['en', 'ko']) {
    await page.selectOption('#language', language);
    assert.deepEqual(await cutTables(page, ['layers', 'by-class', 'confusion']), [], language);
  }
});

test('on a wide window the matrix lies beside the classes, in equal squares', async () => {
  const page = await openPage('#train', { viewport: PROJECTOR });
  await trainAndTest(page, 512);
  for (const width of [1200, 1920]) {
    await resize(page, { ...PROJECTOR, width });
    assert.deepEqual(await cutTables(page, ['by-class', 'confusion']), []);
    const boxes = await page.$$eval('#by-class, #confusion', (all) =>
      all.map((table) => table.getBoundingClientRect().toJSON()),
    );
    assert.ok(boxes[0].right < boxes[1].left && boxes[0].bottom > boxes[1].top);
    const widths = await page.$$eval('#confusion tbody tr:first-child td', (all) =>
      all.map((cell) => Math.round(cell.getBoundingClientRect().width)),
    );
    assert.ok(Math.max(...widths) - Math.min(...widths) <= 1, String(widths));
  }
});

test('the explanations of a dense layer and of softmax fit a phone', async () => {
  const page = await openPage('#draw', { viewport: PHONE });
  await draw(page, SEVEN);
  await answered(page);
  for (const kind of ['dense layer', 'softmax']) {
    const value = await page.$eval(
      '#explain-layer',
      (select, end) => [...select.options].find(({ text }) => text.endsWith(end)).value,
      kind,
    );
    await page.selectOption('#explain-layer', value);
    await page.waitForSelector('#explain-steps table');
    await answered(page);
    const cut = await page.$$eval('#explain-steps .wide', (all) =>
      all.filter((place) => place.scrollWidth > place.clientWidth).map((one) => one.outerHTML),
    );
    assert.deepEqual(cut, [], kind);
  }
});

test('the maps of a layer are laid out anew when the window is turned', async () => {
  const page = await openPage('#draw', { viewport: PROJECTOR });
  await draw(page, SEVEN);
  await answered(page);
  const columns = () => page.$eval('#maps figure:last-child canvas', (one) => one.dataset.columns);
  assert.equal(await columns(), '16');
  await resize(page, PHONE);
  assert.equal(await columns(), '8');
});
