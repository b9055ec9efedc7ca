/**
 * Loads TensorFlow.js and its charts, classic scripts that define the globals `tf` and `tfvis`.
 *
 * Modules import the live binding `tf`, and use it once `loadTf` is done.
 */

import { PageError } from './page_error.js';

const PACKAGES = new URL('../packages/', import.meta.url);

/** TensorFlow.js; in Node a test sets the global before it imports a module. */
export let tf = globalThis.tf;

/**
 * Loads TensorFlow.js and its WebAssembly backend.
 * @throws {PageError} packages_missing
 */
export async function loadTf() {
  await Promise.all(['tf.min.js', 'tf-backend-wasm.min.js'].map(loadScript));
  tf = globalThis.tf;
  if (!tf?.wasm) {
    throw new PageError('packages_missing');
  }
  // The charts contain a second copy of part of it, which would log a warning about that.
  tf.enableProdMode();
}

let charts = null;

/**
 * Loads the charts, 1.2 MB that only a training needs.
 * @returns {Promise<object>} tfjs-vis
 * @throws {PageError} packages_missing; the next call tries again.
 */
export function loadCharts() {
  charts ??= loadScript('tfjs-vis.umd.min.js').then(() => globalThis.tfvis);
  charts.catch(() => (charts = null));
  return charts;
}

function loadScript(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    // They run in the order in which they are added, and load at the same time.
    Object.assign(script, { src: new URL(name, PACKAGES).href, async: false, onload: resolve });
    script.onerror = () => reject(new PageError('packages_missing'));
    document.head.append(script);
  });
}
