/** The grid of 28×28 squares on Draw, in a real browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, draw, openPage, SEVEN, shownPercents, squares, useBrowser } from './browser.mjs';

useBrowser();

const GRID = '[name=paper-mode][value=grid]';
const DRAWING = '[name=paper-mode][value=drawing]';

async function openGrid(strokes = [], options = {}) {
  const page = await openPage('#draw', options);
  await draw(page, strokes);
  await answered(page);
  await page.check(GRID);
  await answered(page);
  return page;
}

/** Returns the [784] levels that the page shows as what the model sees. */
async function seen(page) {
  await answered(page);
  return page.$eval('#seen', (canvas) => {
    const copy = new OffscreenCanvas(28, 28).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, 28, 28);
    return Array.from({ length: 784 }, (_, at) => data[4 * at]);
  });
}

const bars = (page) => page.textContent('#bars');
const spoken = (page) => page.textContent('#spoken');
const changes = (page) => page.textContent('#grid-changes');

async function click(page, row, column) {
  await page.mouse.click(...(await squares(page))(row, column));
}

test('the grid begins with the pixels that the model saw, and gives the same answer', async () => {
  const page = await openPage();
  await draw(page, SEVEN);
  const [pixels, probabilities] = [await seen(page), await bars(page)];
  await page.check(GRID);
  assert.deepEqual(await seen(page), pixels);
  assert.equal(await bars(page), probabilities);
  assert.equal(await changes(page), 'Squares changed: 0.');
  assert.ok(pixels.some((level) => level > 0 && level < 255));
});

test('a click sets one square to 255 and clears it to 0; no other pixel changes', async () => {
  const page = await openGrid(SEVEN);
  const before = await seen(page);
  for (const level of [255, 0]) {
    await click(page, 24, 3);
    before[24 * 28 + 3] = level;
    assert.deepEqual(await seen(page), before);
  }
  // The answer to one square in a corner: nothing is centred or thickened.
  await page.click('#clear');
  await click(page, 0, 0);
  assert.deepEqual(await seen(page), [255, ...Array(783).fill(0)]);
  const sum = (await shownPercents(page)).reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - 100) < 1, `together ${sum} %`);
});

test('a drag sets the squares on its way, or clears them if it begins on a set one', async () => {
  const page = await openGrid();
  const drag = async (from, to) => {
    const at = await squares(page);
    await page.mouse.move(...at(...from));
    await page.mouse.down();
    await page.mouse.move(...at(...to));
    await page.mouse.up();
    return (await seen(page)).reduce((count, level) => count + (level === 255), 0);
  };
  assert.equal(await drag([5, 14], [22, 14]), 18);
  assert.equal(await page.textContent('#answer'), '1');
  assert.equal(await drag([5, 14], [10, 14]), 12);
  await page.click('#undo');
  assert.equal((await seen(page)).filter(Boolean).length, 18);
  await page.click('#undo');
  assert.ok(await page.isDisabled('#undo'));
  assert.ok(await page.isVisible('#canvas-hint'));
});

test('a finger sets squares and does not scroll the page', async () => {
  const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
  const page = await openGrid([], phone);
  const at = await squares(page);
  const session = await page.context().newCDPSession(page);
  const touch = (type, ...place) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: place.length ? [{ x: place[0], y: place[1] }] : [],
    });
  const before = await page.evaluate(() => scrollY);
  await touch('touchStart', ...at(5, 14));
  for (const row of [9, 15, 22]) {
    await touch('touchMove', ...at(row, 14));
    await answered(page);
  }
  await touch('touchEnd');
  assert.equal(await page.evaluate(() => scrollY), before);
  assert.equal((await seen(page)).filter((level) => level === 255).length, 18);
});

test('squares are set and cleared with the keyboard alone, which says where it is', async () => {
  const page = await openGrid();
  await page.focus(GRID);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'grid');
  const square = () => page.textContent('#grid-square');
  assert.equal(await square(), 'Row 15, column 15: 0');
  await page.keyboard.press('Space');
  assert.equal(await square(), 'Row 15, column 15: 255');
  await page.keyboard.press('Enter');
  assert.equal(await square(), 'Row 15, column 15: 0');
  for (let step = 0; step < 9; step += 1) {
    await page.keyboard.press('ArrowUp');
  }
  await page.keyboard.press('Space');
  for (let step = 0; step < 16; step += 1) {
    await page.keyboard.press('Shift+ArrowDown');
  }
  assert.equal(await square(), 'Row 22, column 15: 255');
  assert.equal((await seen(page)).filter(Boolean).length, 17);
  assert.equal(await page.textContent('#answer'), '1');
  await page.keyboard.press('End');
  assert.equal(await square(), 'Row 22, column 28: 0');
  await page.keyboard.press('KeyZ');
  assert.equal((await seen(page)).filter(Boolean).length, 16);
  await page.keyboard.press('Delete');
  assert.ok((await seen(page)).every((level) => level === 0));
});

