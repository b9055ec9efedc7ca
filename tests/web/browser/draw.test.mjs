/** The page Draw, in a real browser. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { strokesOf } from '../digit_strokes.mjs';
import {
  answered,
  draw,
  openPage,
  paper,
  SEVEN,
  sharedPage,
  shownPercents,
  tensors,
  useBrowser,
} from './browser.mjs';

const { CNN_MNIST_TEST_IMAGES, CNN_MNIST_TEST_LABELS } = process.env;

useBrowser();

async function answer(page) {
  await answered(page);
  return page.textContent('#answer');
}

const shared = sharedPage(openPage);

/** Returns a page with an empty paper and the usual brush, on which other tests may have drawn. */
async function openBlank() {
  const page = await shared();
  await page.fill('#brush-width', '22');
  if (await page.isEnabled('#clear')) {
    await page.click('#clear');
  }
  await answered(page);
  return page;
}

/** Returns a stroke with every fourth point, ten pixels apart: for as many fewer events. */
function coarse(stroke) {
  return stroke.filter((_, at) => at % 4 === 0 || at === stroke.length - 1);
}

test('at least 95 of 100 test digits, drawn as strokes with the mouse, are classified', async () => {
  const page = await openBlank();
  const images = await readFile(CNN_MNIST_TEST_IMAGES);
  const labels = await readFile(CNN_MNIST_TEST_LABELS);
  let right = 0;
  for (let at = 0; at < 100; at += 1) {
    const strokes = strokesOf(images.subarray(at * 784, (at + 1) * 784));
    const width = Math.min(Math.max(Math.round(strokes.width * 280), 8), 48);
    await page.fill('#brush-width', String(width));
    await draw(page, strokes.map(coarse));
    right += (await answer(page)) === String(labels[at]);
    await page.click('#clear');
  }
  assert.ok(right >= 95, `${right} of 100 are right`);
});

/** Returns a stroke with that many points for each of its lines. */
function between([first, ...others], count) {
  const points = [first];
  for (const end of others) {
    const start = points.at(-1);
    for (let at = 1; at <= count; at += 1) {
      const part = at / count;
      points.push({
        x: start.x + part * (end.x - start.x),
        y: start.y + part * (end.y - start.y),
      });
    }
  }
  return points;
}

test('the bars follow the drawing, and the page shows how long a prediction took', async () => {
  const page = await openBlank();
  const at = await paper(page);
  assert.deepEqual(await shownPercents(page), Array(10).fill(NaN));
  const seen = new Set();
  const [first, ...others] = between(SEVEN[0], 5);
  await page.mouse.move(...at(first.x, first.y));
  await page.mouse.down();
  for (const { x, y } of others) {
    await page.mouse.move(...at(x, y));
    await answered(page);
    seen.add(String(await shownPercents(page)));
  }
  await page.mouse.up();
  assert.ok(seen.size >= 10, `${seen.size} different answers`);
  assert.equal(await answer(page), '7');
  const sum = (await shownPercents(page)).reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - 100) < 1, `together ${sum} %`);
  const time = await page.textContent('#time');
  assert.match(time, /^One prediction took \d+\.\d ms\.$/);
});

test('200 predictions leave no additional tensors', async () => {
  const page = await openPage('#draw', { viewport: { width: 640, height: 480 } });
  await draw(page, SEVEN);
  await answered(page);
  const before = await tensors(page);
  const predictions = await page.evaluate(async () => {
    const canvas = document.getElementById('canvas');
    const box = canvas.getBoundingClientRect();
    const send = (name, x, y) =>
      canvas.dispatchEvent(
        new PointerEvent(name, {
          clientX: box.left + x,
          clientY: box.top + y,
          pointerId: 1,
          isPrimary: true,
          button: 0,
        }),
      );
    canvas.setPointerCapture = () => {};
    send('pointerdown', 20, 20);
    let count = 0;
    new MutationObserver(() => (count += 1)).observe(document.getElementById('time'), {
      childList: true,
    });
    while (count < 200) {
      send('pointermove', 20 + Math.random() * 200, 20 + Math.random() * 200);
      await new Promise(requestAnimationFrame);
    }
    send('pointerup', 20, 20);
    return count;
  });
  await answered(page);
  assert.ok(predictions >= 200);
  assert.equal(await tensors(page), before);
});

