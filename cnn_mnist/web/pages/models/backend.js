import { registerConvGradient } from '../kernels/conv_gradient.js';
import { registerMatrixProduct } from '../kernels/matrix_product.js';
import { PageError } from '../base/page_error.js';
import { registerPoolGradient } from '../kernels/pool_gradient.js';
import { loadWebGpu, tf } from '../base/tf.js';
import { nextTask } from '../base/yielding.js';

const PATIENCE = 30_000; // milliseconds to wait for a backend to start

/**
 * Starts the backend that predicts fastest: WebAssembly, WebGL, or WebGPU.
 *
 * All that start are measured. WebGL without a graphics card looks like one that has it, but is
 * slower than WebAssembly, and no name tells all of them apart; WebGPU can be in software as well.
 *
 * @param {string} [wanted] 'webgpu', 'webgl', 'wasm' or 'cpu', the only backend to try.
 * @param {object} options
 * @param {string} options.packages the URL of the folder of wasm files, with a slash at its end.
 * @param {boolean} options.threads whether the wasm file with threads is among them.
 * @returns {Promise<'webgpu'|'webgl'|'wasm'|'cpu'>} the backend that was started.
 * @throws {PageError} packages_missing; backend_refused: `wanted` is unknown or does not start;
 *     no_backend: `wanted` is not given, and no backend starts.
 */
export async function startBackend(
  wanted,
  { packages = new URL('../packages/', import.meta.url).href, threads = true } = {},
) {
  if (!tf?.wasm) {
    throw new PageError('packages_missing');
  }
  // This throws if wasm has failed before, since tf.js then accepts no other path.
  attempt(() => tf.wasm.setWasmPaths(packages));
  if (!threads) {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  }
  const name = wanted ? await onlyStarted(wanted) : await fastest(await offered());
  if (!name) {
    throw wanted ? new PageError('backend_refused', { name: wanted }) : new PageError('no_backend');
  }
  prepare(name);
  return name;
}

async function onlyStarted(name) {
  if (name === 'webgpu' && !(await loadWebGpu())) {
    return false;
  }
  return (await starts(name)) && name;
}

/** Without a document, as in Node, WebGL would fail noisily. */
async function offered() {
  if (!globalThis.document) {
    return ['wasm'];
  }
  return (await loadWebGpu()) ? ['wasm', 'webgl', 'webgpu'] : ['wasm', 'webgl'];
}

/** Returns the fastest of the backends that start and are exact, started; or undefined. */
async function fastest(names) {
  const times = [];
  for (const name of names) {
    if ((await starts(name)) && isExact(name)) {
      times.push({ name, time: names.length > 1 ? await timeOfPrediction() : 0 });
    }
  }
  times.sort((one, other) => one.time - other.time);
  const [best] = times;
  if (best) {
    await starts(best.name);
    times.slice(1).forEach(({ name }) => tf.removeBackend(name));
  }
  return best?.name;
}

/**
 * Measures a prediction like that of the tutorial's network: a convolution, a pooling and a dense
 * layer, once the backend is warm.
 *
 * @returns {Promise<number>} milliseconds, of several the shortest.
 */
async function timeOfPrediction() {
  const image = tf.fill([1, 14, 14, 32], 0.1);
  const kernel = tf.fill([5, 5, 32, 64], 0.01);
  const weights = tf.fill([7 * 7 * 64, 128], 0.01);
  const once = async () => {
    const start = performance.now();
    const output = tf.tidy(() =>
      tf.matMul(
        tf
          .maxPool(tf.relu(tf.conv2d(image, kernel, 1, 'same')), 2, 2, 'valid')
          .reshape([1, 7 * 7 * 64]),
        weights,
      ),
    );
    await output.data();
    output.dispose();
    return performance.now() - start;
  };
  try {
    // The first one compiles.
    await once();
    return Math.min(await once(), await once(), await once());
  } finally {
    tf.dispose([image, kernel, weights]);
  }
}

async function starts(name) {
  let timer;
  const tooLong = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE, false);
  });
  try {
    return await Promise.race([tf.setBackend(name), tooLong]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Some phones compute in 16 bits, which is not precise enough for training. */
function isExact(name) {
  return name !== 'webgl' || tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
}

function prepare(name) {
  if (name === 'wasm') {
    registerConvGradient(name);
    registerPoolGradient(name);
    registerMatrixProduct(name);
  }
  if (name === 'webgl') {
    // tf.js waits for results with this; in a hidden page setTimeout fires only once a second.
    tf.env().platform.setTimeoutCustom = (callback) => {
      nextTask().then(callback);
    };
  }
}

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
