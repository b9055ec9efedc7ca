/** As faults.test.mjs, of what goes wrong less often. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, useBrowser } from './browser.mjs';
import { cutOff, faultOf, MISSING, missing, openWith } from './faulty.mjs';

const { CNN_MNIST_PAGES } = process.env;

useBrowser();

/** Returns the ids of the models to choose from. */
const modelsOf = (page) =>
  page.$$eval('#draw-model option', (all) => all.map(({ value }) => value));

test('missing weights', async () => {
  const page = await openWith('**/weights.bin', missing, '#draw', MISSING);
  assert.match(await faultOf(page), /^There is no model at .*weights\.bin\./);
});

test('an incomplete model.json', async () => {
  const page = await openWith('**/models/**/model.json', cutOff(500));
  assert.match(await faultOf(page), /is damaged or incomplete \(.+\)\. Export it again/);
});

test('incomplete weights', async () => {
  let newest = null;
  const page = await openWith('**/weights.bin', (route) => {
    newest ??= route.request().url();
    return route.request().url() === newest ? cutOff(1000)(route) : route.continue();
  });
  assert.match(await faultOf(page), /have 1,000 bytes and should have 23,976: the file is inc/);
});

test('a model of another shape', async () => {
  const dense = { name: 'dense', units: 10, activation: 'softmax' };
  const flatten = { name: 'flatten', batch_input_shape: [null, 2, 2, 1], dtype: 'float32' };
  const layers = [
    { class_name: 'Flatten', config: flatten },
    { class_name: 'Dense', config: dense },
  ];
  const weights = [
    { name: 'dense/kernel', shape: [4, 10], dtype: 'float32' },
    { name: 'dense/bias', shape: [10], dtype: 'float32' },
  ];
  const model = {
    format: 'layers-model',
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: { class_name: 'Sequential', config: { name: 'small', layers } },
    },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  const page = await openPage('#draw', {
    before: async (page) => {
      await page.route('**/models/**/model.json', (route) => route.fulfill({ json: model }));
      await page.route('**/weights.bin', (route) => route.fulfill({ body: Buffer.alloc(200) }));
    },
  });
  assert.match(await faultOf(page), /does not fit this page \(\[2, 2, 1\] -> \[10\]\)/);
});

test('a damaged model that is chosen while the first is still loading gives way to that', async () => {
  let goOn;
  const loading = new Promise((resolve) => (goOn = resolve));
  const page = await openWith('**/weights.bin', async (route) => {
    await loading;
    return route.continue();
  });
  const [first, other] = await modelsOf(page);
  await page.route(`**/${other}`, cutOff(100));
  await page.selectOption('#draw-model', other);
  assert.match(await faultOf(page), /is damaged/);
  goOn();
  await page.waitForSelector('#test-images button');
  assert.equal(await page.inputValue('#draw-model'), first);
});

test('another model still works after a damaged one', async () => {
  const page = await openPage();
  const [first, other] = await modelsOf(page);
  await page.waitForSelector('#test-images button');
  await page.route(`**/${other}`, cutOff(100));
  await page.selectOption('#draw-model', other);
  assert.match(await faultOf(page), /is damaged/);
  assert.equal(await page.inputValue('#draw-model'), first);
  await page.click('#fault button');
  assert.ok(await page.isHidden('#fault'));
});

test('a missing list of models is reported on both pages, and training waits for images', async () => {
  const page = await openWith('**/models.json', missing, '#train', MISSING);
  assert.match(await faultOf(page), /^The list of models, models\.json, is missing or empty\./);
  assert.match(await page.textContent('#data-facts'), /^There are no images to train on\./);
  assert.ok(await page.isDisabled('#start'));
  await page.click('nav a[href="#draw"]');
  assert.match(await faultOf(page), /^The list of models/);
});

test('missing images', async () => {
  const page = await openWith('**/images.png', missing, '#train', MISSING);
  assert.match(await faultOf(page), /^There are no images at .*images\.png\. Export again/);
  assert.ok(await page.isDisabled('#start'));
});

test('WebGL and WebAssembly both missing', async () => {
  const page = await openPage('#draw', {
    before: (page) =>
      page.addInitScript(() => {
        delete globalThis.WebAssembly;
        for (const { prototype } of [HTMLCanvasElement, OffscreenCanvas]) {
          const { getContext } = prototype;
          prototype.getContext = function (kind, ...rest) {
            return kind.includes('webgl') ? null : getContext.call(this, kind, ...rest);
          };
        }
      }),
    mayComplain: /./,
  });
  assert.match(await faultOf(page), /^This browser has neither WebGL nor WebAssembly/);
});