test('undo, clear and the eraser change what the model sees', async () => {
  const page = await openPage();
  const seen = async () => {
    await answered(page);
    return page.$eval('#seen', (canvas) => canvas.toDataURL());
  };
  const line = (y) => [
    [
      { x: 0.2, y },
      { x: 0.8, y },
    ],
  ];
  assert.ok(await page.isDisabled('#undo'));
  const empty = await seen();
  await draw(page, SEVEN);
  const seven = await seen();
  assert.notEqual(seven, empty);
  await draw(page, line(0.9));
  assert.notEqual(await seen(), seven);
  await page.click('#undo');
  assert.equal(await seen(), seven);
  await page.check('[name=tool][value=eraser]');
  await draw(page, line(0.25));
  assert.notEqual(await seen(), seven);
  await page.click('#clear');
  assert.equal(await seen(), empty);
  assert.equal(await page.textContent('#answer'), '');
  await page.click('#undo');
  await page.click('#undo');
  assert.equal(await seen(), seven);
});

test('a paper full of ink is not called empty', async () => {
  const page = await openPage();
  const rows = Array.from({ length: 9 }, (_, row) => ({
    x: row % 2 ? 0.9 : 0.1,
    y: 0.1 + row / 10,
  }));
  const across = [
    { x: 0.2, y: 0.9 },
    { x: 0.5, y: 0.1 },
    { x: 0.8, y: 0.9 },
  ];
  await draw(page, [rows, across]);
  await answered(page);
  const note = () => page.textContent('#answer-note');
  assert.equal(await note(), 'No digit is found in this drawing');
  await page.click('#clear');
  await answered(page);
  assert.equal(await note(), 'Nothing drawn yet');
});

test('a digit can be drawn with the keyboard alone', async () => {
  const page = await openPage();
  // From the model to the choice between drawing and grid, and on to the paper.
  await page.focus('#draw-model');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'canvas');
  const press = async (key, times) => {
    for (let time = 0; time < times; time += 1) {
      await page.keyboard.press(key);
    }
  };
  // Up from the middle, pen down, and a straight line: a one.
  await press('Shift+ArrowUp', 3);
  await press('Space', 1);
  assert.equal(await page.textContent('#pen-state'), 'Pen down');
  await press('Shift+ArrowDown', 6);
  await press('Space', 1);
  assert.equal(await page.textContent('#pen-state'), 'Pen up');
  assert.equal(await answer(page), '1');
  await press('e', 1);
  assert.ok(await page.isChecked('[name=tool][value=eraser]'));
  await press('b', 1);
  assert.ok(await page.isChecked('[name=tool][value=brush]'));
  const width = Number(await page.inputValue('#brush-width'));
  await press('+', 2);
  assert.equal(Number(await page.inputValue('#brush-width')), width + 4);
  await press('z', 1);
  assert.equal(await answer(page), '');
});

test('a finger draws and does not scroll the page', async () => {
  const page = await openPage('#draw', {
    viewport: { width: 360, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  const at = await paper(page);
  const session = await page.context().newCDPSession(page);
  const touch = (type, point) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: point ? [{ x: at(point.x, point.y)[0], y: at(point.x, point.y)[1] }] : [],
    });
  const before = await page.evaluate(() => scrollY);
  const [first, ...others] = SEVEN[0];
  await touch('touchStart', first);
  for (const point of others) {
    await touch('touchMove', point);
    await answered(page);
  }
  await touch('touchEnd');
  assert.equal(await page.evaluate(() => scrollY), before);
  assert.equal(await answer(page), '7');
});

test('a test image shows its exact pixels, and whether the answer is right', async () => {
  const page = await openBlank();
  const button = page.locator('#test-images button').first();
  await button.click();
  await answered(page);
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
  assert.match(
    await page.textContent('#answer-note'),
    /^This is (right|wrong): its label is \d\.$/,
  );
  const [seen, shown] = await page.evaluate(() =>
    [document.getElementById('seen'), document.querySelector('#test-images canvas')].map((canvas) =>
      canvas.toDataURL(),
    ),
  );
  assert.equal(seen, shown);
  await draw(page, SEVEN);
  assert.equal(await answer(page), '7');
  assert.equal(await button.getAttribute('aria-pressed'), 'false');
});

test('a picture is opened, or dropped on the paper', async () => {
  const page = await openBlank();
  await page.setInputFiles(
    '#picture',
    new URL('../../../cnn_mnist/data/digits/3.png', import.meta.url).pathname,
  );
  await page.waitForFunction(() => document.getElementById('answer').textContent === '3');
  await page.click('#clear');
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(90, 120);
    const context = canvas.getContext('2d');
    context.fillStyle = '#eee';
    context.fillRect(0, 0, 90, 120);
    context.fillStyle = '#123';
    context.fillRect(40, 15, 11, 90);
    const transfer = new DataTransfer();
    transfer.items.add(new File([await canvas.convertToBlob()], 'one.png', { type: 'image/png' }));
    document
      .getElementById('canvas')
      .dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
  });
  await page.waitForFunction(() => document.getElementById('answer').textContent === '1');
});

