import { tf } from '../base/tf.js';

const registered = new Set();

/**
 * Makes products of transposed matrices, such as a dense layer's gradients, fast on the wasm backend.
 *
 * Its product is fast for matrices that are not transposed; for transposed ones it uses a loop that
 * takes up to twenty times as long. Transposing them first costs little.
 *
 * @param {string} backendName the backend whose BatchMatMul to wrap; it needs Transpose.
 */
export function registerMatrixProduct(backendName = 'wasm') {
  if (registered.has(backendName)) {
    return;
  }
  registered.add(backendName);
  const original = tf.getKernel(tf.BatchMatMul, backendName);
  tf.unregisterKernel(tf.BatchMatMul, backendName);
  tf.registerKernel({ ...original, kernelFunc: (call) => product(call, original.kernelFunc) });
}

/** inputs: a [..., m, k] and b [..., k, n], or with the last two swapped; result: [..., m, n]. */
function product({ inputs: { a, b }, attrs, backend }, multiply) {
  const { transposeA, transposeB } = attrs;
  if (!isOne(a) || !isOne(b)) {
    return multiply({ inputs: { a, b }, attrs, backend });
  }
  const inputs = {
    a: transposeA ? transposed(a, backend) : a,
    b: transposeB ? transposed(b, backend) : b,
  };
  const result = multiply({ inputs, attrs: { transposeA: false, transposeB: false }, backend });
  [transposeA && inputs.a, transposeB && inputs.b]
    .filter(Boolean)
    .forEach(({ dataId }) => backend.disposeData(dataId));
  return result;
}

/** Whether a tensor is a single matrix and not a batch of several. */
function isOne({ shape }) {
  return tf.util.sizeFromShape(shape.slice(0, -2)) === 1;
}

function transposed(x, backend) {
  const rank = x.shape.length;
  const perm = [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  const { kernelFunc } = tf.getKernel(tf.Transpose, tf.getBackend());
  return kernelFunc({ inputs: { x }, attrs: { perm }, backend });
}
