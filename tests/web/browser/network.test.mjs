/** Train: another network, single steps, and two networks side by side, in a real browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  colorFaultsOf,
  draw,
  faultsOf,
  openTraining,
  SEVEN,
  sharedPage,
  tensors,
  tooWide,
  useBrowser,
} from './browser.mjs';

const { CNN_MNIST_DOWNLOADS } = process.env;
const PHONE = { viewport: { width: 360, height: 740 } };

useBrowser();

const opened = (options) => openTraining({ epochs: 1 }, options);
const untrained = sharedPage(opened);

const state = (page) => page.textContent('#training-state');
const wrong = (page) => page.textContent('#architecture-wrong');
const layers = (page) =>
  page.$$eval('#layers tbody tr', (all) =>
    all.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );

async function shows(page, id, pattern) {
  await page.waitForFunction(
    ([where, source]) => new RegExp(source).test(document.getElementById(where).textContent),
    [id, pattern.source],
  );
}

/** Types a network, and leaves the field. */
async function take(page, line) {
  await page.fill('#architecture', line);
  await page.press('#architecture', 'Tab');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
}

test('the table follows the line while it is typed, and a wrong line says what is allowed', async () => {
  const page = await untrained();
  await page.fill('#architecture', 'conv 3x3x4, pool 2, flatten, dense 12, dropout 0.5, dense 10');
  assert.deepEqual(await layers(page), [
    ['conv2d', 'Conv2D 3×3×4 same relu', '28×28×4', '40'],
    ['max_pooling2d', 'MaxPooling2D 2×2', '14×14×4', '0'],
    ['flatten', 'Flatten', '784', '0'],
    ['dense', 'Dense 12 relu', '12', '9,420'],
    ['dropout', 'Dropout 0.5', '12', '0'],
    ['dense_1', 'Dense 10 softmax', '10', '130'],
    ['Total', '', '', '9,590'],
  ]);
  assert.equal(await page.inputValue('#recipe'), 'own');
  for (const [line, expected] of [
    ['conv 3x3x4, dense 10', '“dense 10” needs “flatten” somewhere before it.'],
    [
      'flatten, dense 9',
      'The network must end in “dense 10”, one logit for each class, not “dense 9”.',
    ],
    [
      'flatten, dense 65536, dense 10',
      'The network has 52,101,130 parameters; allowed on this page: 10,000,000.',
    ],
  ]) {
    await page.fill('#architecture', line);
    assert.equal(await wrong(page), expected);
    await page.click('#start');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'architecture');
    assert.match(await state(page), /^Ready/);
  }
  await page.fill('#architecture', 'flatten, dense 10');
  assert.equal(await wrong(page), '');
});

test('a tutorial is one choice of network and settings, which changes to “Your own”', async () => {
  const page = await untrained();
  await page.selectOption('#recipe', 'browser');
  const settings = () =>
    page.$$eval('#initializer, #batch-size, #optimizer, #learning-rate', (all) =>
      all.map((field) => field.value),
    );
  assert.deepEqual(await settings(), ['variance_scaling', '64', 'adam', '0.005']);
  for (const [name, expected, parameters] of [
    ['tfjs', ['variance_scaling', '512', 'adam', '0.001'], '5,994'],
    ['softmax', ['zeros', '100', 'sgd', '0.5'], '7,850'],
    ['layers_tutorial', ['he_uniform', '100', 'sgd', '0.001'], '3,274,634'],
  ]) {
    await page.selectOption('#recipe', name);
    assert.deepEqual(await settings(), expected);
    assert.equal((await layers(page)).at(-1).at(-1), parameters);
    await page.waitForFunction(() => !document.getElementById('start').disabled);
  }
  await page.fill('#learning-rate', '0.1');
  assert.equal(await page.inputValue('#recipe'), 'own');
  await page.fill('#learning-rate', '0.001');
  assert.equal(await page.inputValue('#recipe'), 'layers_tutorial');
});

test('another network replaces a trained one only when it is trained', async () => {
  const page = await opened();
  await page.fill('#batch-size', '512');
  await page.click('#start');
  await shows(page, 'test-result', /correctly/);
  const before = await tensors(page);
  await take(page, 'flatten, dense 10');
  assert.equal(await page.textContent('#start'), 'Train');
  assert.ok(await page.isVisible('#network-pending'));
  assert.match(await state(page), /^Finished/);
  assert.equal(await tensors(page), before);
  // So small a network may be trained and tested between two looks at the page.
  await page.evaluate(() => (document.getElementById('test-result').textContent = 'of before'));
  await page.click('#start');
  await shows(page, 'test-result', /correctly/);
  assert.ok(await page.isHidden('#network-pending'));
  assert.match(await state(page), /Epochs done: 1,/);
  assert.equal(await page.textContent('#start'), 'Continue training');
});

