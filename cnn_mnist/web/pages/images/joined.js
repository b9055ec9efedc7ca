/** Joins your own examples to the training images of a data set. */

const PIXELS = 784;

/**
 * @param {{label: string, pixels: Uint8Array}[]} examples
 * @param {string[]} classes with all their labels
 * @returns {import('./data.js').Split}
 */
export function splitOf(examples, classes) {
  const images = new Uint8Array(examples.length * PIXELS);
  examples.forEach(({ pixels }, at) => images.set(pixels, at * PIXELS));
  const labels = Uint8Array.from(examples, ({ label }) => classes.indexOf(label));
  return { images, labels, count: examples.length };
}

/**
 * @param {object} data as `loadData` returns it
 * @param {import('./data.js').Split} own
 * @param {number} times how often each of them is seen in an epoch
 * @returns {{data: object, more: number[]}} data whose training images end in the own ones, which its
 *   `train.count` does not count: validation and the choice of images stay as they are. more: their
 *   indices, each as often as it is seen.
 */
export function joined(data, own, times) {
  const { train } = data;
  const end = train.count;
  const images = new Uint8Array((end + own.count) * PIXELS);
  images.set(train.images.subarray(0, end * PIXELS));
  images.set(own.images, end * PIXELS);
  const labels = new Uint8Array(end + own.count);
  labels.set(train.labels.subarray(0, end));
  labels.set(own.labels, end);
  const more = Array.from({ length: own.count * times }, (_, at) => end + (at % own.count));
  return { data: { ...data, train: { ...train, images, labels } }, more };
}