test('each convolution layer shows its maps, which another drawing changes', async () => {
  const page = await openBlank();
  await draw(page, SEVEN);
  await answered(page);
  assert.deepEqual(await page.$$eval('#maps figcaption', (all) => all.map((c) => c.textContent)), [
    'Layer conv2d: 8 maps of 24×24',
    'Layer conv2d_1: 16 maps of 8×8',
  ]);
  const shown = () => page.$$eval('#maps canvas', (all) => all.map((canvas) => canvas.toDataURL()));
  const before = await shown();
  await draw(page, [
    [
      { x: 0.2, y: 0.9 },
      { x: 0.8, y: 0.9 },
    ],
  ]);
  await answered(page);
  const after = await shown();
  assert.ok(before.every((picture, at) => picture !== after[at]));
});

test('a move of the pen reads the paper once, and leaves the elements of the maps in place', async () => {
  const page = await openBlank();
  await draw(page, SEVEN);
  await answered(page);
  await page.evaluate(() => {
    globalThis.counted = { reads: 0, answers: 0, replaced: 0 };
    const canvas = document.getElementById('canvas');
    const context = canvas.getContext('2d');
    const read = context.getImageData;
    context.getImageData = (...place) => {
      counted.reads += 1;
      return read.apply(context, place);
    };
    const count = (name) => (records) => (counted[name] += records.length);
    const observe = (id, name) =>
      new MutationObserver(count(name)).observe(document.getElementById(id), { childList: true });
    observe('time', 'answers');
    observe('maps', 'replaced');
  });
  await draw(
    page,
    SEVEN.map((stroke) => stroke.map(({ x, y }) => ({ x, y: 1 - y }))),
  );
  await answered(page);
  const { reads, answers, replaced } = await page.evaluate(() => counted);
  assert.ok(answers > 0);
  assert.deepEqual([reads, replaced], [answers, 0]);
});

test('switching between exported models keeps the drawing', async () => {
  const page = await openPage();
  await draw(page, SEVEN);
  await answered(page);
  const models = await page.$$eval('#draw-model option', (all) => all.map(({ value }) => value));
  assert.ok(models.length >= 2, `${models.length} models`);
  const drawing = () => page.$eval('#canvas', (canvas) => canvas.toDataURL());
  const before = await drawing();
  const fetched = page.waitForResponse(`**/${models[1].replace('model.json', 'weights.bin')}`);
  await page.selectOption('#draw-model', models[1]);
  assert.equal((await (await fetched).body()).length, 5_994);
  await page.waitForFunction(() => document.getElementById('answer').textContent === '7');
  assert.equal(await page.inputValue('#draw-model'), models[1]);
  assert.equal(await drawing(), before);
});

test('a model that is chosen is named at once, and the answer is busy until it is there', async () => {
  const page = await openPage();
  await draw(page, SEVEN);
  await answered(page);
  const [digits, clothes] = await page.$$eval('#draw-model option', (all) =>
    all.map(({ value }) => value),
  );
  await withClothes(`**/${clothes}`)(page);
  let goOn;
  const loading = new Promise((resolve) => (goOn = resolve));
  await page.route(`**/${clothes.replace('model.json', 'weights.bin')}`, async (route) => {
    await loading;
    return route.continue();
  });
  const shown = async () => [
    await page.inputValue('#draw-model'),
    await page.textContent('#answer'),
    await page.getAttribute('#bars', 'aria-busy'),
  ];
  assert.deepEqual(await shown(), [digits, '7', 'false']);
  await page.selectOption('#draw-model', clothes);
  await page.selectOption('#language', 'ko');
  assert.deepEqual(await shown(), [clothes, '7', 'true']);
  goOn();
  await answered(page);
  assert.deepEqual(await shown(), [clothes, 'Sneaker', 'false']);
});

