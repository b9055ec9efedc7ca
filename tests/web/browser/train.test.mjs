/** The page Train, in a real browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  draw,
  faultsOf,
  openPage,
  openTraining,
  SEVEN,
  sharedPage,
  tensors,
  useBrowser,
} from './browser.mjs';

const { CNN_MNIST_DOWNLOADS } = process.env;

useBrowser();

const state = (page) => page.textContent('#training-state');
const percentOf = (text) => parseFloat(text.replace(/.*?([\d.]+)\s?%.*/s, '$1'));

async function finished(page) {
  await page.waitForFunction(() =>
    /^Finished/.test(document.getElementById('training-state').textContent),
  );
}

async function tested(page) {
  await page.waitForFunction(() =>
    /classified correctly/.test(document.getElementById('test-result').textContent),
  );
}

const untrained = sharedPage(openTraining);

const trainedOnce = sharedPage(async () => {
  const page = await openTraining({ epochs: 1 }, { acceptDownloads: true });
  await page.click('#start');
  await finished(page);
  await tested(page);
  return page;
});

test('the data are shown: samples with their labels, and how many there are', async () => {
  const page = await untrained();
  assert.match(await page.textContent('#data-facts'), /^55,000 training images and 10,000 test/);
  const labels = () => page.$$eval('#samples figcaption', (all) => all.map((c) => c.textContent));
  const before = await labels();
  assert.equal(before.length, 24);
  assert.ok(before.every((label) => /^\d$/.test(label)));
  const pictures = () => page.$$eval('#samples canvas', (all) => all.map((c) => c.toDataURL()));
  const shown = await pictures();
  assert.equal(new Set(shown).size, 24);
  await page.click('#other-samples');
  assert.notDeepEqual(await pictures(), shown);
});

test('over a slow line nothing can be pressed before it does something', async () => {
  let arrive;
  const arrived = new Promise((resolve) => (arrive = resolve));
  const page = await openPage('#train', {
    before: (page) =>
      page.route('**/train/train_page.js', async (route) => {
        await arrived;
        await route.continue();
      }),
    untilStarted: false,
  });
  await page.waitForSelector('#train-page:not([hidden])');
  assert.ok(await page.evaluate(() => document.getElementById('train-page').inert));
  await page.evaluate(() => {
    const lifted = () => (window.couldStart = !document.getElementById('start').disabled);
    new MutationObserver(lifted).observe(document.getElementById('train-page'), {
      attributeFilter: ['inert'],
    });
  });
  arrive();
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  await page.waitForFunction(() => !document.getElementById('train-page').inert);
  assert.equal(await page.evaluate(() => window.couldStart), false);
  await page.click('#other-samples');
});

test('the network is shown layer by layer, with its 5,994 parameters', async () => {
  const page = await untrained();
  const rows = await page.$$eval('#layers tbody tr', (all) =>
    all.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
  assert.deepEqual(rows[0], ['conv2d', 'Conv2D 5×5×8 valid relu', '24×24×8', '208']);
  assert.deepEqual(rows.at(-2), ['dense', 'Dense 10 softmax', '10', '2,570']);
  assert.deepEqual(rows.at(-1), ['Total', '', '', '5,994']);
});

test('one epoch of 5,500 images reaches 80 %, and the charts show it', async () => {
  const page = await trainedOnce();
  const accuracy = percentOf((await state(page)).split('accuracy').at(-1));
  assert.ok(accuracy >= 80, `validation accuracy ${accuracy} %`);
  const labels = await page.$$eval('.chart', (all) => all.map((c) => c.getAttribute('aria-label')));
  assert.match(labels[0], /^Loss of each batch: 86 values, first \d\.\d+, last \d\.\d+$/);
  assert.match(labels[3], /^Accuracy of each epoch: 1 values; .* validation last [\d.]+%$/);
  assert.equal(percentOf(labels[3].split('validation')[1]), accuracy);
  for (const chart of await page.$$('.chart canvas')) {
    const colors = await chart.evaluate(
      (canvas) =>
        new Set(
          new Uint32Array(
            canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer,
          ),
        ).size,
    );
    assert.ok(colors > 20, `a chart of ${colors} colours`);
  }
  assert.equal((await page.$$('.chart canvas')).length, 4);
});

test('test results are shown by class, as a matrix and by example', async () => {
  const page = await trainedOnce();
  const result = await page.textContent('#test-result');
  const [right, count] = result.match(/[\d,]+/g).map((text) => Number(text.replace(',', '')));
  assert.equal(count, 10_000);
  const matrix = await page.$$eval('#confusion tbody tr', (all) =>
    all.map((row) =>
      [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent.replace(',', ''))),
    ),
  );
  assert.equal(
    matrix.flat().reduce((sum, value) => sum + value),
    10_000,
  );
  assert.equal(
    matrix.reduce((sum, row, at) => sum + row[at], 0),
    right,
  );
  const classes = await page.$$eval('#by-class tbody tr', (all) =>
    all.map((row) => row.cells[1].textContent),
  );
  assert.deepEqual(
    classes.map((text) => Number(text.split(' / ')[0].replace(',', ''))),
    matrix.map((row, at) => row[at]),
  );
  assert.equal(await page.locator('#answers button').count(), 24);
  assert.equal(await page.locator('#answers button.mistake').count(), 24);
  await page.uncheck('#only-mistakes');
  assert.ok((await page.locator('#answers button.mistake').count()) < 24);
});

