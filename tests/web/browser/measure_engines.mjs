/**
 * Measures what each engine takes for a prediction and an epoch, while scripts/web serves the pages:
 *
 *     node tests/web/browser/measure_engines.mjs http://127.0.0.1:8080/ wasm webgl cpu
 *
 * Beside the page's own way stands that of tfjs-examples/mnist: its network by tf.sequential, and
 * model.fit, which needs this page's gradient kernels on WebAssembly. Both train on 5,500 images of
 * noise in batches of 512 by Adam, and then test on 1,000. CNN_MNIST_BROWSER names the browser, as
 * in browser.mjs. Prints a line of JSON for each engine. With --predictions nothing is trained: an
 * epoch on a graphics processor in software takes minutes.
 */

import { launch } from './browser.mjs';

const flag = '--predictions';
const [address, ...backends] = process.argv.slice(2).filter((one) => one !== flag);
const withEpochs = !process.argv.includes(flag);
const browser = await launch();

/** Runs in the page, which has started a backend. */
async function measured(withEpochs) {
  const { newModel, predict } = await import('/models/model.js');
  const { Training } = await import('/models/training.js');
  const [count, held, batchSize] = [5500, 1000, 512];
  const pixels = (images) => Uint8Array.from({ length: 784 * images }, () => Math.random() * 256);
  const median = (values) => values.sort((one, other) => one - other)[values.length >> 1];
  const timed = async (act) => {
    const start = performance.now();
    await act();
    return performance.now() - start;
  };
  const repeated = async (act) => {
    const times = [];
    for (let time = 0; time < 60; time += 1) {
      times.push(await timed(act));
    }
    return Number(median(times.slice(10)).toFixed(2));
  };
  const labels = Uint8Array.from({ length: count + held }, () => Math.random() * 10);
  const train = { images: pixels(count + held), labels, count: count + held };

  const ours = newModel();
  const one = pixels(1);
  const ourPrediction = await repeated(() => predict(ours, one));
  const settings = { model: ours, data: { train }, examples: count, batchSize };
  const training = new Training({ ...settings, learningRate: 0.001 });

  const start = { kernelInitializer: 'varianceScaling' };
  const convolution = { ...start, kernelSize: 5, activation: 'relu' };
  const pool = () => tf.layers.maxPooling2d({ poolSize: 2, strides: 2 });
  const theirs = tf.sequential({
    layers: [
      tf.layers.conv2d({ ...convolution, filters: 8, inputShape: [28, 28, 1] }),
      pool(),
      tf.layers.conv2d({ ...convolution, filters: 16 }),
      pool(),
      tf.layers.flatten(),
      tf.layers.dense({ ...start, units: 10, activation: 'softmax' }),
    ],
  });
  theirs.compile({
    optimizer: tf.train.adam(),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  const images = (number) => tf.randomUniform([number, 28, 28, 1]);
  const answers = (number) => tf.oneHot(tf.randomUniform([number], 0, 10, 'int32'), 10);
  const single = Float32Array.from({ length: 784 }, Math.random);
  const theirPrediction = await repeated(async () => {
    const output = tf.tidy(() => theirs.predict(tf.tensor4d(single, [1, 28, 28, 1])));
    await output.data();
    output.dispose();
  });
  const predictionMilliseconds = { ours: ourPrediction, theirs: theirPrediction };
  if (!withEpochs) {
    return { backend: tf.getBackend(), predictionMilliseconds };
  }
  const [xs, ys, validationData] = [images(count), answers(count), [images(held), answers(held)]];
  const fit = () => theirs.fit(xs, ys, { batchSize, validationData, epochs: 1, shuffle: true });
  // The first epoch of each makes what the engine keeps.
  const second = async (act) => {
    await act();
    return Number(((await timed(act)) / 1000).toFixed(2));
  };
  const epochSeconds = { ours: await second(() => training.run(1)), theirs: await second(fit) };
  return { backend: tf.getBackend(), predictionMilliseconds, epochSeconds };
}

for (const backend of backends) {
  const context = await browser.newContext({});
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(`${address}?backend=${backend}#draw`);
  await page.waitForSelector('html[data-started]');
  const hasStarted = await page.evaluate(
    () => 'text' in document.getElementById('backend').dataset,
  );
  const found = hasStarted ? await page.evaluate(measured, withEpochs) : { backend, refused: true };
  console.log(JSON.stringify(found));
  await context.close();
}
await browser.close();
