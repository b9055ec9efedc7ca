import assert from 'node:assert/strict';
import { test } from 'node:test';

import { examplesOf, fileOf } from '../../cnn_mnist/web/pages/images/example_files.js';
import { joined, splitOf } from '../../cnn_mnist/web/pages/images/joined.js';
import { decodeGreyPng } from '../../cnn_mnist/web/pages/images/png.js';
import { encodeGreyPng } from '../../cnn_mnist/web/pages/images/png_writing.js';
import { unzipped, zipped } from '../../cnn_mnist/web/pages/images/zip.js';

const CLASSES = ['T-shirt/top', 'Trouser'];
const pixelsOf = (seed) => Uint8Array.from({ length: 784 }, (_, at) => (at * seed) % 256);
const EXAMPLES = [
  { label: 'Trouser', pixels: pixelsOf(3) },
  { label: 'T-shirt/top', pixels: pixelsOf(5) },
  { label: 'Trouser', pixels: pixelsOf(7) },
];

function fileWith(bytes, name = 'mine.zip') {
  return { name, size: bytes.length, arrayBuffer: async () => bytes };
}

const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

async function refusal(bytes, classes = CLASSES) {
  return examplesOf(fileWith(bytes), classes).then(
    () => assert.fail('accepted'),
    (error) => error,
  );
}

test('a grey PNG is read back to the same pixels', async () => {
  const pixels = pixelsOf(11).subarray(0, 21);
  const { width, height, pixels: found } = await decodeGreyPng(await encodeGreyPng(pixels, 7, 3));
  assert.deepEqual([width, height, found], [7, 3, pixels]);
});

test('examples are read back, also of classes whose names a path cannot hold', async () => {
  const bytes = await bytesOf(await fileOf(EXAMPLES, 'mine'));
  const files = await unzipped(bytes, 'mine.zip', 2 ** 20);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['mine/Trouser/0001.png', 'mine/T-shirt_top/0001.png', 'mine/Trouser/0002.png'],
  );
  assert.deepEqual(await examplesOf(fileWith(bytes), CLASSES), EXAMPLES);
});

test('the same examples give the same bytes', async () => {
  const [one, other] = await Promise.all([fileOf(EXAMPLES, 'mine'), fileOf(EXAMPLES, 'mine')]);
  assert.deepEqual(await bytesOf(one), await bytesOf(other));
});

test('a file that is damaged anywhere is refused in one line, or read as before', async () => {
  const bytes = await bytesOf(await fileOf(EXAMPLES.slice(0, 1), 'mine'));
  let refused = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const broken = Uint8Array.from(bytes);
    broken[at] ^= 0x81;
    const error = await examplesOf(fileWith(broken), CLASSES).then(
      (found) => assert.deepEqual(found, EXAMPLES.slice(0, 1)),
      (one) => one,
    );
    if (error) {
      assert.equal(error.name, 'PageError', `byte ${at}: ${error.stack}`);
      refused += 1;
    }
  }
  assert.ok(refused > bytes.length / 2, `${refused} of ${bytes.length}`);
  for (const length of [0, 1, 21, 22, 100, bytes.length - 1]) {
    assert.equal((await refusal(bytes.subarray(0, length))).key, 'zip_broken');
  }
});

test('other files are refused by name', async () => {
  const png = await encodeGreyPng(pixelsOf(3), 28, 28);
  const zip = (name, bytes = png) => bytesOf(zipped([{ name, bytes }]));
  assert.equal((await refusal(await zip('notes.txt'))).key, 'examples_none');
  const stranger = await refusal(await zip('mine/Hat/1.png'));
  assert.deepEqual(stranger.values, { name: 'mine/Hat/1.png', classes: CLASSES.join(', ') });
  assert.equal((await refusal(await zip('1.png'))).key, 'examples_class');
  const wide = await encodeGreyPng(new Uint8Array(29 * 28), 29, 28);
  assert.equal((await refusal(await zip('Trouser/1.png', wide))).key, 'examples_size');
  assert.equal((await refusal(await zip('Trouser/1.png', png.subarray(9)))).key, 'examples_size');
  const large = fileWith(new Uint8Array(1));
  large.size = 2 ** 30;
  await assert.rejects(examplesOf(large, CLASSES), { key: 'file_too_large' });
});

test('joined examples follow the training images, and leave their number as it is', () => {
  const own = splitOf(EXAMPLES, CLASSES);
  assert.deepEqual([...own.labels], [1, 0, 1]);
  const train = { images: new Uint8Array(5 * 784).fill(9), labels: new Uint8Array(5), count: 5 };
  const { data, more } = joined({ classes: CLASSES, train }, own, 2);
  assert.equal(data.train.count, 5);
  assert.deepEqual(more, [5, 6, 7, 5, 6, 7]);
  assert.deepEqual(data.train.images.subarray(6 * 784, 7 * 784), EXAMPLES[1].pixels);
  assert.equal(data.train.labels[7], 1);
});
