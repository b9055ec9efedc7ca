import { imageAt } from '../images/data.js';
import { countOf, predict } from './model.js';
import { Breaks } from '../base/yielding.js';

const PIXELS = 784;
const SMALLEST = 1e-7; // tf.js' own bound, so that the loss of a sure mistake is finite

/**
 * Evaluates a model on labelled images. The page can run other tasks meanwhile.
 *
 * @param {tf.LayersModel} model
 * @param {{images: Uint8Array, labels: Uint8Array, count: number}} split
 * @param {Object} [options]
 * @param {function({done: number, count: number}): void} [options.onProgress] after each batch.
 * @param {Int32Array} [options.indices] the images to evaluate on; by default all.
 * @param {number} [options.batchSize] images in a batch.
 * @param {function(): boolean} [options.isWanted] asked after each batch; if not, the rest is left
 *     out, and null is returned.
 * @returns {Promise<{count: number, right: number, accuracy: number, loss: number,
 *     byClass: Array<{right: number, count: number}>, confusion: number[][],
 *     predicted: Uint8Array, probabilities: Float32Array}>} loss: mean cross entropy, in nats;
 *     confusion: row = label, column = predicted; predicted [count] and
 *     probabilities [count * classes], in the order of the indices.
 */
export async function evaluate(
  model,
  split,
  { onProgress, indices, batchSize = 500, isWanted = () => true } = {},
) {
  const order = indices ?? Int32Array.from({ length: split.count }, (_, i) => i);
  const classes = countOf(model);
  const probabilities = new Float32Array(order.length * classes);
  const breaks = new Breaks();
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = order.subarray(start, start + batchSize);
    const answer = await predict(model, pixelsOf(split, batch));
    probabilities.set(answer.probabilities, start * classes);
    onProgress?.({ done: start + batch.length, count: order.length });
    await breaks.take();
    if (!isWanted()) return null;
  }
  return counted(
    probabilities,
    Uint8Array.from(order, (index) => split.labels[index]),
    classes,
  );
}

function pixelsOf(split, indices) {
  const pixels = new Uint8Array(indices.length * PIXELS);
  indices.forEach((index, i) => {
    pixels.set(imageAt(split, index), i * PIXELS);
  });
  return pixels;
}

function counted(probabilities, labels, classes) {
  const count = labels.length;
  const predicted = new Uint8Array(count);
  const confusion = Array.from({ length: classes }, () => new Array(classes).fill(0));
  let loss = 0;
  labels.forEach((label, i) => {
    const answer = probabilities.subarray(i * classes, (i + 1) * classes);
    predicted[i] = answer.reduce((best, value, c) => (value > answer[best] ? c : best), 0);
    confusion[label][predicted[i]] += 1;
    loss -= Math.log(Math.max(answer[label], SMALLEST));
  });
  const byClass = confusion.map((row, label) => ({
    right: row[label],
    count: row.reduce((sum, value) => sum + value, 0),
  }));
  const right = byClass.reduce((sum, row) => sum + row.right, 0);
  return {
    count,
    right,
    accuracy: right / count,
    loss: loss / count,
    byClass,
    confusion,
    predicted,
    probabilities,
  };
}
