/** The page Draw from a phone to a projector: the answer stays in view. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, draw, faultsOf, openPage, resize, SEVEN, useBrowser } from './browser.mjs';

const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true };
const WINDOWS = {
  touch: [PHONE.viewport, { width: 640, height: 360 }],
  mouse: [
    { width: 1280, height: 720 },
    { width: 1920, height: 1080 },
  ],
};

useBrowser();

/** Returns which of some elements lie completely within the window. */
function inView(page, ...ids) {
  return page.evaluate(
    (names) =>
      names.filter((id) => {
        const place = document.getElementById(id);
        const { top, bottom, left, right } = place.getBoundingClientRect();
        const isWithin = top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
        return isWithin && getComputedStyle(place).visibility === 'visible';
      }),
    ids,
  );
}

/** Waits for two frames, after which the browser has reported what is in view. */
async function settled(page) {
  await answered(page);
}

for (const locale of ['en-GB', 'ko-KR']) {
  test(`on a phone paper and answer are in one view from the start, ${locale}`, async () => {
    const page = await openPage('#draw', { ...PHONE, locale });
    assert.deepEqual(await inView(page, 'canvas', 'answer-strip'), ['canvas', 'answer-strip']);
    await draw(page, SEVEN);
    await settled(page);
    assert.equal(await page.evaluate(() => scrollY), 0);
    assert.equal(await page.textContent('#answer-strip strong'), '7');
    const [paper, strip] = await page.$$eval('#canvas, #answer-strip', (both) =>
      both.map((one) => one.getBoundingClientRect().toJSON()),
    );
    assert.ok(paper.bottom <= strip.top, `${paper.bottom} is below ${strip.top}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    assert.deepEqual(await faultsOf(page), []);
  });
}

test('the strip has the bars of the answer, its judgement, and the note of an empty paper', async () => {
  const page = await openPage('#draw', PHONE);
  assert.equal(await page.textContent('#answer-strip'), 'Nothing drawn yet0123456789');
  await page.waitForSelector('#test-images button');
  await page.click('#test-images button');
  await settled(page);
  const [answer, note] = await page.$$eval('#answer-strip > :is(strong, .note)', (all) =>
    all.map((one) => one.textContent),
  );
  assert.equal(answer, await page.textContent('#answer'));
  assert.equal(note, await page.textContent('#answer-note'));
  const heights = await page.$$eval('.columns-of-bars .height', (all) =>
    all.map(({ style }) => Number(style.transform.slice(7, -1))),
  );
  assert.equal(heights.indexOf(Math.max(...heights)), Number(answer));
});

test('while TensorFlow.js is loading, one can draw already, and the answer comes by itself', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const page = await openPage('#draw', {
    ...PHONE,
    untilStarted: false,
    before: (one) =>
      one.route('**/tf.min.js', async (route) => {
        await held;
        await route.continue();
      }),
  });
  await page.waitForFunction(() => document.getElementById('clear').disabled);
  await draw(page, SEVEN);
  await page.waitForFunction(
    (note) => document.getElementById('answer-note').textContent === note,
    'The model is being loaded…',
  );
  assert.equal(await page.getAttribute('#bars', 'aria-busy'), 'true');
  assert.ok(await page.isHidden('#fault'));
  release();
  await page.waitForFunction(() => document.getElementById('answer').textContent === '7');
});

test('Draw loads neither the images to train on nor the charts', async () => {
  const asked = [];
  const page = await openPage('#draw', {
    ...PHONE,
    before: (one) => one.on('request', (request) => asked.push(request.url())),
  });
  await page.waitForSelector('#test-images button');
  const names = asked.map((url) => url.replace(/.*\//, ''));
  assert.ok(names.includes('samples.png'));
  assert.ok(!names.includes('images.png'));
  assert.ok(!names.includes('uplot.min.js'));
});

for (const [pointer, viewports] of Object.entries(WINDOWS)) {
  const sizes = viewports.map(({ width, height }) => `${width}x${height}`).join(' and ');
  test(`the answer is in view beside paper, images, maps and numbers in ${sizes}`, async () => {
    const page = await openPage('#draw', {
      viewport: viewports[0],
      hasTouch: pointer === 'touch',
    });
    await page.waitForSelector('#test-images button');
    for (const viewport of viewports) {
      await resize(page, viewport);
      for (const id of ['canvas', 'test-images', 'maps', 'explain-layer']) {
        await page.evaluate((name) => {
          document.getElementById(name).scrollIntoView({ block: 'start' });
        }, id);
        await settled(page);
        const seen = await inView(page, 'answer-line', 'answer-strip');
        assert.equal(seen.length, 1, `${viewport.width} wide, beside ${id}: ${seen}`);
      }
    }
  });
}