test('a file that is not a picture, opened and dropped', async () => {
  const page = await openPage();
  const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') };
  await page.setInputFiles('#picture', file);
  assert.match(await faultOf(page), /^This browser cannot read notes\.txt as a picture\./);
  await page.click('#fault button');
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'broken.png', { type: 'image/png' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
  });
  assert.match(await faultOf(page), /^This browser cannot read broken\.png/);
});

test('a browser that refuses storage', async () => {
  const page = await openPage('#train', {
    before: (page) =>
      page.addInitScript(() => {
        IDBFactory.prototype.open = () => {
          throw new DOMException('not here', 'SecurityError');
        };
      }),
  });
  await page.click('#save');
  assert.match(await faultOf(page), /^This browser does not let the page store anything/);
});

test('the page opened as a file says what to do, in both languages', async () => {
  const page = await openPage('#draw');
  const context = await page.context().browser().newContext();
  const alone = await context.newPage();
  await alone.goto(`file://${CNN_MNIST_PAGES}/index.html`);
  assert.ok(await alone.isVisible('#as-a-file'));
  assert.match(await alone.textContent('#as-a-file'), /scripts\/web MODEL_DIR[^]*웹 서버/);
  assert.ok(await alone.isHidden('#page'));
  await context.close();
});

test('a browser without JavaScript says what the page needs', async () => {
  const page = await openPage('#draw', { javaScriptEnabled: false, untilStarted: false });
  assert.ok(await page.isVisible('#as-a-file'));
});

test('a picture whose header claims too many pixels is refused before it is decoded', async () => {
  const page = await openPage();
  await page.evaluate(() => {
    const decode = globalThis.createImageBitmap;
    globalThis.decoded = 0;
    globalThis.createImageBitmap = (...what) => {
      globalThis.decoded += 1;
      return decode(...what);
    };
  });
  const sides = [0, 0, 78, 32, 0, 0, 78, 32]; // 20,000 x 20,000
  const png = [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, ...sides];
  // Like a camera's file: a segment of four bytes and a fill byte before the frame header.
  const jpeg = [255, 216, 255, 225, 0, 4, 1, 2, 255, 255, 194, 0, 17, 8, 78, 32, 78, 32];
  for (const [name, start] of Object.entries({ 'large.png': png, 'large.jpg': jpeg })) {
    const buffer = Buffer.from([...start, ...Array(40).fill(0)]);
    await page.setInputFiles('#picture', { name, mimeType: 'image/*', buffer });
    assert.equal(
      await faultOf(page),
      `${name} has more than 50,000,000 pixels. Choose a smaller picture.`,
    );
    await page.click('#fault button');
  }
  assert.equal(await page.evaluate(() => globalThis.decoded), 0);
});

/** Drops files one right after another: pictures of an upright bar, and files that are not pictures. */
function dropBars(page, sizes) {
  return page.evaluate(async (sizes) => {
    for (const { width, height, name } of sizes) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      context.fillStyle = '#eee';
      context.fillRect(0, 0, width, height);
      context.fillStyle = '#123';
      context.fillRect(width * 0.45, height * 0.1, width * 0.1, height * 0.8);
      const file = name.endsWith('.txt') ? 'no picture' : await canvas.convertToBlob();
      const transfer = new DataTransfer();
      transfer.items.add(new File([file], name));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
    }
  }, sizes);
}

test('the last of several opened files stays', async () => {
  const page = await openPage();
  await page.evaluate(() => {
    const decode = globalThis.createImageBitmap;
    // The first file takes longest.
    let wait = 900;
    globalThis.createImageBitmap = async (...what) => {
      wait -= 300;
      await new Promise((resolve) => setTimeout(resolve, wait));
      return decode(...what);
    };
  });
  await dropBars(page, [
    { width: 300, height: 100, name: 'lying.png' },
    { width: 10, height: 10, name: 'notes.txt' },
    { width: 100, height: 300, name: 'standing.png' },
  ]);
  const isGrey = (x, y) =>
    page.$eval(
      '#canvas',
      (canvas, [x, y]) => {
        const { width, height } = canvas;
        return canvas.getContext('2d').getImageData(x * width, y * height, 1, 1).data[0] < 250;
      },
      [x, y],
    );
  await page.waitForFunction(() => document.getElementById('answer').textContent !== '');
  await page.waitForTimeout(1000);
  assert.deepEqual([await isGrey(0.5, 0.05), await isGrey(0.05, 0.5)], [true, false]);
  assert.ok(await page.isHidden('#fault'));
});
