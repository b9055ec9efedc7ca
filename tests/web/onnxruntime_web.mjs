/**
 * Answers images with onnxruntime-web, on WebAssembly.
 *
 *   node onnxruntime_web.mjs MODEL.onnx IMAGES ANSWERS
 *
 * IMAGES holds uint8 [n, 784]. Writes ANSWERS, float32 [n, classes], and prints the classes as JSON.
 */
import fs from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';

const BATCH = 500;
const [model, images, answers] = process.argv.slice(2);

ort.env.wasm.numThreads = 1;
const network = await ort.InferenceSession.create(fs.readFileSync(model));
const pixels = new Uint8Array(fs.readFileSync(images));
const classes = [];
const probabilities = [];
for (let start = 0; start < pixels.length; start += BATCH * 784) {
  const batch = pixels.slice(start, start + BATCH * 784);
  const image = new ort.Tensor('uint8', batch, [batch.length / 784, 28, 28, 1]);
  const found = await network.run({ image });
  classes.push(...Array.from(found.classes.data, Number));
  probabilities.push(...found.probabilities.data);
}
fs.writeFileSync(answers, Float32Array.from(probabilities));
console.log(JSON.stringify(classes));
