import { checkModel } from './model.js';
import { PageError } from '../base/page_error.js';
import { tf } from '../base/tf.js';

const SCHEME = 'indexeddb://';
// tf.js's own database, which its indexeddb:// reads, lists and removes from. `save` writes there
// itself: tf.js 4.22 checks the two requests but not their transactions. With a full disk it
// reports success if the browser refuses the commit, and waits forever if the browser refuses the
// second request.
// https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-core/src/io/indexed_db.ts
const DATABASE = 'tensorflowjs';
const VERSION = 1;
const MODELS = 'models_store';
const INFOS = 'model_info_store';

/**
 * Lists the models that are saved in this browser for this page, newest first.
 *
 * @returns {Promise<Array<{name: string, date: Date, bytes: number}>>} bytes: the size of
 *     description and weights.
 * @throws {PageError} storage_refused.
 */
export function list() {
  return stored(async () => {
    const infos = Object.entries(await tf.io.listModels()).filter(([url]) =>
      url.startsWith(SCHEME),
    );
    return infos
      .map(([url, { dateSaved, modelTopologyBytes, weightDataBytes }]) => ({
        name: url.slice(SCHEME.length),
        date: new Date(dateSaved),
        bytes: (modelTopologyBytes ?? 0) + (weightDataBytes ?? 0),
      }))
      .sort((one, other) => other.date - one.date);
  });
}

/**
 * Saves a model in this browser, with its metadata; it replaces one of the same name.
 *
 * @param {tf.LayersModel} model
 * @param {string} name not empty.
 * @throws {PageError} storage_full: nothing is changed; storage_refused.
 */
export function save(model, name) {
  return stored(async () => {
    await model.save({ save: (artifacts) => write(name, artifacts) });
    tellOthers();
  });
}

/**
 * Loads a model that `save` stored.
 *
 * @param {string} name
 * @returns {Promise<tf.LayersModel>} float32 [n, 28, 28, 1] -> [n, classes].
 * @throws {PageError} storage_missing: no model has that name; storage_broken: its record is damaged;
 *     storage_refused; model_unfit: another page at this address stored a different kind of model.
 */
export async function load(name) {
  const model = await stored(async () => {
    try {
      return await tf.loadLayersModel(SCHEME + name);
    } catch (error) {
      throw damage(error, name) ?? error;
    }
  });
  try {
    checkModel(model, name);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/**
 * Removes a model that `save` stored.
 *
 * @param {string} name
 * @throws {PageError} storage_missing: no model has that name; storage_refused.
 */
export function remove(name) {
  return stored(async () => {
    try {
      await tf.io.removeModel(SCHEME + name);
      tellOthers();
    } catch (error) {
      throw absence(error, name) ?? error;
    }
  });
}

const others = globalThis.document && new BroadcastChannel('cnn_mnist.models');

function tellOthers() {
  others?.postMessage('changed');
}

/**
 * Calls back when another window of this browser has saved or removed a model.
 *
 * @param {() => void} changed
 */
export function whenOthersChange(changed) {
  others?.addEventListener('message', changed);
}

/**
 * Downloads a model as `<name>.json` and `<name>.weights.bin`, which `tf.loadLayersModel` reads.
 *
 * @param {tf.LayersModel} model
 * @param {string} name
 */
export async function download(model, name) {
  await model.save(`downloads://${name}`);
}

/** Returns the PageError for tf.js's error about a missing model, or null for other errors. */
function absence(error, name) {
  const isAbsent = error?.message?.startsWith('Cannot find model');
  return isAbsent ? new PageError('storage_missing', { name }) : null;
}

/** Returns the PageError for a damaged record, or null if the browser refused (DOMException). */
function damage(error, name) {
  if (error instanceof DOMException) {
    return null;
  }
  const broken = { name, detail: error?.message ?? String(error) };
  return absence(error, name) ?? new PageError('storage_broken', broken);
}

async function stored(act) {
  if (!globalThis.indexedDB) {
    throw new PageError('storage_refused', { detail: 'IndexedDB' });
  }
  try {
    return await act();
  } catch (error) {
    if (error instanceof PageError) {
      throw error;
    }
    if (error?.name === 'QuotaExceededError') {
      throw new PageError('storage_full');
    }
    throw new PageError('storage_refused', { detail: error?.message ?? String(error) });
  }
}

async function write(modelPath, artifacts) {
  const weightData = tf.io.CompositeArrayBuffer.join(artifacts.weightData);
  const modelArtifacts = { ...artifacts, weightData };
  const modelArtifactsInfo = tf.io.getModelArtifactsInfoForJSON(modelArtifacts);
  const database = await opened();
  try {
    const transaction = database.transaction([INFOS, MODELS], 'readwrite');
    transaction.objectStore(INFOS).put({ modelPath, modelArtifactsInfo });
    transaction.objectStore(MODELS).put({ modelPath, modelArtifacts, modelArtifactsInfo });
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
  return { modelArtifactsInfo };
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = globalThis.indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      for (const store of [MODELS, INFOS]) {
        request.result.createObjectStore(store, { keyPath: 'modelPath' });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
