/**
 * Loads TensorFlow.js and uPlot, classic scripts that define the globals `tf` and `uPlot`.
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
  // Without the checks and warnings for developers.
  tf.enableProdMode();
}

/**
 * Loads TensorFlow.js' WebGPU backend, 0.3 MB, where the browser gives a graphics processor.
 * @returns {Promise<boolean>} whether it is there
 */
export async function loadWebGpu() {
  try {
    if (!(await globalThis.navigator?.gpu?.requestAdapter())) {
      return false;
    }
    await loadScript('tf-backend-webgpu.min.js');
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds until charts that could not be loaded are tried again. */
const PAUSE = 10_000;

let charts = null;

/**
 * Loads uPlot, which only a training needs, with its styles.
 * @returns {Promise<function>} uPlot's class
 * @throws {PageError} packages_missing; a call after ten seconds tries again.
 */
export function loadCharts() {
  nameLanguage();
  charts ??= Promise.all([
    load('link', { rel: 'stylesheet', href: new URL('uplot.min.css', PACKAGES).href }),
    loadScript('uplot.min.js'),
  ]).then(
    () => globalThis.uPlot,
    (error) => {
      setTimeout(() => (charts = null), PAUSE);
      throw error;
    },
  );
  return charts;
}

/** uPlot fails where the browser's language is none: WebKitGTK says “C” in a locale of plain C. */
function nameLanguage() {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en' });
  }
}

function loadScript(name) {
  // They run in the order in which they are added, and load at the same time.
  return load('script', { src: new URL(name, PACKAGES).href, async: false });
}

function load(tag, properties) {
  return new Promise((resolve, reject) => {
    const added = Object.assign(document.createElement(tag), properties, { onload: resolve });
    added.onerror = () => {
      added.remove();
      reject(new PageError('packages_missing'));
    };
    document.head.append(added);
  });
}
