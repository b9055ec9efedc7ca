/**
 * Loads the pages' packages into Node, and sets `tf`. Import it before the pages' modules. Without
 * the packages `test` skips, and says how to get them.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { before, test as nodeTest } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.resolve(
  process.env.CNN_MNIST_WEB_PACKAGES ?? path.join(repository, '.web-packages'),
);
const require = createRequire(import.meta.url);

const missing = ['tf.min.js', 'tf-backend-wasm.min.js', 'tfjs-backend-wasm-simd.wasm']
  .map((name) => path.join(folder, name))
  .find((file) => !fs.existsSync(file));

/** The URL of the packages' folder for `startBackend`; ends with a slash. */
export const packages = `${pathToFileURL(folder)}/`;
export const tf = missing ? undefined : load();
globalThis.tf = tf;

/** Like `test` of `node:test`, but skips if the packages are missing. */
export function test(name, run) {
  nodeTest(name, { skip: missing && `no ${missing}: run scripts/web --packages_only` }, run);
}

/** Starts a backend before the tests of a file, as the pages do. */
export function useBackend(name = 'wasm') {
  before(async () => {
    if (!missing) {
      const { startBackend } = await import('../../cnn_mnist/web/pages/models/backend.js');
      await startBackend(name, { packages });
    }
  });
}

/**
 * Runs `step` many times; returns how much the number of tensors and wasm's heap grew.
 *
 * @returns {Promise<{tensors: number, bytes: number}>}
 */
export async function growth(step, { warmUp = 5, times = 100 } = {}) {
  for (let i = 0; i < warmUp; i++) {
    await step();
  }
  const before = { tensors: tf.memory().numTensors, bytes: heapBytes() };
  for (let i = 0; i < times; i++) {
    await step();
  }
  return { tensors: tf.memory().numTensors - before.tensors, bytes: heapBytes() - before.bytes };
}

/** Returns the size of wasm's heap, which never shrinks; 0 on other backends. */
export function heapBytes() {
  return tf.backend().wasm?.HEAPU8.length ?? 0;
}

/** Returns a generator of reproducible random numbers in [0, 1), mulberry32. */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function load() {
  const core = required('tf.min.js', {});
  core.wasm = required('tf-backend-wasm.min.js', { '@tensorflow/tfjs-core': core });
  return core;
}

/** Like Node's `require`, but `@tensorflow/tfjs-core` is the one that is already loaded. */
function required(name, loaded) {
  const filename = path.join(folder, name);
  const module = { exports: {} };
  const source = `(function(exports, module, require, __dirname){${fs.readFileSync(filename)}\n})`;
  const run = vm.runInThisContext(source, { filename });
  run(module.exports, module, (wanted) => loaded[wanted] ?? require(wanted), folder);
  return module.exports;
}
