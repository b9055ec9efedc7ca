/** Opens a model that was downloaded: a description and its weights, or both in a zip file. */

import { modelOf } from './model.js';
import { PageError } from '../base/page_error.js';
import { unzipped } from '../images/zip.js';

const KINDS = /\.(json|bin|zip)$/i;
// What a name in this browser may hold; the rest of a file's name becomes spaces.
const OTHERS = /[^\p{L}\p{M}\p{N} _-]+/gu;
const LONGEST_NAME = 60;
const MOST_BYTES = 200e6; // of a file in a zip file
// What helps is another download, and not another export.
const OF_FILES = { model_broken: 'files_broken', weights_length: 'files_length' };

/** @returns {boolean} whether files are meant as a model rather than as a picture */
export function areOfModel(files) {
  return files.length > 0 && [...files].every(({ name }) => KINDS.test(name));
}

/**
 * @param {Iterable<File>} files `.json` and `.bin`, or a `.zip` with both
 * @returns {Promise<{model: tf.LayersModel, name: string}>} the caller disposes of the model; the
 *   name is the description's without its ending
 * @throws {PageError} files_missing: there is not one description, or a file of weights is missing;
 *   zip_broken: a zip file is damaged; files_broken: the description is; files_length: the weights
 *   are of another length; model_unfit
 */
export async function openModelFiles(files) {
  const contents = await contentsOf(files);
  const descriptions = [...contents.keys()].filter((name) => /\.json$/i.test(name));
  if (descriptions.length !== 1) {
    throw new PageError('files_missing', {
      given: [...contents.keys()].join(', '),
    });
  }
  const [name] = descriptions;
  const text = new TextDecoder().decode(contents.get(name));
  try {
    const model = await modelOf(text, name, async (path) => weightsIn(contents, path));
    return { model, name: nameOf(name) };
  } catch (error) {
    const key = OF_FILES[error.key];
    throw key ? new PageError(key, error.values) : error;
  }
}

/** Returns the content of each file by its name, without folders. */
async function contentsOf(files) {
  const found = new Map();
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (/\.zip$/i.test(file.name)) {
      for (const [path, content] of await unpacked(bytes, file.name)) {
        found.set(path, content);
      }
    } else {
      found.set(file.name, bytes);
    }
  }
  return found;
}

async function unpacked(bytes, name) {
  const files = await unzipped(bytes, name, MOST_BYTES);
  return (
    files
      // macOS adds files of its own to every zip file.
      .filter((file) => !file.name.startsWith('__MACOSX/'))
      .map((file) => [file.name.replace(/.*\//, ''), file.bytes])
      .filter(([path]) => KINDS.test(path))
  );
}

/**
 * Returns weights by the path that a description has. A browser renames the second download of a
 * name, but not the path in it, so a single other file of weights counts too; its length is checked.
 */
function weightsIn(contents, path) {
  const others = [...contents.keys()].filter((name) => /\.bin$/i.test(name));
  const name = contents.has(path) || others.length !== 1 ? path : others[0];
  const bytes = contents.get(name);
  if (!bytes) {
    throw new PageError('files_missing', {
      given: [...contents.keys()].join(', '),
    });
  }
  return bytes.slice().buffer;
}

function nameOf(file) {
  const words = file
    .replace(/\.json$/i, '')
    .replace(OTHERS, ' ')
    .trim();
  return words.slice(0, LONGEST_NAME).trim() || 'model';
}
