/**
 * Writes and reads ZIP files of small files
 * (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). A package for this would be larger
 * than what is needed: files are stored as they are, and the browser itself inflates others.
 */

import { PageError } from '../base/page_error.js';
import { crc32 } from './checksum.js';

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [LOCAL_SIZE, CENTRAL_SIZE, END_SIZE] = [30, 46, 22];
const MOST_COMMENT = 65535;
const [STORED, DEFLATED] = [0, 8];
const [IS_ENCRYPTED, IS_UTF8] = [1, 1 << 11];
const VERSION = 20;
// The first day that the format can name: the same files give the same bytes.
const FIRST_DAY = (1 << 5) | 1;
const MOST_FILES = 20_000;

/**
 * @param {{name: string, bytes: Uint8Array}[]} files name: a path with slashes
 * @returns {Blob}
 */
export function zipped(files) {
  const [contents, directory] = [[], []];
  let place = 0;
  for (const { name, bytes } of files) {
    const path = new TextEncoder().encode(name);
    const facts = factsOf(path, bytes);
    contents.push(record(LOCAL, LOCAL_SIZE, 4, facts), path, bytes);
    const entry = record(CENTRAL, CENTRAL_SIZE, 6, facts);
    const view = new DataView(entry.buffer);
    view.setUint16(4, VERSION, true);
    view.setUint32(42, place, true);
    directory.push(entry, path);
    place += LOCAL_SIZE + path.length + bytes.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = new DataView(new ArrayBuffer(END_SIZE));
  end.setUint32(0, END, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, place, true);
  return new Blob([...contents, ...directory, end], {
    type: 'application/zip',
  });
}

/** Returns what both records of a file hold: `[size of the field, value]`, one after the other. */
function factsOf(path, bytes) {
  return [
    ...[2, VERSION, 2, IS_UTF8, 2, STORED, 2, 0, 2, FIRST_DAY],
    ...[4, crc32(bytes), 4, bytes.length, 4, bytes.length, 2, path.length, 2, 0],
  ];
}

function record(signature, size, start, facts) {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, signature, true);
  let at = start;
  for (let i = 0; i < facts.length; i += 2) {
    const set = facts[i] === 2 ? 'setUint16' : 'setUint32';
    view[set](at, facts[i + 1], true);
    at += facts[i];
  }
  return new Uint8Array(view.buffer);
}

/**
 * @param {Uint8Array} bytes a ZIP file
 * @param {string} name the file's name, for the error
 * @param {number} mostBytes of a file in it
 * @returns {Promise<{name: string, bytes: Uint8Array}[]>} its files, without folders
 * @throws {PageError} zip_broken: it is damaged, or of a kind that is not read
 */
export async function unzipped(bytes, name, mostBytes) {
  try {
    const found = [];
    for (const entry of entriesOf(bytes, mostBytes)) {
      found.push({ name: entry.name, bytes: await contentOf(bytes, entry) });
    }
    return found;
  } catch (error) {
    // A RangeError comes from reading behind the end, a TypeError from damaged compressed bytes.
    throw new PageError('zip_broken', { name, detail: error.message });
  }
}

function entriesOf(bytes, mostBytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  if (count > MOST_FILES) throw new Error(`more than ${MOST_FILES} files`);
  const entries = [];
  let at = view.getUint32(end + 16, true);
  for (let number = 0; number < count; number++) {
    if (view.getUint32(at, true) !== CENTRAL) throw new Error('the list of files is damaged');
    const flags = view.getUint16(at + 8, true);
    const [path, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const begin = at + CENTRAL_SIZE;
    const name = new TextDecoder().decode(bytes.subarray(begin, begin + path));
    const [packed, size] = [20, 24].map((field) => view.getUint32(at + field, true));
    if (flags & IS_ENCRYPTED) throw new Error(`${name} is encrypted`);
    if (size > mostBytes) throw new Error(`${name} has more than ${mostBytes} bytes`);
    const method = view.getUint16(at + 10, true);
    const place = view.getUint32(at + 42, true);
    const checksum = view.getUint32(at + 16, true);
    if (!name.endsWith('/')) entries.push({ name, method, packed, size, place, checksum });
    at = begin + path + extra + comment;
  }
  return entries;
}

/** Returns where the last record begins; a comment may follow it. */
function endOf(view) {
  const last = view.byteLength - END_SIZE;
  for (let at = last; at >= Math.max(0, last - MOST_COMMENT); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new Error('not a ZIP file');
}

async function contentOf(bytes, { name, method, packed, size, place, checksum }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(place, true) !== LOCAL) throw new Error(`${name} is damaged`);
  const [path, extra] = [26, 28].map((field) => view.getUint16(place + field, true));
  const begin = place + LOCAL_SIZE + path + extra;
  const content = bytes.subarray(begin, begin + packed);
  if (![STORED, DEFLATED].includes(method)) throw new Error(`${name} has method ${method}`);
  const found = method === STORED ? content : await inflated(content, size);
  if (found.length !== size || crc32(found) !== checksum) throw new Error(`${name} is damaged`);
  return found;
}

/** Stops as soon as there are more bytes than the list of files says. */
async function inflated(content, size) {
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const whole = new Uint8Array(size);
  for (let filled = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return whole.subarray(0, filled);
    if (filled + value.length > size) {
      await reader.cancel().catch(() => {});
      return new Uint8Array();
    }
    whole.set(value, filled);
    filled += value.length;
  }
}
