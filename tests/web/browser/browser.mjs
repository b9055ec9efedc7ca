/**
 * Starts a real browser, and checks in every test of the pages that its console shows no errors
 * or warnings, and that no request leaves the origin.
 *
 * CNN_MNIST_WEB_ADDRESS is the address that scripts/web printed. CNN_MNIST_BROWSER is 'chromium',
 * 'firefox', or 'webkitgtk'; CNN_MNIST_CHROMIUM, CNN_MNIST_FIREFOX and CNN_MNIST_WEBKITGTK
 * (WebKitWebDriver) are their programs, by default Debian's. With CNN_MNIST_LATE the pages hear of
 * things late (late.js), which finds tests that look too early. CNN_MNIST_SLOW_MO delays each command
 * to Chromium by so many milliseconds, which finds tests that act on what has passed by then.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, firefox } from 'playwright-core';
import { launch as launchWebKitGtk } from './webkitgtk.mjs';

export const ADDRESS = process.env.CNN_MNIST_WEB_ADDRESS;
const PATIENCE = 60_000;
const LATE = fileURLToPath(new URL('late.js', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
// Chromium itself warns when a page asks for WebGPU and there is no graphics processor.
const NO_ADAPTER = /^(No available adapters\.|Failed to create WebGPU Context Provider)$/;
const ALL_RULES = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};
/** Of these, the rules about colours: all that a theme can change. */
const COLOR_RULES = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

const LAUNCHERS = {
  // Chromium's sandbox does not work as root, as in a container.
  chromium: (args) => {
    const executablePath = process.env.CNN_MNIST_CHROMIUM ?? '/usr/bin/chromium';
    const slowMo = Number(process.env.CNN_MNIST_SLOW_MO ?? 0);
    return chromium.launch({ executablePath, slowMo, args: ['--no-sandbox', ...args] });
  },
  // The channel is for Mozilla's own Firefox, by WebDriver BiDi; the default is a changed one.
  firefox: () => {
    const executablePath = process.env.CNN_MNIST_FIREFOX ?? '/usr/bin/firefox-esr';
    return firefox.launch({ executablePath, channel: 'moz-firefox' });
  },
  webkitgtk: () => launchWebKitGtk(process.env.CNN_MNIST_WEBKITGTK ?? '/usr/bin/WebKitWebDriver'),
};

/** Starts the browser that CNN_MNIST_BROWSER names. */
export function launch(args = []) {
  return LAUNCHERS[process.env.CNN_MNIST_BROWSER ?? 'chromium'](args);
}

/**
 * Without WebGL and WebGPU, which each page would start and measure. On a machine without a
 * graphics processor that, and painting with them, takes longer than most tests.
 */
const WITHOUT_GRAPHICS = ['--disable-gpu', '--disable-software-rasterizer', '--in-process-gpu'];

let browser;
let watched = [];

/**
 * Starts the browser before the tests of a file, and checks for complaints after each test.
 * @param {{args: string[]}} options arguments of Chromium; by default it has neither WebGL nor WebGPU
 */
export function useBrowser({ args = WITHOUT_GRAPHICS } = {}) {
  before(async () => {
    browser = await launch(args);
  });
  after(() => browser.close());
  afterEach(async () => {
    const complaints = watched.flatMap((one) => one.complaints.splice(0));
    const [kept, done] = [true, false].map((is) => watched.filter((one) => one.isKept === is));
    watched = kept;
    await Promise.all(done.map(({ page }) => page.context().close()));
    assert.deepEqual(complaints, []);
  });
}

/**
 * Opens a page in a new browser context, with empty storage. Motion is reduced unless the options
 * say otherwise: bars that move take frames, for which no test waits.
 * @param {string} where such as '#train'
 * @param {object} options those of playwright's contexts; `before(page)`, called before the page is
 *   loaded; `mayComplain`, a pattern of messages that its console may show; `untilStarted`, whether
 *   to wait until models can answer
 */
export async function openPage(
  where = '#draw',
  { before: prepare, mayComplain, untilStarted = true, ...options } = {},
) {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  watch(page, mayComplain);
  if (process.env.CNN_MNIST_LATE) {
    await page.addInitScript({ path: LATE });
  }
  await prepare?.(page);
  await page.goto(ADDRESS + where);
  if (untilStarted) {
    await page.waitForSelector('html[data-started]');
  }
  return page;
}

/**
 * Returns a function that opens a page and, at later calls, returns the same one: for tests that do
 * not mind what those before them did there. It stays open to the end of the file.
 * @param {() => Promise<object>} open calls `openPage`
 */
export function sharedPage(open) {
  let opened = null;
  return () => (opened ??= open().then(keep));
}

function keep(page) {
  watched.find((one) => one.page === page).isKept = true;
  return page;
}

function watch(page, mayComplain = /^$/) {
  const complaints = [];
  const complain = (text) =>
    NO_ADAPTER.test(text) || mayComplain.test(text) || complaints.push(text);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      complain(message.text());
    }
  });
  page.on('pageerror', (error) => complain(error.stack));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(ADDRESS) && !/^(blob|data):/.test(url)) {
      complain(`asked for ${url}`);
    }
  });
  watched.push({ page, complaints, isKept: false });
}

