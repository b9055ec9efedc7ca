/** Your own examples as a ZIP file: a folder for each class, with a PNG file for each example. */

import { PageError } from '../base/page_error.js';
import { decodeGreyPng } from './png.js';
import { encodeGreyPng } from './png_writing.js';
import { unzipped, zipped } from './zip.js';

const SIDE = 28;
const MOST_BYTES = 64 * 2 ** 20;
const MOST_BYTES_OF_ONE = 2 ** 20; // a picture of 28×28 pixels has some hundred
// Not allowed in names of files, on some system.
const STRANGE = /[\\/:*?"<>|]/g;

const folderOf = (label) => label.replace(STRANGE, '_');

/**
 * @param {{label: string, pixels: Uint8Array}[]} examples pixels [784]
 * @param {string} folder that holds the folders of the classes
 * @returns {Promise<Blob>} which the command's `--dataset` takes once it is unpacked
 */
export async function fileOf(examples, folder) {
  const counts = new Map();
  const files = [];
  for (const { label, pixels } of examples) {
    const number = (counts.get(label) ?? 0) + 1;
    counts.set(label, number);
    const name = `${folder}/${folderOf(label)}/${String(number).padStart(4, '0')}.png`;
    files.push({ name, bytes: await encodeGreyPng(pixels, SIDE, SIDE) });
  }
  return zipped(files);
}

/**
 * @param {File} file as `fileOf` made it, also packed again
 * @param {string[]} classes
 * @returns {Promise<{label: string, pixels: Uint8Array}[]>}
 * @throws {PageError} zip_broken; file_too_large; examples_none: it holds no PNG files;
 *   examples_class: a folder is not named as a class; examples_size: a picture is not 28×28 of grey
 */
export async function examplesOf(file, classes) {
  if (file.size > MOST_BYTES) {
    throw new PageError('file_too_large', {
      name: file.name,
      most: MOST_BYTES / 2 ** 20,
    });
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const files = await unzipped(bytes, file.name, MOST_BYTES_OF_ONE);
  const pictures = files.filter(({ name }) => isPicture(name));
  if (pictures.length === 0) {
    throw new PageError('examples_none', { name: file.name });
  }
  const found = [];
  for (const { name, bytes } of pictures) {
    found.push({
      label: labelOf(name, classes),
      pixels: await pixelsOf(name, bytes),
    });
  }
  return found;
}

/** Whether a file is a picture, and not what macOS puts beside each file. */
function isPicture(name) {
  return /\.png$/i.test(name) && !/(^|\/)(__MACOSX\/|\._)/.test(name);
}

function labelOf(name, classes) {
  const folder = name.split('/').at(-2) ?? '';
  const label = classes.find((one) => folderOf(one) === folder);
  if (label === undefined) {
    throw new PageError('examples_class', {
      name,
      classes: classes.join(', '),
    });
  }
  return label;
}

async function pixelsOf(name, bytes) {
  const refused = new PageError('examples_size', { name });
  const { width, height, pixels } = await decodeGreyPng(bytes, name).catch(() => {
    throw refused;
  });
  if (width !== SIDE || height !== SIDE) {
    throw refused;
  }
  return pixels;
}
