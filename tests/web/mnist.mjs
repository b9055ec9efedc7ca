/** Reads MNIST from the package's own files, in the form that `loadData` returns. */
import fs from 'node:fs';
import zlib from 'node:zlib';

const folder = new URL('../../cnn_mnist/data/mnist/', import.meta.url);

function read(name, header) {
  return new Uint8Array(zlib.gunzipSync(fs.readFileSync(new URL(name, folder)))).subarray(header);
}

/** Returns the first training and test images, {images, labels, count} each. */
export function mnist({ train = 6500, test = 1000 } = {}) {
  const split = (name, count) => ({
    images: read(`${name}-images-idx3-ubyte.gz`, 16).subarray(0, count * 784),
    labels: read(`${name}-labels-idx1-ubyte.gz`, 8).subarray(0, count),
    count,
  });
  return {
    dataset: 'mnist',
    classes: [...'0123456789'],
    digits: true,
    train: split('train', train),
    test: split('t10k', test),
  };
}
