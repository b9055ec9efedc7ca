/**
 * Reads small zip files, as operating systems make them of two files.
 *
 * The format is PKWARE's APPNOTE 6.3.10, without zip64, encryption and several disks.
 */

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const [STORED, DEFLATED] = [0, 8];
const LONGEST_COMMENT = 65_535;
const MOST_BYTES = 200e6;

/** A file that is not a zip file that this module reads. */
export class BrokenZip extends Error {}

/**
 * @param {Uint8Array} bytes the zip file
 * @returns {Promise<Map<string, Uint8Array>>} the content of each file by its path; folders are
 *   left out
 * @throws {BrokenZip} it is damaged, encrypted, or unpacks to more than 200 MB
 */
export async function unzipped(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const found = new Map();
    const entries = entriesOf(view);
    if (entries.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES) {
      throw new BrokenZip('more than 200 MB');
    }
    for (const entry of entries) {
      if (!entry.name.endsWith('/')) {
        found.set(entry.name, await contentOf(bytes, view, entry));
      }
    }
    return found;
  } catch (error) {
    // A RangeError is of a place outside the file.
    throw error instanceof BrokenZip ? error : new BrokenZip(error.message);
  }
}

function entriesOf(view) {
  const end = endOf(view);
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: view.getUint16(end + 10, true) }, () => {
    if (view.getUint32(at, true) !== ENTRY) throw new BrokenZip('its list of files is damaged');
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    if (flags & 1) throw new BrokenZip('it is encrypted');
    const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const name = new TextDecoder().decode(bytesOf(view, at + ENTRY_BYTES, lengths[0]));
    const local = view.getUint32(at + 42, true);
    at += ENTRY_BYTES + lengths.reduce((sum, length) => sum + length, 0);
    return { name, method, packed, size, local };
  });
}

/** Returns where the record at the end begins; a comment may follow it. */
function endOf(view) {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at -= 1) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new BrokenZip('not a zip file');
}

function bytesOf(view, at, length) {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

async function contentOf(bytes, view, { name, method, packed, size, local }) {
  const lengths = [26, 28].map((place) => view.getUint16(local + place, true));
  const begin = local + LOCAL_BYTES + lengths[0] + lengths[1];
  const content = bytesOf(view, begin, packed);
  if (method === STORED) return content.slice();
  if (method !== DEFLATED) throw new BrokenZip(`${name} is compressed by method ${method}`);
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const inflated = await inflatedOf(stream, size);
  if (inflated.length !== size) throw new BrokenZip(`${name} has another length than it should`);
  return inflated;
}

/** Reads a stream, and ends once it is longer than it should be. */
async function inflatedOf(stream, size) {
  const reader = stream.getReader();
  const whole = new Uint8Array(size);
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return whole.subarray(0, filled);
    if (filled + value.length > size) throw new BrokenZip('it unpacks to more than it says');
    whole.set(value, filled);
    filled += value.length;
  }
}
