/** The charts of Train: axes, colours, sizes, numbers, and what shows without their package. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, sharedPage, trainAndTest, useBrowser } from './browser.mjs';

useBrowser();

/** Opens Train, and writes down every text that is painted: what, and in which font. */
function openWatched(options = {}) {
  const watched = {
    ...options,
    before: async (one) => {
      await one.addInitScript(() => {
        globalThis.painted = [];
        const { fillText } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
          const chart = this.canvas.closest('figure')?.id;
          painted.push({ chart, text, size: parseInt(this.font.match(/(\d+)px/)[1], 10) });
          return fillText.call(this, text, ...place);
        };
      });
      await options.before?.(one);
    },
  };
  return openPage('#train', watched);
}

const trained = sharedPage(async () => {
  const page = await openWatched({ colorScheme: 'light' });
  await trainAndTest(page, 64);
  return page;
});

/** Returns the texts painted on a chart by an action, and then the largest font size. */
async function paintedBy(page, chart, action) {
  await page.evaluate(() => (painted.length = 0));
  await action();
  await page.waitForFunction((id) => painted.some((one) => one.chart === id), chart);
  const found = await page.evaluate((id) => painted.filter((one) => one.chart === id), chart);
  return {
    texts: [...new Set(found.map(({ text }) => text))],
    size: Math.max(...found.map(({ size }) => size)),
  };
}

/** Opens the table of a chart, which is filled a moment later, and returns the texts of its cells. */
async function numbersOf(page, chart) {
  await page.click(`#${chart} summary`);
  await page.waitForSelector(`#${chart} details tbody tr`);
  return page.$$eval(`#${chart} details tr`, (rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
}

/** Returns the colours of the pixels of a chart, as 'r, g, b', with how many there are of each. */
function colorsOf(page, chart) {
  return page.$eval(`#${chart} canvas`, (canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const counts = {};
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 255) {
        const color = [...data.slice(at, at + 3)].join(', ');
        counts[color] = (counts[color] ?? 0) + 1;
      }
    }
    return counts;
  });
}

test('a chart has whole epochs, whole percents, the colours of the theme and the numbers as a table', async () => {
  const page = await trained();
  const choose = (theme) => () => page.selectOption('#theme', theme);

  const dark = await paintedBy(page, 'epoch_accuracy', choose('dark'));
  const percents = ['0%', '20%', '40%', '60%', '80%', '100%'];
  assert.deepEqual(dark.texts, ['epoch', '0', '1', 'accuracy', ...percents]);
  const inDark = await colorsOf(page, 'epoch_accuracy');
  assert.ok(inDark['143, 189, 243'] > 100 && inDark['255, 160, 92'] > 100, JSON.stringify(inDark));
  await paintedBy(page, 'epoch_accuracy', choose('light'));
  const inLight = await colorsOf(page, 'epoch_accuracy');
  assert.ok(inLight['31, 95, 168'] > 100 && inLight['194, 83, 10'] > 100, JSON.stringify(inLight));

  const numbers = await numbersOf(page, 'epoch_loss');
  assert.deepEqual(numbers[0], ['epoch', 'training', 'validation']);
  const [epoch] = await page.$$eval('#epoch-table tbody tr', (rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
  assert.deepEqual(numbers.slice(2), [[epoch[0], epoch[1], epoch[3]]]);
  assert.equal((await numbersOf(page, 'batch_loss')).slice(1).length, 86);
});

test('the legend has the last numbers, or those under the pointer', async () => {
  const page = await trained();
  const legend = () =>
    page.$$eval('#epoch_accuracy .u-value', (all) => all.map((one) => one.textContent));
  const [at, , validation] = await legend();
  assert.equal(at, '1');
  const label = await page.getAttribute('#epoch_accuracy .chart', 'aria-label');
  assert.ok(label.endsWith(`validation last ${validation}`), label);
  await page.hover('#epoch_accuracy .u-over', { position: { x: 5, y: 50 } });
  await page.waitForFunction(
    () => document.querySelector('#epoch_accuracy .u-value').textContent === '0',
  );
  await page.hover('#epoch_accuracy figcaption');
  await page.waitForFunction(
    () => document.querySelector('#epoch_accuracy .u-value').textContent === '1',
  );
});

test('the text of a chart grows with the font size of the page', async () => {
  const page = await openWatched({ viewport: { width: 360, height: 740 } });
  await trainAndTest(page, 512);
  const once = await page.evaluate(() => painted.at(-1).size);
  const twice = await paintedBy(page, 'batch_loss', () =>
    page.evaluate(() => (document.documentElement.style.fontSize = '200%')),
  );
  assert.deepEqual([once, twice.size], [14, 27]);
  assert.ok(twice.texts.includes('0') && twice.texts.includes('batch'));
});

test('without uPlot the charts say so, the numbers are there, and it is tried once', async () => {
  const asked = [];
  const page = await openWatched({
    mayComplain: /Failed to load resource/,
    before: (one) =>
      one.route('**/uplot.min.js', (route) => {
        asked.push(route.request().url());
        return route.abort();
      }),
  });
  await trainAndTest(page, 512);
  assert.equal(await page.textContent('#epoch_loss .plot'), 'The charts could not be loaded.');
  assert.equal((await numbersOf(page, 'epoch_loss')).slice(1).length, 2);
  assert.ok(asked.length <= 3, `asked ${asked.length} times`);
});

test('charts are drawn where the browser names no language, as WebKitGTK in a locale of plain C', async () => {
  const page = await openWatched({
    before: (one) =>
      one.addInitScript(() =>
        Object.defineProperty(Navigator.prototype, 'language', { get: () => 'C' }),
      ),
  });
  await page.click('#start');
  await page.waitForSelector('#batch_loss canvas');
});
