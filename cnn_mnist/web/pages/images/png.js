/**
 * Decodes grey PNG without a canvas. A canvas would take four bytes per pixel, and some browsers
 * alter its pixels to prevent fingerprinting.
 */

import { PageError } from '../base/page_error.js';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The largest expansion of deflate: https://zlib.net/zlib_tech.html. */
const MOST_EXPANSION = 1032;

/**
 * Reads a PNG file of 8-bit grey without interlacing (https://www.w3.org/TR/png/).
 *
 * The checksums of chunks are not checked: the zlib stream of the pixels has its own checksum, and
 * the header is checked by value.
 *
 * @param {Uint8Array} bytes The file.
 * @param {string} url The file's URL, for the error.
 * @returns {Promise<{width: number, height: number, pixels: Uint8Array}>} Pixels
 *   [height * width], row-major.
 * @throws {PageError} data_broken: the file is cut off, damaged, or another kind of PNG.
 */
export async function decodeGreyPng(bytes, url = '') {
  try {
    const { header, data } = chunksOf(bytes);
    const { width, height } = sizeOf(header);
    const lines = await inflated(data, (width + 1) * height);
    return { width, height, pixels: unfiltered(lines, width, height) };
  } catch (error) {
    if (!(error instanceof BrokenPng)) throw error;
    throw new PageError('data_broken', { url, detail: error.message });
  }
}

class BrokenPng extends Error {}

function chunksOf(bytes) {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new BrokenPng('not a PNG file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = { header: null, data: [] };
  for (let at = SIGNATURE.length; ;) {
    const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity;
    if (end > bytes.length) throw new BrokenPng('the PNG file is cut off');
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, end - 4);
    if (type === 'IHDR') chunks.header = content;
    if (type === 'IDAT') chunks.data.push(content);
    if (type === 'IEND') return chunks;
    at = end;
  }
}

function sizeOf(header) {
  if (header === null || header.length !== 13) throw new BrokenPng('the PNG file has no header');
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bits, colourType, compression, filter, interlace] = header.subarray(8);
  if (bits !== 8 || colourType !== 0 || compression !== 0 || filter !== 0 || interlace !== 0) {
    throw new BrokenPng(
      `expected a PNG file of 8-bit grey without interlacing, found ${bits} bits, ` +
        `colour type ${colourType}, interlacing ${interlace}`,
    );
  }
  if (width === 0 || height === 0) throw new BrokenPng(`the PNG file is ${width} x ${height}`);
  return { width, height };
}

/** Returns the decompressed bytes of a zlib stream; their number must be `length`. */
async function inflated(pieces, length) {
  const compressed = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const wrong = (found) => new BrokenPng(`the PNG file has ${found} bytes, not ${length}`);
  // Before any memory is allocated.
  if (length > compressed * MOST_EXPANSION) throw wrong(`at most ${compressed * MOST_EXPANSION}`);
  const whole = new Uint8Array(length);
  let filled = 0;
  for await (const piece of inflatedPieces(pieces)) {
    if (filled + piece.length > length) throw wrong('more');
    whole.set(piece, filled);
    filled += piece.length;
  }
  if (filled < length) throw wrong(filled);
  return whole;
}

/** Uses a reader, since not every browser can iterate over a stream. */
async function* inflatedPieces(pieces) {
  const stream = new Blob(pieces).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw new BrokenPng(`the pixels of the PNG file are damaged (${error.message})`);
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Discard the pieces that are left after an error.
    await reader.cancel().catch(() => {});
  }
}

/**
 * Undoes the filters in place. Each line loses its first byte, so no byte is overwritten before it
 * is read.
 *
 * @returns {Uint8Array} [height * width], a view of the start of `lines`.
 */
function unfiltered(lines, width, height) {
  for (let y = 0; y < height; y++) {
    const from = y * (width + 1);
    const undo = UNDO[lines[from]];
    if (!undo) throw new BrokenPng(`line ${y} of the PNG file has filter ${lines[from]}`);
    undo(lines, from + 1, y * width, width, y > 0);
  }
  return lines.subarray(0, width * height);
}

/** By filter type; each restores `width` bytes at `from` to `to`, after the line above. */
const UNDO = [undoNone, undoSub, undoUp, undoAverage, undoPaeth];

function undoNone(bytes, from, to, width) {
  bytes.copyWithin(to, from, from + width);
}

function undoSub(bytes, from, to, width) {
  let left = 0;
  for (let x = 0; x < width; x++) {
    left = (bytes[from + x] + left) & 255;
    bytes[to + x] = left;
  }
}

function undoUp(bytes, from, to, width, hasLineAbove) {
  if (!hasLineAbove) return undoNone(bytes, from, to, width);
  for (let x = 0; x < width; x++) bytes[to + x] = bytes[from + x] + bytes[to - width + x];
}

function undoAverage(bytes, from, to, width, hasLineAbove) {
  let left = 0;
  for (let x = 0; x < width; x++) {
    const above = hasLineAbove ? bytes[to - width + x] : 0;
    left = (bytes[from + x] + ((left + above) >> 1)) & 255;
    bytes[to + x] = left;
  }
}

function undoPaeth(bytes, from, to, width, hasLineAbove) {
  if (!hasLineAbove) return undoSub(bytes, from, to, width);
  let left = 0;
  let aboveLeft = 0;
  for (let x = 0; x < width; x++) {
    const above = bytes[to - width + x];
    left = (bytes[from + x] + paeth(left, above, aboveLeft)) & 255;
    bytes[to + x] = left;
    aboveLeft = above;
  }
}

/** Returns the one of the three that is nearest to left + above - aboveLeft. */
function paeth(left, above, aboveLeft) {
  const toLeft = Math.abs(above - aboveLeft);
  const toAbove = Math.abs(left - aboveLeft);
  const toAboveLeft = Math.abs(left + above - 2 * aboveLeft);
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}