test('training pauses, resumes, stops, and continues from there', async () => {
  const page = await openTraining({ epochs: 3, 'batch-size': 32 });
  await page.click('#start');
  await page.waitForFunction(() =>
    /batch [5-9] of/.test(document.getElementById('training-state').textContent),
  );
  await page.click('#pause');
  await page.waitForFunction(() =>
    /Paused/.test(document.getElementById('training-state').textContent),
  );
  assert.equal(await page.textContent('#pause'), 'Resume');
  const progress = () => page.$eval('#progress', (bar) => bar.value);
  // The batch that was being computed ends.
  await page.waitForTimeout(300);
  const paused = await progress();
  await page.waitForTimeout(300);
  assert.equal(await progress(), paused);
  await page.click('#pause');
  await page.waitForFunction((was) => document.getElementById('progress').value > was, paused);
  await page.click('#stop');
  await page.waitForFunction(() =>
    /Stopped/.test(document.getElementById('training-state').textContent),
  );
  await tested(page);
  const right = percentOf((await page.textContent('#test-result')).split('correctly:')[1]);
  assert.equal(await page.textContent('#start'), 'Continue training');
  await page.fill('#epochs', '1');
  await page.fill('#batch-size', '128');
  await page.click('#start');
  await finished(page);
  await tested(page);
  const later = percentOf((await page.textContent('#test-result')).split('correctly:')[1]);
  assert.ok(later > right, `${right} %, then ${later} %`);
  await page.click('#afresh');
  assert.match(await state(page), /^Ready/);
  assert.equal(await page.textContent('#start'), 'Train');
});

test('an epoch leaves no additional tensors', async () => {
  const page = await openTraining({ epochs: 1, 'batch-size': 512 });
  await page.click('#start');
  await tested(page);
  const before = await tensors(page);
  await page.click('#start');
  await page.waitForFunction(() =>
    /Epochs done: 2/.test(document.getElementById('training-state').textContent),
  );
  await tested(page);
  assert.equal(await tensors(page), before);
});

/** Draws many short lines, which no digit has, until the page says that it is uncertain. */
async function drawHatching(page) {
  const ends = [0.2, 0.35, 0.5, 0.65, 0.8];
  const lines = ends.flatMap((y) =>
    ends.map((x) => [
      { x: x - 0.05, y: y + 0.05 },
      { x: x + 0.05, y: y - 0.05 },
    ]),
  );
  await page.click('#clear');
  await draw(page, lines);
  await page.waitForFunction(() =>
    /^Uncertain/.test(document.getElementById('answer-doubt').textContent),
  );
  await page.click('#clear');
}