test('another network is drawn for, saved, trained further, and downloaded for Python', async () => {
  const page = await opened({ acceptDownloads: true });
  await take(
    page,
    'conv 5x5x4 stride 2, batch_norm, pool 2, flatten, dense 20, dropout 0.1, dense 10',
  );
  await page.fill('#batch-size', '256');
  await page.check('#augmentation');
  await page.click('#start');
  await shows(page, 'test-result', /correctly/);
  await page.click('#use');
  await draw(page, SEVEN);
  await answered(page);
  await shows(page, 'maps', /conv2d: 4 maps of 14×14/);
  await page.selectOption('#explain-layer', 'conv2d');
  await page.waitForSelector('#explain-steps table');

  await page.click('nav a[href="#train"]');
  await page.fill('#model-name', 'downloaded');
  const downloads = [];
  page.on('download', (download) => downloads.push(download));
  await page.click('#download');
  await shows(page, 'keep-result', /are downloaded/);
  while (downloads.length < 2) {
    await page.waitForTimeout(50);
  }
  for (const download of downloads) {
    await download.saveAs(`${CNN_MNIST_DOWNLOADS}/${download.suggestedFilename()}`);
  }
  const { writeFile } = await import('node:fs/promises');
  const right = (await page.textContent('#test-result')).match(/[\d,]+/)[0].replace(',', '');
  await writeFile(`${CNN_MNIST_DOWNLOADS}/right.txt`, right);

  await page.click('#save');
  await shows(page, 'keep-result', /is saved/);
  await page.reload();
  await page.waitForSelector('html[data-started]');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  await page.click('#stored .load');
  await shows(page, 'layers', /Dropout 0\.1/);
  assert.ok(await page.isHidden('#own-network'));
  await page.fill('#epochs', '1');
  await page.fill('#batch-size', '256');
  await page.selectOption('#optimizer', 'momentum');
  await page.fill('#learning-rate', '0.01');
  await page.click('#start');
  await shows(page, 'test-result', /correctly/);
  assert.match(await state(page), /Epochs done: 1,/);
});

test('a network without convolutions says so in Draw', async () => {
  const page = await untrained();
  await page.selectOption('#recipe', 'dense');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  await page.click('#use');
  await draw(page, SEVEN);
  await answered(page);
  await shows(page, 'maps', /has no convolution/);
});

test('a single step shows its loss and what it changed, and the training goes on from there', async () => {
  const page = await opened();
  await page.fill('#batch-size', '512');
  for (const batch of [1, 2]) {
    await page.click('#step');
    await page.waitForFunction(
      (count) =>
        /Paused/.test(document.getElementById('training-state').textContent) &&
        document.querySelector('#batch_loss .chart').ariaLabel.includes(`${count} values`),
      batch,
    );
  }
  assert.match(await page.textContent('#step-result'), /the loss was \d\.\d{4}; after the step/);
  const rows = await page.$$eval('#step-table tbody tr', (all) =>
    all.map((row) => row.cells[0].textContent),
  );
  assert.deepEqual(rows.slice(0, 2), ['conv2d/kernel', 'conv2d/bias']);
  await page.click('#pause');
  await shows(page, 'training-state', /^Finished/);
});

test('two networks are compared with one click: curves, parameters and test accuracies', async () => {
  const page = await opened();
  await page.fill('#batch-size', '256');
  const before = await tensors(page);
  await page.click('#compare');
  await shows(page, 'compare-spoken', /^Test accuracy/);
  const rows = await page.$$eval('#compare-table tbody tr', (all) =>
    all.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
  assert.deepEqual(
    rows.map(([name, parameters]) => [name, parameters]),
    [
      ['Dense, one hidden layer', '101,770'],
      ['Small convolutional', '5,994'],
    ],
  );
  for (const row of rows) {
    assert.match(row.at(-1), /^[\d,]+ of 10,000: \d\d\.\d%$/);
    assert.ok(parseFloat(row[3]) > 60, row);
  }
  assert.equal(await page.locator('#compare-charts canvas').count(), 2);
  assert.match(
    await page.$eval('#compare-charts .chart', (chart) => chart.ariaLabel),
    /Dense, one hidden layer: \d\d\.\d%; Small convolutional: \d\d\.\d%$/,
  );
  assert.equal(await tensors(page), before);
  assert.match(await state(page), /^Ready/);
  await page.fill('#epochs', '50');
  await page.click('#compare');
  await shows(page, 'compare-state', /epoch 2 of 50/);
  await page.click('#compare-stop');
  await page.waitForFunction(() => !document.getElementById('compare').disabled);
  assert.equal(await tensors(page), before);
});

test('axe finds nothing, light or dark, on a phone: a wrong line, a step, a comparison', async () => {
  const page = await opened({ colorScheme: 'light', ...PHONE });
  await page.click('#own-network summary');
  await page.fill('#batch-size', '512');
  await page.click('#step');
  await shows(page, 'training-state', /Paused/);
  await page.click('#stop');
  await shows(page, 'test-result', /correctly/);
  await page.click('#compare');
  await shows(page, 'compare-spoken', /^Test accuracy/);
  await page.fill('#architecture', 'conv 5x3x8, flatten, dense 10');
  assert.deepEqual(await faultsOf(page), []);
  const wider = await tooWide(page);
  assert.ok(wider <= 0, `${wider} pixels wider than the screen`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await answered(page);
  assert.deepEqual(await colorFaultsOf(page), []);
});
