import assert from 'node:assert/strict';
import test from 'node:test';

import { decodeGreyPng } from '../../cnn_mnist/web/pages/images/png.js';
import { greyPng } from './grey_png.mjs';

/** Smooth in places and rough in others, so that every filter has an effect. */
const LINES = Array.from({ length: 12 }, (_, y) =>
  Uint8Array.from({ length: 9 }, (__, x) => (y % 3 ? 17 * x * y : 91 * x * x * y)),
);
const PIXELS = Uint8Array.from(LINES.flatMap((line) => [...line]));

async function refusal(bytes) {
  let found;
  await assert.rejects(decodeGreyPng(bytes, 'data/0/images.png'), (error) => {
    found = error;
    return true;
  });
  assert.deepEqual([found.name, found.key], ['PageError', 'data_broken']);
  assert.equal(found.values.url, 'data/0/images.png');
  return found.values.detail;
}

for (const [type, name] of ['none', 'sub', 'up', 'average', 'Paeth'].entries()) {
  test(`filter ${name} is undone, in the first line too`, async () => {
    const file = greyPng(LINES, { filters: LINES.map(() => type) });
    assert.deepEqual(await decodeGreyPng(file), { width: 9, height: 12, pixels: PIXELS });
  });
}

test('Paeth breaks ties as the specification says', async () => {
  const values = [6, 12, 10, 14, 8, 2];
  const lines = Array.from({ length: 40 }, (_, y) =>
    Uint8Array.from({ length: 50 }, (__, x) => values[(x * x * 7 + y * y * 3 + x * y) % 6]),
  );
  const { pixels } = await decodeGreyPng(greyPng(lines, { filters: lines.map(() => 4) }));
  assert.deepEqual(
    [...pixels],
    lines.flatMap((line) => [...line]),
  );
});

test('lines of different filters follow each other', async () => {
  const file = greyPng(LINES, { filters: LINES.map((_, y) => (y * 3 + 4) % 5) });
  assert.deepEqual((await decodeGreyPng(file)).pixels, PIXELS);
});

test('pixels in several chunks are put together', async () => {
  assert.deepEqual((await decodeGreyPng(greyPng(LINES, { pieces: 5 }))).pixels, PIXELS);
});

test('a file that is part of a larger array is read', async () => {
  const file = greyPng(LINES);
  const larger = new Uint8Array(file.length + 20);
  larger.set(file, 7);
  const { pixels } = await decodeGreyPng(larger.subarray(7, 7 + file.length));
  assert.deepEqual(pixels, PIXELS);
});

test('a file that is not PNG is refused', async () => {
  assert.equal(await refusal(new TextEncoder().encode('<!doctype html>')), 'not a PNG file');
  assert.equal(await refusal(new Uint8Array(0)), 'not a PNG file');
});

test('a file cut off anywhere is refused', async () => {
  const file = greyPng(LINES);
  for (let length = 8; length < file.length; length++) {
    assert.equal(await refusal(file.subarray(0, length)), 'the PNG file is cut off');
  }
});

for (const [place, byte, found] of [
  [8, 16, '16 bits, colour type 0, interlacing 0'],
  [8, 1, '1 bits, colour type 0, interlacing 0'],
  [9, 2, '8 bits, colour type 2, interlacing 0'],
  [9, 3, '8 bits, colour type 3, interlacing 0'],
  [12, 1, '8 bits, colour type 0, interlacing 1'],
]) {
  test(`PNG of another kind is refused: ${found}`, async () => {
    const detail = await refusal(greyPng(LINES, { header: { [place]: byte } }));
    assert.equal(detail, `expected a PNG file of 8-bit grey without interlacing, found ${found}`);
  });
}

test('a file without width, or without header, is refused', async () => {
  assert.equal(await refusal(greyPng(LINES, { header: { 3: 0 } })), 'the PNG file is 0 x 12');
  const file = greyPng(LINES);
  file[12] = 'X'.charCodeAt(0);
  assert.equal(await refusal(file), 'the PNG file has no header');
});

test('pixels fewer or more than the header says are refused', async () => {
  const fewer = await refusal(greyPng(LINES, { header: { 7: 13 } }));
  assert.equal(fewer, 'the PNG file has 120 bytes, not 130');
  const more = await refusal(greyPng(LINES, { header: { 7: 11 } }));
  assert.equal(more, 'the PNG file has more bytes, not 110');
});

test('a header that claims gigabytes allocates no memory', async () => {
  const detail = await refusal(greyPng(LINES, { header: { 4: 255 } }));
  assert.match(detail, /^the PNG file has at most \d+ bytes, not \d{11}$/);
});

test('damaged pixels are refused, wherever the damage is', async () => {
  for (const place of [0, 5, -1]) {
    const spoil = (data) => {
      const spoilt = data.slice();
      spoilt[data.length * (place < 0) + place] ^= 255;
      return spoilt;
    };
    assert.match(await refusal(greyPng(LINES, { spoil })), /^the pixels .* are damaged/);
  }
  const spoil = (data) => data.subarray(0, -7);
  assert.match(await refusal(greyPng(LINES, { spoil })), /^the pixels .* are damaged/);
});

test('an unknown filter is refused', async () => {
  const filters = LINES.map((_, y) => (y === 4 ? 5 : 0));
  assert.equal(await refusal(greyPng(LINES, { filters })), 'line 4 of the PNG file has filter 5');
});