test('a trained network is used in Draw, saved, found after a reload, and removed', async () => {
  const page = await openTraining({ epochs: 2 });
  await page.click('#start');
  await tested(page);
  const named = await page.evaluate(() => {
    document.getElementById('use').click();
    return document.getElementById('draw-model').value;
  });
  assert.equal(named, 'trained');
  await draw(page, SEVEN);
  await answered(page);
  assert.equal(await page.textContent('#answer'), '7');
  assert.equal(await page.textContent('#answer-doubt'), '');
  const bars = await page.textContent('#bars');
  await drawHatching(page);

  await page.click('nav a[href="#train"]');
  await page.fill('#model-name', 'sevens and more');
  await page.click('#save');
  await page.waitForFunction(() =>
    /is saved/.test(document.getElementById('keep-result').textContent),
  );
  await page.reload();
  await page.waitForSelector('html[data-started]');
  assert.match(await page.textContent('#stored'), /sevens and more/);

  await page.click('nav a[href="#draw"]');
  await page.selectOption('#draw-model', 'stored:sevens and more');
  await draw(page, SEVEN);
  await answered(page);
  await page.waitForFunction((was) => document.getElementById('bars').textContent === was, bars);
  await drawHatching(page);

  await page.click('nav a[href="#train"]');
  await page.click('#stored button >> text=Load');
  await page.waitForFunction(
    () => document.getElementById('start-from').value === 'stored:sevens and more',
  );
  await page.click('#test');
  await tested(page);
  assert.ok(percentOf((await page.textContent('#test-result')).split('correctly:')[1]) > 85);
  await page.click('#stored button >> text=Remove');
  await page.waitForFunction(() =>
    /Nothing is saved/.test(document.getElementById('stored').textContent),
  );
});

test('a trained network is downloaded as the two files that Python evaluates', async () => {
  const page = await trainedOnce();
  const downloads = [];
  page.on('download', (download) => downloads.push(download));
  await page.fill('#model-name', 'downloaded');
  await page.click('#download');
  await page.waitForFunction(() =>
    /are downloaded/.test(document.getElementById('keep-result').textContent),
  );
  while (downloads.length < 2) {
    await page.waitForTimeout(50);
  }
  const names = downloads.map((download) => download.suggestedFilename());
  assert.deepEqual(names.sort(), ['downloaded.json', 'downloaded.weights.bin']);
  for (const download of downloads) {
    await download.saveAs(`${CNN_MNIST_DOWNLOADS}/${download.suggestedFilename()}`);
  }
  // The test that runs this file checks that Python counts the same.
  const { writeFile } = await import('node:fs/promises');
  const right = (await page.textContent('#test-result')).match(/[\d,]+/)[0].replace(',', '');
  await writeFile(`${CNN_MNIST_DOWNLOADS}/right.txt`, right);
});

test('an exported model is trained further from its weights', async () => {
  const page = await openTraining({ epochs: 1 });
  const exported = await page.$$eval('#start-from option', (all) => all[1].value);
  await page.selectOption('#start-from', exported);
  await page.waitForSelector('#start-note:not([hidden])');
  await page.fill('#learning-rate', '0.0005');
  await page.click('#start');
  await finished(page);
  const [, accuracies] = await page.$$eval('.chart', (all) =>
    all.map((chart) => chart.getAttribute('aria-label')),
  );
  assert.ok(percentOf(accuracies.split('first')[1].split(',')[0]) > 85, accuracies);
  assert.ok(percentOf((await state(page)).split('accuracy').at(-1)) > 96);
});

test('while a network or data are loading, nothing can be started', async () => {
  const page = await openTraining({ epochs: 1 });
  const exported = await page.$$eval('#start-from option', (all) => all[1].value);
  await page.route('**/weights.bin', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await route.continue();
  });
  await page.selectOption('#start-from', exported);
  assert.ok(await page.isDisabled('#start'));
  assert.ok(await page.isDisabled('#start-from'));
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  assert.equal(await page.inputValue('#start-from'), exported);
});

test('a network that is saved again under the same name is replaced in Draw', async () => {
  const page = await openTraining({ epochs: 1 });
  const kept = () =>
    page.waitForFunction(() => /is saved/.test(document.getElementById('keep-result').textContent));
  await page.click('#save');
  await kept();
  await page.click('nav a[href="#draw"]');
  await page.selectOption('#draw-model', 'stored:my-digits');
  await draw(page, SEVEN);
  await answered(page);
  const untrained = await page.textContent('#bars');
  await page.click('nav a[href="#train"]');
  await page.click('#start');
  await tested(page);
  await page.click('#save');
  await kept();
  await page.click('nav a[href="#draw"]');
  await page.waitForFunction(
    (before) =>
      document.getElementById('draw-model').value === 'stored:my-digits' &&
      document.getElementById('answer').textContent === '7' &&
      document.getElementById('bars').textContent !== before,
    untrained,
  );
});

