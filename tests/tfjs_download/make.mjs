// Trains a small network with TensorFlow.js and saves it as a page's download does, by
// model.save('downloads://digits'), with what it says of some test images beside it:
//
//     npm install --prefix=/tmp/tfjs @tensorflow/tfjs@4.22.0
//     node tests/tfjs_download/make.mjs /tmp/tfjs
//
// The files here are of Node 20 and the backend `cpu`, which took six minutes. Weights are drawn
// anew each time.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const tf = createRequire(join(resolve(process.argv[2]), 'index.js'))('@tensorflow/tfjs');

/** Reads images, float32 [count, 28, 28, 1] from 0 to 1, and labels of MNIST's files. */
function read(name, count) {
  const bytes = (kind) =>
    gunzipSync(readFileSync(join(here, `../../cnn_mnist/data/mnist/${name}-${kind}-ubyte.gz`)));
  const pixels = bytes('images-idx3').subarray(16, 16 + count * 784);
  const images = tf.tensor4d(
    Float32Array.from(pixels, (p) => p / 255),
    [count, 28, 28, 1],
  );
  return { images, labels: bytes('labels-idx1').subarray(8, 8 + count) };
}

/** Catches the two files that a browser would keep. */
function catchDownloads(folder) {
  const blobs = [];
  tf.env().set('IS_BROWSER', true);
  globalThis.window = { URL: { createObjectURL: (blob) => String(blobs.push(blob) - 1) } };
  globalThis.MouseEvent = class {};
  const written = [];
  const dispatchEvent = function () {
    written.push(
      blobs[Number(this.href)]
        .arrayBuffer()
        .then((content) => writeFileSync(join(folder, this.download), Buffer.from(content))),
    );
  };
  globalThis.document = { createElement: () => ({ dispatchEvent }) };
  return () => Promise.all(written);
}

await tf.setBackend('cpu');
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [28, 28, 1], kernelSize: 5, filters: 4, activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ kernelSize: 3, filters: 8, activation: 'relu', padding: 'same' }),
    tf.layers.maxPooling2d({ poolSize: 3 }),
    tf.layers.dropout({ rate: 0.1 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 24, activation: 'relu' }),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.005), loss: 'categoricalCrossentropy' });
const train = read('train', 5500);
const wanted = tf.oneHot(tf.tensor1d(train.labels, 'int32'), 10);
await model.fit(train.images, wanted, { batchSize: 50, epochs: 3, verbose: 0 });

const test = read('t10k', 1000);
const answers = model.predict(test.images);
const classes = Array.from(answers.argMax(1).dataSync());
const digits = [...'0123456789'];
model.setUserDefinedMetadata({ classes: digits, digits: true });
const allWritten = catchDownloads(here);
await model.save('downloads://digits');
await allWritten();
const said = {
  test_images: classes.length,
  correct: classes.filter((found, index) => found === test.labels[index]).length,
  classes: classes.slice(0, 20),
  probabilities: answers.slice(0, 20).arraySync(),
};
writeFileSync(join(here, 'answers.json'), `${JSON.stringify(said)}\n`);
console.log(`${said.correct} of ${said.test_images} right`);
