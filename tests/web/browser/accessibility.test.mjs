/** The pages can be used by keyboard, by screen reader and on any screen. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  colorFaultsOf,
  draw,
  faultsOf,
  openPage,
  openTraining,
  resize,
  SEVEN,
  squares,
  tooWide,
  trainAndTest,
  useBrowser,
} from './browser.mjs';

const PHONE = { viewport: { width: 360, height: 740 } };
const PROJECTOR = { viewport: { width: 1920, height: 1080 } };

useBrowser();

async function drawn(page) {
  await draw(page, SEVEN);
  await answered(page);
}

async function onTheGrid(page) {
  await drawn(page);
  await page.check('[name=paper-mode][value=grid]');
  const [x, y] = (await squares(page))(3, 3);
  await page.mouse.click(x, y);
  await answered(page);
}

async function trained(page) {
  await trainAndTest(page, 512);
  await page.click('#save');
  await page.waitForSelector('#stored button');
}

const STATES = [
  ['#draw', '#draw', drawn],
  ['#draw with the grid', '#draw', onTheGrid],
  ['#train', '#train', trained],
];

for (const [state, where, fill] of STATES) {
  test(`${state} on a phone and a projector, light and dark, and by Tab`, async () => {
    const page = await openPage(where, PHONE);
    await fill(page);
    await suitsEveryScreen(page);
    await isReachedByTab(page);
  });
}

/** Checks that axe finds nothing, and that nothing is cut off. */
async function suitsEveryScreen(page) {
  for (const [name, { viewport }] of Object.entries({ phone: PHONE, projector: PROJECTOR })) {
    await resize(page, viewport);
    for (const [colorScheme, faults] of [
      ['light', faultsOf],
      ['dark', colorFaultsOf],
    ]) {
      await page.emulateMedia({ colorScheme });
      // The charts are painted anew.
      await answered(page);
      assert.deepEqual(await faults(page), [], `${colorScheme} on a ${name}`);
      const wider = await tooWide(page);
      assert.ok(wider <= 0, `${wider} pixels wider than a ${name}`);
    }
  }
}

/** Checks that Tab reaches every control, and that each shows that it has the focus. */
async function isReachedByTab(page) {
  const all = await page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'a[href], button, input, select, summary, canvas[tabindex], [role=region]',
      ),
    ]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
      // Tab reaches only the chosen radio button, and one number of the confusion matrix; arrow
      // keys reach the others.
      .filter((one) => one.type !== 'radio' || one.checked)
      .filter((one) => !one.closest('#confusion') || one.tabIndex === 0)
      .map((one, at) => (one.dataset.stop = String(at))),
  );
  await page.evaluate(() => {
    document.activeElement.blur();
    scrollTo(0, 0);
  });
  const reached = new Set();
  const unseen = [];
  for (let press = 0; press < all.length + 5; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const one = document.activeElement;
      const shown = one.closest('.button') ?? one;
      return {
        at: one.dataset.stop,
        html: one.outerHTML.slice(0, 80),
        outline: getComputedStyle(shown).outlineStyle,
      };
    });
    reached.add(stop.at);
    if (stop.at !== undefined && stop.outline === 'none') {
      unseen.push(stop.html);
    }
  }
  assert.deepEqual(
    all.filter((stop) => !reached.has(stop)),
    [],
  );
  assert.deepEqual(unseen, []);
}

test('another page is shown from its top, with the focus there', async () => {
  const page = await openPage('#train', PHONE);
  await page.evaluate(() => scrollTo(0, 900));
  await page.evaluate(() => document.querySelector('nav a[href="#draw"]').click());
  await page.waitForSelector('#draw-page:not([hidden])');
  assert.equal(await page.evaluate(() => scrollY), 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
  await page.goBack();
  assert.ok(await page.isVisible('#train-page'));
});

test('a network is trained, paused, stopped, saved and used in Draw with the keyboard alone', async () => {
  const page = await openTraining();
  const press = async (id, key) => {
    await page.waitForFunction((name) => !document.getElementById(name).disabled, id);
    await page.focus(`#${id}`);
    await page.keyboard.press(key);
  };
  const state = (pattern) =>
    page.waitForFunction(
      (source) => new RegExp(source).test(document.getElementById('training-state').textContent),
      pattern,
    );
  await page.focus('#epochs');
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.inputValue('#epochs'), '11');
  await press('start', 'Enter');
  await state('^Epoch 1 of 11');
  // The focus has moved on from the button that is now disabled.
  assert.equal(await page.evaluate(() => document.activeElement.id), 'pause');
  await press('pause', 'Space');
  await state('^Paused');
  await press('stop', 'Enter');
  await state('^Stopped');
  await press('save', 'Enter');
  await page.waitForSelector('#stored button');
  await press('use', 'Space');
  assert.equal(await page.inputValue('#draw-model'), 'trained');
});

test('the first Tab offers to skip to the content, and the page stays', async () => {
  const page = await openPage('#train');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
  assert.ok(await page.isVisible('#train-page'));
});

test('nothing moves while the user draws', async () => {
  const page = await openPage();
  await page.waitForSelector('#test-images button');
  await draw(page, [[{ x: 0.5, y: 0.5 }]]);
  await answered(page);
  const places = () =>
    page.$$eval('#draw-page .card, #draw-page button, #bars li', (all) =>
      all.map((one) => JSON.stringify(one.getBoundingClientRect())),
    );
  const before = await places();
  await drawn(page);
  assert.deepEqual(await places(), before);
});

test('a screen reader gets the answer when the user stops drawing', async () => {
  const page = await openPage();
  await drawn(page);
  await page.waitForFunction(() =>
    /^The model answers 7, [\d.]+%\.$/.test(document.getElementById('spoken').textContent),
  );
});