test('the squares that flip an answer are counted, and can all be taken back', async () => {
  const page = await openGrid(SEVEN);
  const begun = await seen(page);
  const before = await page.textContent('#answer');
  for (let row = 27; row >= 0 && (await page.textContent('#answer')) === before; row -= 1) {
    const at = await squares(page);
    await page.mouse.move(...at(row, 0));
    await page.mouse.down();
    await page.mouse.move(...at(row, 27));
    await page.mouse.up();
    await answered(page);
  }
  const now = await page.textContent('#answer');
  assert.notEqual(now, before);
  const changed = (await seen(page)).filter((level, at) => level !== begun[at]).length;
  assert.equal(
    await changes(page),
    `Squares changed: ${changed}. Answer before: ${before}; now: ${now}.`,
  );
  await page.click('#restart');
  assert.deepEqual(await seen(page), begun);
  assert.equal(await changes(page), 'Squares changed: 0.');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'grid');
});

test('changed squares stay while the drawing does; another drawing begins the grid anew', async () => {
  const page = await openGrid(SEVEN);
  await click(page, 25, 25);
  const changed = await seen(page);
  await page.check(DRAWING);
  assert.notDeepEqual(await seen(page), changed);
  assert.equal(await page.textContent('#answer'), '7');
  await page.check(GRID);
  assert.deepEqual(await seen(page), changed);
  await page.check(DRAWING);
  const bar = [
    { x: 0.3, y: 0.5 },
    { x: 0.8, y: 0.5 },
  ];
  await draw(page, [bar]);
  const another = await seen(page);
  await page.check(GRID);
  assert.deepEqual(await seen(page), another);
});

test('a test image is taken to the grid as it is, with its label until a square changes', async () => {
  const page = await openGrid();
  const button = page.locator('#test-images button').first();
  await button.click();
  const [shown, image] = [await seen(page), await button.evaluate((one) => one.picture.framed())];
  assert.deepEqual(shown, Object.values(image));
  assert.match(await page.textContent('#answer-note'), /its label is \d\.$/);
  await click(page, 0, 0);
  await answered(page);
  assert.match(await page.textContent('#answer-note'), /%$/);
  await button.click();
  assert.deepEqual(await seen(page), shown);
});

test('without live answers Submit gives the answer, and the next change takes it away', async () => {
  for (const [mode, change] of [
    [DRAWING, (page) => draw(page, SEVEN)],
    [GRID, (page) => click(page, 12, 12)],
  ]) {
    const page = await openPage();
    await page.uncheck('#live');
    await draw(page, SEVEN);
    await page.check(mode);
    await answered(page);
    assert.equal(await page.textContent('#answer'), '');
    assert.match(await page.textContent('#answer-note'), /^Press “Submit”/);
    assert.deepEqual(await shownPercents(page), Array(10).fill(NaN));
    await page.click('#submit');
    await answered(page);
    assert.equal(await page.textContent('#answer'), '7');
    await change(page);
    await answered(page);
    assert.equal(await page.textContent('#answer'), '');
    await page.check('#live');
    await answered(page);
    assert.notEqual(await page.textContent('#answer'), '');
  }
});

test('a screen reader gets the answer to every Submit, also the same one again', async () => {
  const page = await openGrid(SEVEN);
  for (let time = 0; time < 2; time += 1) {
    await page.evaluate(() => (document.getElementById('spoken').textContent = 'before'));
    await page.focus('#submit');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() =>
      /^The model answers 7, [\d.]+%\./.test(document.getElementById('spoken').textContent),
    );
  }
  await page.click('#clear');
  await page.click('#submit');
  await page.waitForFunction(
    () => document.getElementById('spoken').textContent === 'Nothing drawn yet',
  );
  assert.equal(await spoken(page), 'Nothing drawn yet');
});