test('in Korean all texts are Korean, and the choice survives a reload', async () => {
  const page = await openPage();
  await page.selectOption('#language', 'ko');
  const check = async () => {
    assert.equal(await page.getAttribute('html', 'lang'), 'ko');
    assert.equal(await page.textContent('#clear'), '모두 지우기');
    const texts = await page.$$eval('[data-text]', (all) =>
      all
        .filter(({ textContent }) => !/\p{Script=Hangul}/u.test(textContent))
        .map(({ textContent }) => textContent),
    );
    assert.deepEqual(texts, []);
  };
  await check();
  await page.reload();
  await page.waitForSelector('html[data-started]');
  await check();
});

test('the chosen theme survives a reload', async () => {
  const page = await openPage('#draw', { colorScheme: 'light' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.selectOption('#theme', 'dark');
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  await page.waitForSelector('html[data-started]');
  assert.equal(await ground(), dark);
});

const CLOTHES = 'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'.split(
  ',',
);

/** Gives a model of digits the class names of Fashion-MNIST; only the names are tested. */
function withClothes(pattern) {
  return (page) =>
    page.route(pattern, async (route) => {
      const response = await route.fetch();
      const found = await response.json();
      const meaning = { classes: CLOTHES, digits: false };
      const json = found.dataset
        ? { ...found, ...meaning }
        : { ...found, userDefinedMetadata: meaning };
      await route.fulfill({ response, json });
    });
}

test('for clothes the page shows their names, and a drawing is framed whole', async () => {
  const page = await openPage('#draw', { before: withClothes(/\/(model|data)\.json$/) });
  await page.waitForSelector('#test-images.named button');
  assert.match(await page.textContent('#draw-lead'), /^This model knows T-shirt\/top, Trouser,/);
  assert.deepEqual(
    await page.$$eval('#bars li > span:first-child', (all) => all.map((one) => one.textContent)),
    CLOTHES,
  );
  await page.locator('#test-images button').first().click();
  await answered(page);
  const label = await page.locator('#test-images button').first().textContent();
  assert.ok(CLOTHES.includes(label));
  assert.match(await page.textContent('#answer-note'), new RegExp(`its label is ${label}\\.$`));
  await page.click('#clear');
  await draw(page, [[{ x: 0.2, y: 0.2 }]]);
  await answered(page);
  const middle = await page.$eval('#seen', (canvas) => {
    const { data } = canvas
      .getContext('2d', { willReadFrequently: true })
      .getImageData(14, 14, 1, 1);
    return data[0];
  });
  assert.equal(middle, 0);
});

test('a picture is judged only by a model of the same classes', async () => {
  const page = await openPage();
  const [digits, clothes] = await page.$$eval('#draw-model option', (all) =>
    all.map(({ value }) => value),
  );
  await withClothes(`**/${clothes}`)(page);
  await page.locator('#test-images button').first().click();
  await answered(page);
  assert.match(await page.textContent('#answer-note'), /its label is \d\.$/);
  await page.selectOption('#draw-model', clothes);
  await page.waitForFunction(() => /%$/.test(document.getElementById('answer-note').textContent));
  await page.selectOption('#draw-model', digits);
  await page.waitForFunction(() =>
    /label is/.test(document.getElementById('answer-note').textContent),
  );
});

test('a second pointer neither ends nor bends the stroke of the first', async () => {
  const page = await openPage();
  const pictures = await page.evaluate(() => {
    const canvas = document.getElementById('canvas');
    canvas.setPointerCapture = () => {};
    const box = canvas.getBoundingClientRect();
    const send = (name, pointerId, x, y) =>
      canvas.dispatchEvent(
        new PointerEvent(name, {
          clientX: box.left + x * box.width,
          clientY: box.top + y * box.height,
          pointerId,
          // A mouse and a pen are each the primary pointer of their type.
          isPrimary: true,
          button: 0,
        }),
      );
    const seen = () => canvas.toDataURL();
    send('pointerdown', 7, 0.3, 0.2);
    const begun = seen();
    send('pointermove', 8, 0.8, 0.5);
    const moved = seen();
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      send(name, 8, 0.8, 0.5);
    }
    send('pointerdown', 8, 0.8, 0.5);
    send('pointerup', 8, 0.8, 0.5);
    const pressed = seen();
    send('pointermove', 7, 0.3, 0.8);
    const drawn = seen();
    send('pointerup', 7, 0.3, 0.8);
    send('pointermove', 7, 0.6, 0.8);
    return { begun, moved, pressed, drawn, ended: seen() };
  });
  assert.equal(pictures.moved, pictures.begun);
  assert.equal(pictures.pressed, pictures.begun);
  assert.notEqual(pictures.drawn, pictures.begun);
  assert.equal(pictures.ended, pictures.drawn);
});
