/** The pages on paper, at 200 % zoom, with large text, and with reduced motion. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  draw,
  openPage,
  resize,
  SEVEN,
  showOn,
  trainAndTest,
  useBrowser,
} from './browser.mjs';

useBrowser();

/** A4 without its margins, in CSS pixels. */
const A4 = { width: 718, height: 1047 };
/** A window of 1,280×800 at 200 % and at 400 % (WCAG 1.4.4 and 1.4.10), in CSS pixels. */
const ZOOMED = [
  { width: 640, height: 400 },
  { width: 320, height: 200 },
];

async function drawn(page) {
  await draw(page, SEVEN);
  await answered(page);
  await page.selectOption('#explain-layer', 'conv2d');
  await page.waitForSelector('#explain-steps > *');
}

const STATES = { '#draw': drawn, '#train': trainAndTest };

/** Returns what the page shows of some elements, as true or false each. */
const shown = (page, ...selectors) =>
  page.evaluate(
    (all) => all.map((one) => document.querySelector(one).checkVisibility()),
    selectors,
  );

/** Returns the visible elements whose content is wider or higher than they are, or off the page. */
function cutOff(page) {
  return page.evaluate(() => {
    const faults = [];
    for (const one of document.querySelectorAll('#page *')) {
      // The text of a field scrolls as one moves in it.
      const isMeant = one.closest('.unseen, .wide, [aria-hidden], select, input, .pixels, .u-wrap');
      if (isMeant || !one.checkVisibility({ visibilityProperty: true })) {
        continue;
      }
      const { overflowX, overflowY } = getComputedStyle(one);
      const hides = (overflow) => ['hidden', 'clip'].includes(overflow);
      const isWider = hides(overflowX) && one.scrollWidth > one.clientWidth + 1;
      const isHigher = hides(overflowY) && one.scrollHeight > one.clientHeight + 1;
      const { right, left, width } = one.getBoundingClientRect();
      const isOff = width > 0 && (right > innerWidth + 1 || left < -1);
      if (isWider || isHigher || isOff) {
        faults.push(`${one.outerHTML.slice(0, 80)}: ${[isWider, isHigher, isOff]}`);
      }
    }
    const wider = document.documentElement.scrollWidth - innerWidth;
    return [...faults, ...(wider > 0 ? [`${wider} pixels wider than the screen`] : [])];
  });
}

const colorOf = (page, selector) => page.$eval(selector, (one) => getComputedStyle(one).color);

/** Returns whether a chart has pixels of a colour, given as 'r, g, b'. */
const hasColor = (page, chart, color) =>
  page.$eval(
    `#${chart} canvas`,
    (canvas, wanted) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((_, at) => at % 4 === 0 && [...data.slice(at, at + 3)].join() === wanted);
    },
    color.replaceAll(' ', ''),
  );

test('Train on paper has the curves, the matrix and the result, without buttons, and is light', async () => {
  const page = await openPage('#train', { colorScheme: 'dark', viewport: A4 });
  await trainAndTest(page);
  const ink = await colorOf(page, 'body');
  const width = () => page.$eval('#epoch_loss .uplot', (one) => one.getBoundingClientRect().width);
  const before = await width();
  await showOn(page, 'print');
  const kept = ['#epoch_loss canvas', '#epoch-table', '#layers', '#confusion', '#test-result'];
  assert.deepEqual(
    await shown(page, ...kept),
    kept.map(() => true),
  );
  const left = ['nav', '#start', '#progress', '#save', '#own-examples', '#compare', 'summary'];
  assert.deepEqual(
    await shown(page, ...left),
    left.map(() => false),
  );
  assert.equal(await colorOf(page, 'body'), 'rgb(27, 36, 48)');
  assert.ok(await hasColor(page, 'epoch_loss', '31, 95, 168'));
  assert.deepEqual(await cutOff(page), []);
  await showOn(page, 'screen');
  assert.equal(await colorOf(page, 'body'), ink);
  assert.ok(await hasColor(page, 'epoch_loss', '143, 189, 243'));
  assert.equal(await width(), before);
  await printsAsItWas(page);
});

/** Prints a page, and checks that the charts are drawn for paper and then as before. */
async function printsAsItWas(page) {
  await page.evaluate(() => {
    globalThis.printed = [];
    const note = () => {
      const canvas = document.querySelector('#epoch_loss canvas');
      printed.push([canvas.width, document.documentElement.className]);
    };
    addEventListener('beforeprint', note);
    addEventListener('afterprint', note);
    note();
  });
  const pdf = await page.pdf({ format: 'A4' });
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  await page.waitForFunction(() => printed.length >= 3);
  const [before, during, afterwards] = await page.evaluate(() => printed);
  // Three times half a page, for sharp lines.
  assert.deepEqual(during, [1020, 'printing']);
  assert.deepEqual(afterwards, before);
}

test('Draw on paper has the paper, the answer, the maps and the explanation, without buttons', async () => {
  const page = await openPage('#draw', { colorScheme: 'dark', viewport: A4 });
  await drawn(page);
  await showOn(page, 'print');
  const kept = ['#canvas', '#answer', '#bars', '#maps canvas', '#explain-steps table'];
  assert.deepEqual(
    await shown(page, ...kept),
    kept.map(() => true),
  );
  const left = ['nav', '#undo', '#submit', '#keep-example', '#test-images', '#answer-strip'];
  assert.deepEqual(
    await shown(page, ...left),
    left.map(() => false),
  );
  assert.deepEqual(await cutOff(page), []);
});

for (const [where, fill] of Object.entries(STATES)) {
  test(`${where} at 200 % and 400 %, and with large text, in two languages: nothing is cut off`, async () => {
    const page = await openPage(where);
    await fill(page);
    for (const language of ['en', 'ko']) {
      await page.selectOption('#language', language);
      for (const size of ZOOMED) {
        await resize(page, size);
        assert.deepEqual(await cutOff(page), [], `${language}, ${size.width} pixels`);
      }
      await resize(page, { width: 1280, height: 800 });
      await setFontSize(page, '200%');
      assert.deepEqual(await cutOff(page), [], `${language}, text of 200 %`);
      await setFontSize(page, '');
    }
    await movesOnlyIfWanted(page);
  });
}

async function setFontSize(page, size) {
  await page.evaluate((wanted) => (document.documentElement.style.fontSize = wanted), size);
  await answered(page);
}

/** Checks that nothing moves by itself with reduced motion. */
async function movesOnlyIfWanted(page) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  assert.deepEqual(await moving(page), []);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  assert.deepEqual(await moving(page), ['bar']);
}

/** Returns the classes of the elements that move from one state to the next, or without end. */
async function moving(page) {
  const classes = await page.$$eval('*', (all) =>
    all
      .filter((one) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
        const isStill = transitionDuration === '0s' && animationName === 'none';
        return !isStill || scrollBehavior === 'smooth';
      })
      .map((one) => one.className),
  );
  return [...new Set(classes)];
}
