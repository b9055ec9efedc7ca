/** How a value is computed, on the page Draw in a real browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  draw,
  faultsOf,
  openPage,
  resize,
  SEVEN,
  tensors,
  tooWide,
  useBrowser,
} from './browser.mjs';

useBrowser();

async function drawn(options) {
  const page = await openPage('#draw', options);
  await draw(page, SEVEN);
  await answered(page);
  return page;
}

async function choose(page, name) {
  const value = await page.$eval(
    '#explain-layer',
    (select, wanted) => [...select.options].find(({ text }) => text === wanted).value,
    name,
  );
  await page.selectOption('#explain-layer', value);
  await page.waitForSelector('#explain-steps > *');
  await answered(page);
}

const valueText = (page) => page.textContent('#explain-value');

/** Returns the numbers of the table of a sum: its terms, the sum, and after the activation. */
async function ledger(page) {
  const rows = await page.$$eval('.ledger tbody tr', (all) =>
    all.map((row) => [row.cells[0].textContent, Number(row.cells[1].textContent)]),
  );
  const at = rows.findIndex(([name]) => name === 'Sum');
  const [terms, [[, sum], ...after]] = [rows.slice(0, at), rows.slice(at)];
  return { terms: terms.map(([, term]) => term), sum, value: after.length ? after[0][1] : sum };
}

function assertSum({ terms, sum, value }) {
  const total = terms.reduce((all, term) => all + term, 0);
  assert.ok(Math.abs(total - sum) <= 0.0005 * (terms.length + 1) + 1e-9, `${total} is not ${sum}`);
  assert.ok(value === sum || value === Math.max(0, sum));
}

const brightest = (page) =>
  page.$$eval('#maps canvas', (all) =>
    all.map((canvas) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext('2d', { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      return data.filter((_, at) => at % 4 === 0).reduce((most, grey) => Math.max(most, grey), 0);
    }),
  );

test('the maps of an empty paper are nearly black, and those of a drawing reach white', async () => {
  const page = await openPage();
  await answered(page);
  await page.waitForSelector('#maps canvas');
  const empty = await brightest(page);
  await draw(page, SEVEN);
  await answered(page);
  const full = await brightest(page);
  empty.forEach((grey, at) => assert.ok(grey < full[at] / 2, `${grey} of ${full[at]}`));
  assert.match(await page.textContent('#maps figure p'), /^Black: 0 or less\. White: \d+\.\d\d\./);
});

test('a mouse over a map shows the pixel below it, a click holds it and lets it go', async () => {
  const page = await drawn();
  assert.ok(await page.isHidden('#explain-body'));
  const canvas = page.locator('#maps canvas').first();
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  // The first layer has eight maps of 24×24 side by side, with gaps of a pixel.
  const at = (map, row, column) => [
    box.x + ((map * 25 + column + 0.5) / 199) * box.width,
    box.y + ((row + 0.5) / 24) * box.height,
  ];
  await page.mouse.move(...at(2, 10, 7));
  await page.waitForFunction(() =>
    /^Map 3, row 11, column 8: /.test(document.getElementById('explain-value').textContent),
  );
  assertSum(await ledger(page));
  await page.evaluate(() => document.getElementById('explain-heading').scrollIntoView());
  const large = page.locator('#explain-canvas');
  const size = await large.boundingBox();
  const over = (row, column) => ({
    position: { x: ((column + 0.5) / 24) * size.width, y: ((row + 0.5) / 24) * size.height },
  });
  await large.click(over(5, 5));
  await large.hover(over(20, 20));
  await answered(page);
  assert.match(await valueText(page), /^Map 3, row 6, column 6: /);
  await large.click(over(5, 5));
  await large.hover(over(20, 20));
  await answered(page);
  assert.match(await valueText(page), /^Map 3, row 21, column 21: /);
});

test('with the keyboard alone every pixel of a layer is reached, and its terms add up', async () => {
  const page = await drawn();
  await choose(page, 'conv2d_1: convolution');
  await page.focus('#explain-part');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'explain-canvas');
  const press = async (key, times) => {
    for (let time = 0; time < times; time += 1) {
      await page.keyboard.press(key);
    }
  };
  await press('Shift+ArrowUp', 2);
  await press('Shift+ArrowLeft', 2);
  await press('PageUp', 16);
  assert.match(await page.textContent('#explain-spoken'), /^Map 1, row 1, column 1: /);
  await press('ArrowDown', 2);
  await press('ArrowRight', 3);
  await press('PageDown', 4);
  assert.match(await page.textContent('#explain-spoken'), /^Map 5, row 3, column 4: /);
  assert.equal(await page.inputValue('#explain-part'), '4');
  const found = await ledger(page);
  assertSum(found);
  // Three input maps, the other five as one, and the bias.
  assert.equal(found.terms.length, 5);
  assert.equal(found.value, Number((await valueText(page)).split(': ')[1]));
  assert.equal(await page.locator('.products .grid tbody tr').count(), 3 * 3 * 5);
});

