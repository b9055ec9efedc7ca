/** Examples of your own: kept in Draw, trained on in Train, downloaded and loaded again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  colorFaultsOf,
  draw,
  faultsOf,
  openPage,
  SEVEN,
  tooWide,
  useBrowser,
} from './browser.mjs';

const { CNN_MNIST_DOWNLOADS } = process.env;
const PHONE = { viewport: { width: 360, height: 740 } };
const ONE = [
  [
    { x: 0.5, y: 0.2 },
    { x: 0.5, y: 0.5 },
    { x: 0.5, y: 0.8 },
  ],
];

useBrowser();

async function shows(page, id, pattern) {
  await page.waitForFunction(
    ([where, source]) => new RegExp(source).test(document.getElementById(where).textContent),
    [id, pattern.source],
  );
}

async function keep(page, strokes, label) {
  await draw(page, strokes);
  await answered(page);
  await page.selectOption('#example-label', label);
  await page.click('#keep-example');
  await shows(page, 'example-kept', new RegExp(`^Kept as ${label}`));
  await page.click('#clear');
}

/** Keeps a seven as 7 and as 3, and two ones, and opens Train. */
async function kept(options = {}) {
  const page = await openPage('#draw', options);
  await keep(page, SEVEN, '7');
  await keep(page, SEVEN, '3');
  await keep(page, ONE, '1');
  await keep(page, ONE, '1');
  await page.click('nav a[href="#train"]');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  return page;
}

const captions = (page) =>
  page.$$eval('#own-examples figcaption', (all) => all.map((one) => one.textContent));

test('only a drawing of one digit with a label is kept', async () => {
  const page = await openPage('#draw');
  assert.ok(await page.isDisabled('#keep-example'));
  await page.selectOption('#example-label', '7');
  assert.ok(await page.isDisabled('#keep-example'));
  await draw(page, SEVEN);
  await answered(page);
  await page.waitForSelector('#keep-example:enabled');
  await page.selectOption('#example-label', '');
  assert.ok(await page.isDisabled('#keep-example'));
});

test('a test image comes with its label', async () => {
  const page = await openPage('#draw');
  const first = page.locator('#test-images button').first();
  const label = (await first.getAttribute('aria-label')).match(/\d$/)[0];
  await first.click();
  await page.waitForFunction(
    (expected) => document.getElementById('example-label').value === expected,
    label,
  );
  assert.ok(await page.isEnabled('#keep-example'));
});

test('examples survive a reload, are trained on, and tested before and after', async () => {
  const page = await kept();
  await page.reload();
  await page.waitForSelector('html[data-started]');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  assert.match(await page.textContent('#own-facts'), /^4 examples/);
  assert.deepEqual(await captions(page), ['1', '1', '3', '7']);
  await page.selectOption('#own-times', '100');
  await page.fill('#epochs', '1');
  await page.click('#start');
  await shows(page, 'training-state', /batch \d+ of 93:/);
  await shows(page, 'test-result', /correctly/);
  await shows(page, 'own-result', /It was trained on them/);
  // The same seven is kept under two labels, so at most three of the four can be right.
  assert.match(
    await page.textContent('#own-result'),
    /^Before this training .* of your 4 examples right: .*Now it gets 3 of 4 right: 75\.0%/,
  );
  assert.equal((await captions(page)).filter((one) => one.includes('✗')).length, 1);
  await page.uncheck('#own-used');
  await page.click('#start');
  await shows(page, 'training-state', /batch \d+ of 86:/);
  await shows(page, 'training-state', /Epochs done: 2/);
});

test('examples are downloaded, removed, and loaded again', async () => {
  const page = await kept({ acceptDownloads: true });
  const pictures = () =>
    page.$$eval('#own-examples canvas', (all) => all.map((one) => one.toDataURL()).sort());
  const before = await pictures();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click('#own-download'),
  ]);
  assert.equal(download.suggestedFilename(), 'my-examples.zip');
  const path = `${CNN_MNIST_DOWNLOADS}/my-examples.zip`;
  await download.saveAs(path);
  await page.click('#own-examples button >> nth=0');
  await shows(page, 'own-facts', /^3 examples/);
  await page.click('#own-clear');
  await shows(page, 'own-facts', /^None yet/);
  assert.ok(await page.isDisabled('#own-download'));
  await page.setInputFiles('#own-file', path);
  await shows(page, 'own-message', /^4 examples were loaded/);
  assert.deepEqual(await pictures(), before);
  await page.setInputFiles('#own-file', {
    name: 'notes.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from('no zip'),
  });
  await page.waitForSelector('#fault:not([hidden])');
  assert.match(await page.textContent('#fault'), /notes\.zip cannot be read as a ZIP file/);
});

test('axe finds nothing about the examples, light or dark, on a phone', async () => {
  const page = await kept({ colorScheme: 'light', ...PHONE });
  await page.click('#test');
  await shows(page, 'own-result', /of your 4 examples right/);
  for (const where of ['#train', '#draw']) {
    await page.click(`nav a[href="${where}"]`);
    await page.emulateMedia({ colorScheme: 'light' });
    await answered(page);
    assert.deepEqual(await faultsOf(page), [], where);
    assert.ok((await tooWide(page)) <= 0, where);
    await page.emulateMedia({ colorScheme: 'dark' });
    await answered(page);
    assert.deepEqual(await colorFaultsOf(page), [], `${where} in the dark`);
  }
});