/** @returns {Promise<number[]>} the ten probabilities that the bars show, in percent */
export function shownPercents(page) {
  return page.$$eval('#bars .percent', (cells) =>
    cells.map((cell) => parseFloat(cell.textContent)),
  );
}

/** @returns {Promise<number>} how many tensors TensorFlow.js holds once that stays for 300 ms */
export function tensors(page) {
  return page.evaluate(async () => {
    let [count, since] = [NaN, 0];
    while (performance.now() - since < 300) {
      const { numTensors } = tf.memory();
      if (numTensors !== count) {
        [count, since] = [numTensors, performance.now()];
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return count;
  });
}

/** @returns {Promise<string[]>} what axe finds wrong on the page as it is */
export function faultsOf(page) {
  return violationsOf(page, ALL_RULES);
}

/**
 * @returns {Promise<string[]>} what axe finds wrong with the colours, for a page that `faultsOf` has
 *   looked at in another theme
 */
export function colorFaultsOf(page) {
  return violationsOf(page, COLOR_RULES);
}

async function violationsOf(page, runOnly) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) {
    // The page's Content-Security-Policy would refuse a script element.
    await page.evaluate(await readFile(AXE, 'utf8'));
  }
  const { violations } = await page.evaluate(
    (only) => axe.run({ runOnly: only, resultTypes: ['violations'] }),
    runOnly,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** @returns {Promise<number>} by how many pixels the page is wider than the window */
export function tooWide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/**
 * Opens *Train*, and waits until a training can begin.
 * @param {object} settings the values of fields by their ids, such as `{epochs: 1}`
 * @param {object} options those of `openPage`
 */
export async function openTraining(settings = {}, options = {}) {
  const page = await openPage('#train', options);
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  for (const [id, value] of Object.entries(settings)) {
    await page.fill(`#${id}`, String(value));
  }
  return page;
}

/**
 * Trains one epoch on *Train*, and waits until its test is shown.
 * @param {number} [batchSize] by default the one that the page has
 */
export async function trainAndTest(page, batchSize) {
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  await page.fill('#epochs', '1');
  if (batchSize) {
    await page.fill('#batch-size', String(batchSize));
  }
  await page.click('#start');
  await page.waitForSelector('#confusion td');
}

/** Waits until the chosen model has answered the current content of the paper. */
export async function answered(page) {
  // Two frames: one until the prediction begins, one until it is shown. It can take longer.
  await page.evaluate(async (patience) => {
    const bars = document.getElementById('bars');
    const end = performance.now() + patience;
    for (let frame = 0; frame < 3 || bars.ariaBusy === 'true'; frame += 1) {
      if (performance.now() > end) {
        throw new Error(`no answer in ${patience} ms`);
      }
      await new Promise(requestAnimationFrame);
    }
  }, PATIENCE);
}

/**
 * Gives the window another size, and waits until the page has it and is laid out anew.
 * @param {{width: number, height: number}} size in CSS pixels
 */
export async function resize(page, size) {
  await page.setViewportSize(size);
  await page.waitForFunction((width) => innerWidth === width, size.width);
  await answered(page);
}

/**
 * Shows the page on a screen or on paper, and waits until it has heard of it.
 * @param {'screen' | 'print'} media
 */
export async function showOn(page, media) {
  await page.emulateMedia({ media });
  await page.waitForFunction(
    (isPrinted) => document.documentElement.classList.contains('printing') === isPrinted,
    media === 'print',
  );
}

/** @returns {(x: number, y: number) => [number, number]} maps 0 to 1 to places on the paper */
export async function paper(page) {
  const canvas = page.locator('#canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  return (x, y) => [box.x + x * box.width, box.y + y * box.height];
}

/** Draws strokes with the mouse; x and y are from 0 to 1. */
export async function draw(page, strokes) {
  const at = await paper(page);
  for (const [first, ...others] of strokes) {
    await page.mouse.move(...at(first.x, first.y));
    await page.mouse.down();
    // They arrive in this order; awaiting each one would take a frame each.
    await Promise.all(others.map(({ x, y }) => page.mouse.move(...at(x, y))));
    await page.mouse.up();
  }
}

/** @returns {(row: number, column: number) => [number, number]} the middles of the grid's squares */
export async function squares(page) {
  const grid = page.locator('#grid');
  await grid.scrollIntoViewIfNeeded();
  const box = await grid.boundingBox();
  return (row, column) => [
    box.x + ((column + 0.5) * box.width) / 28,
    box.y + ((row + 0.5) * box.height) / 28,
  ];
}

/** A seven, in strokes. */
export const SEVEN = [
  [
    { x: 0.28, y: 0.25 },
    { x: 0.5, y: 0.25 },
    { x: 0.72, y: 0.25 },
    { x: 0.6, y: 0.45 },
    { x: 0.5, y: 0.65 },
    { x: 0.44, y: 0.82 },
  ],
];
