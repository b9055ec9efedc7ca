/**
 * Measures the pages in a real Chromium, while scripts/web serves them:
 *
 *     node tests/web/browser/measure.mjs http://127.0.0.1:8080/
 *
 * Prints a line of JSON: milliseconds of a prediction and from a move of the pen to the updated
 * page (median, 95th percentile), and seconds and validation accuracy of an epoch of 5,500 and of
 * all images.
 */

import { launch } from './browser.mjs';

const MOVES = 200;
const address = process.argv[2];
const browser = await launch();

async function opened(where) {
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(address + where);
  await page.waitForSelector('html[data-started]');
  return page;
}

/** Draws at random; reads the page's own time, and measures from each move to its answer. */
async function drawing() {
  const page = await opened('#draw');
  await page.waitForSelector('#test-images button');
  return page.evaluate(async (moves) => {
    const canvas = document.getElementById('canvas');
    const box = canvas.getBoundingClientRect();
    const send = (name) =>
      canvas.dispatchEvent(
        new PointerEvent(name, {
          clientX: box.left + 20 + Math.random() * 200,
          clientY: box.top + 20 + Math.random() * 200,
          isPrimary: true,
        }),
      );
    canvas.setPointerCapture = () => {};
    const time = document.getElementById('time');
    const changed = (element) =>
      new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          observer.disconnect();
          resolve(performance.now());
        }).observe(element, { childList: true });
      });
    const [predictions, updates] = [[], []];
    send('pointerdown');
    for (let move = 0; move < moves; move += 1) {
      if (move % 20 === 0) {
        send('pointerup');
        document.getElementById('clear').click();
        await new Promise(requestAnimationFrame);
        send('pointerdown');
      }
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const answered = changed(time);
      const start = performance.now();
      send('pointermove');
      updates.push((await answered) - start);
      predictions.push(parseFloat(time.textContent.match(/[\d.]+/)[0]));
    }
    const summary = (values) => {
      const sorted = [...values].slice(5).sort((one, other) => one - other);
      const at = (share) => Number(sorted[Math.floor(share * sorted.length)].toFixed(1));
      return { median: at(0.5), of95: at(0.95) };
    };
    return { first: predictions[0], prediction: summary(predictions), update: summary(updates) };
  }, MOVES);
}

async function epoch(choice) {
  const page = await opened('#train');
  await page.waitForFunction(() => !document.getElementById('start').disabled);
  await page.selectOption('#examples', { index: choice });
  await page.fill('#epochs', '1');
  await page.click('#start');
  await page.waitForSelector('#confusion td');
  const cells = await page.$$eval('#epoch-table tbody tr:first-child > *', (all) =>
    all.map((cell) => cell.textContent),
  );
  const test = await page.textContent('#test-result');
  await page.close();
  return { seconds: parseFloat(cells[5]), validation: cells[4], test };
}

const backend = await (await opened('#draw')).textContent('#backend');
const found = { backend, drawing: await drawing(), some: await epoch(0), all: await epoch(1) };
console.log(JSON.stringify(found, null, 1));
await browser.close();
