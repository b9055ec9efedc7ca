/**
 * Answers images with LiteRT.js in a real Chromium, since it needs a page.
 *
 *   node litertjs.mjs CHROMIUM MODEL.tflite IMAGES ANSWERS
 *
 * IMAGES holds uint8 [n, 784]. Writes ANSWERS, float32 [n, classes], and prints one line of JSON:
 *   inputs   name, dtype and shape of each
 *   outputs  name, dtype and shape of each
 *   classes  the class of each image
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [executablePath, model, images, answers] = process.argv.slice(2);
const packages = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  'node_modules',
  '@litertjs',
);
const page = `<!doctype html><script type="importmap">
  {"imports": {"@litertjs/core": "/core/dist/index.js",
               "@litertjs/wasm-utils": "/wasm-utils/dist/index.js"}}
</script><body></body>`;

// Chromium's sandbox does not work as root, as in a container.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const { probabilities, ...found } = await answered(await opened());
  fs.writeFileSync(answers, Float32Array.from(probabilities));
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}

/** Opens an empty page whose requests are all answered from files. */
async function opened() {
  const tab = await browser.newPage();
  await tab.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    const files = { '/model.tflite': model, '/images': images };
    return pathname === '/'
      ? route.fulfill({ contentType: 'text/html', body: page })
      : route.fulfill({ path: files[pathname] ?? path.join(packages, pathname) });
  });
  // A page of localhost may use WebAssembly as one of https may.
  await tab.goto('http://localhost/');
  return tab;
}

function answered(tab) {
  return tab.evaluate(async () => {
    const { loadLiteRt, loadAndCompile, Tensor } = await import('@litertjs/core');
    await loadLiteRt('/core/wasm/');
    const network = await loadAndCompile('/model.tflite', { accelerator: 'wasm' });
    const pixels = new Uint8Array(await (await fetch('/images')).arrayBuffer());
    const described = ({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] });
    const classes = [];
    const probabilities = [];
    for (let start = 0; start < pixels.length; start += 784) {
      const image = new Tensor(pixels.slice(start, start + 784), [1, 28, 28, 1]);
      const outputs = await network.run({ image });
      classes.push(...outputs.classes.toTypedArray());
      probabilities.push(...outputs.probabilities.toTypedArray());
      [image, ...Object.values(outputs)].forEach((tensor) => tensor.delete());
    }
    const inputs = network.getInputDetails().map(described);
    return { inputs, outputs: network.getOutputDetails().map(described), classes, probabilities };
  });
}
