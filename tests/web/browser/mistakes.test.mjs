/** The mistakes of a trained network on Train, in a real browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, openPage, sharedPage, trainAndTest, useBrowser } from './browser.mjs';

useBrowser();

const tested = sharedPage(async () => {
  const page = await openPage('#train');
  await trainAndTest(page);
  return page;
});

/** Returns a page with a tested network, which shows the surest mistakes. */
async function openTested() {
  const page = await tested();
  if (await page.isVisible('#all-mistakes')) {
    await page.click('#all-mistakes');
  }
  return page;
}

/** Returns what each shown example says: answer, label, and their probabilities in percent. */
async function examples(page) {
  const labels = await page.$$eval('#answers button', (all) =>
    all.map((one) => one.getAttribute('aria-label')),
  );
  return labels.map((label) => {
    const [answer, share, right, rightShare] = label.match(/[\d.]+(?=[,%])/g).map(Number);
    return { answer, share, label: right, labelShare: rightShare };
  });
}

const shown = (page) => page.textContent('#answers-shown');
const descending = (values) => [...values].sort((one, other) => other - one);

test('mistakes come with the surest first, and all of them can be seen', async () => {
  const page = await openTested();
  const mistakes = Number((await shown(page)).match(/of ([\d,]+)/)[1].replace(',', ''));
  assert.equal(await shown(page), `Mistakes 1 to 24 of ${mistakes}, the surest first.`);
  const all = [];
  while (all.length < mistakes) {
    all.push(...(await examples(page)));
    await page.click('#other-answers');
  }
  assert.equal(all.length, mistakes);
  const shares = all.map(({ share }) => share);
  assert.deepEqual(shares, descending(shares));
  assert.ok(all.every(({ answer, label }) => answer !== label));
  assert.ok(all.every(({ share, labelShare }) => share >= labelShare));
  assert.match(await shown(page), /^Mistakes 1 to 24 /);
});

test('a number of the matrix opens exactly its images', async () => {
  const page = await openTested();
  const cells = page.locator('#confusion td.mistaken button');
  const cell = cells.nth(Math.floor((await cells.count()) / 2));
  const [, label, answer, count] = (await cell.getAttribute('aria-label')).match(
    /^label (\d), answer (\d): (\d+)$/,
  );
  await cell.click();
  assert.equal(await cell.getAttribute('aria-pressed'), 'true');
  const last = Math.min(24, count);
  assert.equal(
    await shown(page),
    `Label ${label}, answer ${answer}: 1 to ${last} of ${count}, the surest first.`,
  );
  const found = await examples(page);
  assert.equal(found.length, last);
  assert.ok(found.every((one) => one.answer === +answer && one.label === +label));
  await page.click('#all-mistakes');
  assert.match(await shown(page), /^Mistakes 1 to 24 /);
  assert.equal(await cell.getAttribute('aria-pressed'), 'false');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'only-mistakes');

  const right = page.locator('#confusion td.right-answer button').first();
  await right.click();
  assert.match(await shown(page), /the least sure first\.$/);
  const shares = (await examples(page)).map(({ share }) => share);
  assert.deepEqual(shares, descending(shares).reverse());
});

test('the numbers of the matrix are one stop of Tab, and arrow keys move between them', async () => {
  const page = await openTested();
  assert.equal(await page.locator('#confusion button[tabindex="0"]').count(), 1);
  await page.locator('#confusion button').first().focus();
  const place = () => page.evaluate(() => JSON.stringify(document.activeElement.cell));
  assert.equal(await place(), '{"label":0,"answer":0}');
  await page.keyboard.press('ArrowDown');
  const below = JSON.parse(await place());
  assert.ok(below.answer === 0 && below.label > 0);
  await page.keyboard.press('ArrowUp');
  assert.equal(await place(), '{"label":0,"answer":0}');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await place(), '{"label":0,"answer":0}');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  assert.match(await shown(page), /^Label 0, answer [1-9]: /);
  assert.equal(await page.locator('#confusion button[tabindex="0"]').count(), 1);
});

test('a mistake opens in Draw with the same answer, its label and its maps, and on the grid', async () => {
  const page = await openTested();
  const [first] = await examples(page);
  const pixels = await page.$eval('#answers canvas', (canvas) => canvas.toDataURL());
  const maps = () => page.$$eval('#maps canvas', (all) => all.map((one) => one.toDataURL()));
  const before = await maps();
  await page.locator('#answers button').first().click();
  await page.waitForFunction(
    (answer) =>
      document.getElementById('draw-model').value === 'trained' &&
      document.getElementById('answer').textContent === answer &&
      /its label is/.test(document.getElementById('answer-note').textContent),
    String(first.answer),
  );
  assert.equal(await page.textContent('#answer'), String(first.answer));
  const note = `This is wrong: its label is ${first.label}.`;
  assert.equal(await page.textContent('#answer-note'), note);
  const best = await page.textContent('#bars .top-answer .percent');
  assert.equal(parseFloat(best), first.share);
  assert.notDeepEqual(await maps(), before);
  await page.check('[name=paper-mode][value=grid]');
  await answered(page);
  assert.equal(await page.$eval('#seen', (canvas) => canvas.toDataURL()), pixels);
  assert.equal(await page.textContent('#answer'), String(first.answer));
});
