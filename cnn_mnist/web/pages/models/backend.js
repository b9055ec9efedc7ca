import { registerConvGradient } from '../kernels/conv_gradient.js';
import { registerMatrixProduct } from '../kernels/matrix_product.js';
import { PageError } from '../base/page_error.js';
import { registerPoolGradient } from '../kernels/pool_gradient.js';
import { tf } from '../base/tf.js';
import { nextTask } from '../base/yielding.js';

const PATIENCE = 30_000; // milliseconds to wait for a backend to start
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i;

/**
 * Starts a backend: WebGL if there is a real graphics card, else WebAssembly.
 *
 * A software renderer looks like a graphics card, but is slower than WebAssembly.
 *
 * @param {string} [wanted] 'webgl', 'wasm' or 'cpu', the only backend to try.
 * @param {object} options
 * @param {string} options.packages the URL of the folder of wasm files, with a slash at its end.
 * @param {boolean} options.threads whether the wasm file with threads is among them.
 * @returns {Promise<'webgl'|'wasm'|'cpu'>} the backend that was started.
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
  for (const name of wanted ? [wanted] : ['webgl', 'wasm']) {
    const worthwhile = wanted || name !== 'webgl' || hasGraphicsCard();
    if (worthwhile && (await starts(name)) && (wanted || isExact(name))) {
      prepare(name);
      return name;
    }
  }
  throw wanted ? new PageError('backend_refused', { name: wanted }) : new PageError('no_backend');
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

function hasGraphicsCard() {
  if (typeof document === 'undefined') {
    return false;
  }
  const canvas = document.createElement('canvas');
  const options = { failIfMajorPerformanceCaveat: true };
  const gl =
    attempt(() => canvas.getContext('webgl2', options)) ??
    attempt(() => canvas.getContext('webgl', options));
  if (!gl) {
    return false;
  }
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !SOFTWARE.test(renderer);
}

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