test('a pooling marks the winner, a dense unit its strongest inputs, softmax all classes', async () => {
  const page = await drawn();
  await choose(page, 'max_pooling2d: max pooling');
  const [winner, ...all] = await page.$$eval('.grid td.marked, .grid tbody td', (cells) => [
    cells.find((cell) => cell.classList.contains('marked')).textContent,
    ...cells.map((cell) => Number(cell.textContent)),
  ]);
  assert.equal(Number(winner), Math.max(...all));
  await choose(page, 'dense: dense layer');
  assert.equal(await valueText(page), 'Logit of class 7');
  assertSum(await ledger(page));
  const logit = (await ledger(page)).sum;
  await choose(page, 'dense: softmax');
  const rows = await page.$$eval('#explain-steps tbody tr', (trs) =>
    trs.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
  assert.equal(rows.length, 11);
  assert.equal(Number(rows[7][1]), logit);
  const shown = await page.$$eval('#bars .percent', (cells) =>
    cells.map(({ textContent }) => textContent),
  );
  assert.deepEqual(
    rows.slice(0, 10).map((row) => row[3]),
    shown,
  );
});

/** Trains a network with batch normalization for one step, and opens it in Draw. */
async function drawnForNormalized(options) {
  const page = await openPage('#train', options);
  await page.waitForFunction(() => !document.getElementById('step').disabled);
  await page.fill(
    '#architecture',
    'conv 5x5x4 valid linear, batch_norm, relu, pool 4, flatten, dense 10',
  );
  await page.click('#step');
  await page.waitForFunction(() =>
    /^Paused/.test(document.getElementById('training-state').textContent),
  );
  await page.click('#use');
  await draw(page, SEVEN);
  await answered(page);
  return page;
}

test('a batch normalization and a ReLU layer are computed from the pixel before them', async () => {
  const page = await drawnForNormalized({ viewport: { width: 360, height: 740 } });
  const values = () =>
    page.$$eval('.ledger tbody tr', (all) => all.map((row) => Number(row.cells[1].textContent)));
  await choose(page, 'batch_normalization: batch normalization');
  const [x, mean, centred, variance, root, normalized, gamma, beta, value] = await values();
  const near = (one, other) => assert.ok(Math.abs(one - other) < 0.01, `${one}, not ${other}`);
  near(centred, x - mean);
  near(root ** 2, variance + 0.001);
  near(normalized * root, centred);
  near(value, normalized * gamma + beta);
  assert.ok((await valueText(page)).endsWith(`: ${value.toFixed(3)}`), await valueText(page));
  assert.deepEqual(await faultsOf(page), []);
  await choose(page, 'relu: ReLU');
  await page.focus('#explain-canvas');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  const [input, output] = await values();
  assert.equal(output, Math.max(0, input));
  assert.ok((await valueText(page)).endsWith(`: ${output.toFixed(3)}`), await valueText(page));
  assert.match(await page.textContent('#explain-steps'), /so it (stays|becomes 0)\./);
  assert.deepEqual(await faultsOf(page), []);
  const wider = await tooWide(page);
  assert.ok(wider <= 0, `${wider} pixels wider than the screen`);
});

test('the explanation follows the drawing, and leaves no tensors behind', async () => {
  const page = await drawn();
  await choose(page, 'conv2d: convolution');
  const before = [await valueText(page), await tensors(page)];
  await page.click('#clear');
  await page.waitForFunction(
    (text) => document.getElementById('explain-value').textContent !== text,
    before[0],
  );
  assert.match(await valueText(page), /^Map \d+, row \d+, column \d+: -?0\.\d+$/);
  assert.equal(await tensors(page), before[1]);
});

const PHONE = { colorScheme: 'light', width: 360 };
const DESK = { colorScheme: 'dark', width: 1200 };

test('each explanation on a phone, and dark on a desk: axe finds nothing, nothing is cut off', async () => {
  const page = await drawn({ viewport: { width: PHONE.width, height: 740 } });
  const names = await page.$$eval('#explain-layer option', (all) => all.map(({ text }) => text));
  await page.$eval('#explain-all', (details) => (details.open = true));
  for (const name of names.slice(1)) {
    await choose(page, name);
    for (const { colorScheme, width } of [PHONE, DESK]) {
      await page.emulateMedia({ colorScheme });
      await resize(page, { width, height: 740 });
      assert.deepEqual(await faultsOf(page), [], `${name} at ${width} pixels`);
      const wider = await tooWide(page);
      assert.ok(wider <= 0, `${name}: ${wider} pixels wider than ${width}`);
    }
  }
});
