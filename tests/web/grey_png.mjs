/** Writes grey PNG files for tests, including invalid ones. */

import { deflateSync } from 'node:zlib';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** By filter type: the byte to write, from a byte and those left, above, and above left of it. */
const PREDICTED = [
  () => 0,
  (left) => left,
  (left, above) => above,
  (left, above) => Math.floor((left + above) / 2),
  (left, above, aboveLeft) => {
    const estimate = left + above - aboveLeft;
    const distances = [left, above, aboveLeft].map((value) => Math.abs(estimate - value));
    return [left, above, aboveLeft][distances.indexOf(Math.min(...distances))];
  },
];

/**
 * @param {Uint8Array[]} lines The lines of pixels.
 * @param {object} options
 * @param {number[]} options.filters The filter type of each line.
 * @param {Object<number, number>} options.header Bytes of the header to replace, by position.
 * @param {number} options.pieces The number of chunks for the pixels.
 * @param {function(Uint8Array): Uint8Array} options.spoil Changes the compressed pixels.
 * @returns {Uint8Array} The file; the checksums of its chunks are 0.
 */
export function greyPng(lines, options = {}) {
  const { filters = lines.map(() => 0), header = {}, pieces = 1, spoil = (data) => data } = options;
  const written = lines.map((line, y) => filtered(line, lines[y - 1], filters[y]));
  const data = spoil(deflateSync(Buffer.concat(written)));
  const step = Math.ceil(data.length / pieces);
  const chunks = [
    chunk('IHDR', headerOf(lines[0].length, lines.length, header)),
    chunk('tEXt', Buffer.from('Comment\0none')),
    ...Array.from({ length: pieces }, (_, i) =>
      chunk('IDAT', data.subarray(i * step, (i + 1) * step)),
    ),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return new Uint8Array(Buffer.concat([SIGNATURE, ...chunks]));
}

function filtered(line, lineAbove, type) {
  const above = lineAbove ?? new Uint8Array(line.length);
  const predict = PREDICTED[type] ?? PREDICTED[0];
  const bytes = Array.from(
    line,
    (value, x) => (value - predict(line[x - 1] ?? 0, above[x], above[x - 1] ?? 0)) & 255,
  );
  return Uint8Array.of(type, ...bytes);
}

function headerOf(width, height, changes) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  for (const [place, byte] of Object.entries(changes)) header[place] = byte;
  return header;
}

function chunk(type, content) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(type), content, Buffer.alloc(4)]);
}
