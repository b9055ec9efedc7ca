import { tf } from '../base/tf.js';

const registered = new Set();

/**
 * Replaces the wasm backend's gradient of max pooling, which is three times slower than this loop.
 *
 * @param {string} backendName the backend, which must keep tensors on wasm's heap.
 */
export function registerPoolGradient(backendName = 'wasm') {
  if (registered.has(backendName)) {
    return;
  }
  registered.add(backendName);
  const slow = tf.getKernel(tf.MaxPoolGrad, backendName);
  tf.unregisterKernel(tf.MaxPoolGrad, backendName);
  tf.registerKernel({ ...slow, kernelFunc: poolGradient });
}

/**
 * Adds each window's gradient to its largest input, the first if there are several.
 *
 * inputs: dy float32 [batch, height', width', channels], input float32
 * [batch, height, width, channels]; result: of the shape of `input`.
 */
function poolGradient({ inputs: { dy, input }, attrs, backend }) {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const sizes = tf.backend_util.computePool2DInfo(
    input.shape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const output = backend.makeOutput(input.shape, 'float32');
  // Create the views after the output, since allocating it may move the heap.
  const [dx, x, given] = [output, input, dy].map((tensor) => backend.typedArrayFromHeap(tensor));
  dx.fill(0);
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = sizes;
  const { top, left } = sizes.padInfo;
  let from = 0;
  for (let n = 0; n < sizes.batchSize; n++) {
    for (let i = 0; i < outHeight; i++) {
      const firstRow = Math.max(0, i * strideHeight - top);
      const endRow = Math.min(inHeight, i * strideHeight - top + sizes.filterHeight);
      for (let j = 0; j < outWidth; j++) {
        const first = Math.max(0, j * strideWidth - left);
        const end = Math.min(inWidth, j * strideWidth - left + sizes.filterWidth);
        for (let channel = 0; channel < inChannels; channel++) {
          let best = ((n * inHeight + firstRow) * inWidth + first) * inChannels + channel;
          for (let row = firstRow; row < endRow; row++) {
            let at = ((n * inHeight + row) * inWidth + first) * inChannels + channel;
            for (let column = first; column < end; column++) {
              best = x[at] > x[best] ? at : best;
              at += inChannels;
            }
          }
          dx[best] += given[from];
          from += 1;
        }
      }
    }
  }
  return output;
}