test('a removed network can be trained further, and “Start over” makes a new one', async () => {
  const page = await openTraining({ epochs: 1, 'batch-size': 512 });
  await page.click('#save');
  await page.click('#stored .load');
  await page.waitForFunction(
    () => document.getElementById('start-from').value === 'stored:my-digits',
  );
  await page.click('#stored button:not(.load)');
  await page.waitForFunction(() => document.getElementById('start-from').value === 'fresh');
  await page.click('#start');
  await tested(page);
  await page.click('#afresh');
  await page.waitForFunction(() =>
    /^Ready/.test(document.getElementById('training-state').textContent),
  );
  assert.ok(await page.isHidden('#fault'));
});

test('leaving the page asks first while training, and not otherwise', async () => {
  const page = await openTraining({ epochs: 20 });
  const asked = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.dismiss();
  });
  await page.click('#start');
  await page.waitForFunction(() => document.getElementById('progress').value > 0);
  await page.evaluate(() => setTimeout(() => location.reload(), 0));
  await page.waitForTimeout(500);
  assert.deepEqual(asked, ['beforeunload']);
  assert.ok((await page.$eval('#progress', (bar) => bar.value)) > 0);
  await page.click('#stop');
  await tested(page);
  await page.reload();
  await page.waitForSelector('html[data-started]');
  assert.deepEqual(asked, ['beforeunload']);
});

test('a wrong number is reported beside the fields, and nothing starts', async () => {
  const page = await untrained();
  for (const [id, value, expected] of [
    ['epochs', '0', 'Epochs is 0; allowed: a whole number from 1 to 1,000.'],
    ['epochs', '', 'Epochs is empty; allowed: 1 to 1,000.'],
    ['batch-size', '2.5', 'Batch size is 2.5; allowed: a whole number from 1 to 5,500.'],
    ['learning-rate', '7', 'Learning rate is 7; allowed: 0.00001 to 1.'],
  ]) {
    const right = await page.inputValue(`#${id}`);
    await page.fill(`#${id}`, value);
    await page.click('#start');
    assert.equal(await page.textContent('#settings-wrong'), expected);
    assert.equal(await page.evaluate(() => document.activeElement.id), id);
    assert.match(await state(page), /^Ready/);
    await page.fill(`#${id}`, right);
  }
  for (const name of ['', '../up', 'a/b', 'x'.repeat(61)]) {
    // The field itself does not accept more than 60 characters.
    await page.$eval('#model-name', (field, value) => (field.value = value), name);
    await page.click('#save');
    assert.match(await page.textContent('#keep-result'), /^Allowed in a name: letters/);
  }
});

test('the kernels of each convolution are shown when opened, and change while training', async () => {
  const page = await openTraining({ epochs: 1, 'batch-size': 512 });
  assert.equal(await page.locator('#kernel-pictures canvas').count(), 0);
  await page.click('#kernels summary');
  await page.waitForSelector('#kernel-pictures canvas');
  assert.deepEqual(
    await page.$$eval('#kernel-pictures figcaption', (all) => all.map((c) => c.textContent)),
    [
      'Layer conv2d: kernels of 5×5; filters: 8, input maps: 1',
      'Layer conv2d_1: kernels of 5×5; filters: 16, input maps: 8',
    ],
  );
  assert.deepEqual(await faultsOf(page), []);
  const shown = () =>
    page.$$eval('#kernel-pictures canvas', (all) => all.map((canvas) => canvas.toDataURL()));
  const before = await shown();
  await page.click('#start');
  await finished(page);
  const after = await shown();
  assert.ok(before.every((picture, at) => picture !== after[at]));
  await page.waitForFunction(() => !document.getElementById('afresh').disabled);
  await page.click('#afresh');
  await page.waitForFunction(
    (last) => document.querySelector('#kernel-pictures canvas').toDataURL() !== last,
    after[0],
  );
});
