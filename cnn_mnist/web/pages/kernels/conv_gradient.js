import { tf } from '../base/tf.js';

/**
 * Adds the gradients of convolutions to the wasm backend, which lacks a kernel for the gradient
 * with respect to the filter, and has a slow one for the gradient with respect to the input. Both
 * are convolutions themselves, for which the kernel is fast. A second call does nothing.
 *
 * @param {string} backendName the backend; it needs Conv2D, Transpose, Reverse and Slice.
 */
export function registerConvGradient(backendName = 'wasm') {
  if (tf.getKernel(tf.Conv2DBackpropFilter, backendName)) {
    return;
  }
  tf.registerKernel({
    kernelName: tf.Conv2DBackpropFilter,
    backendName,
    kernelFunc: gradientByFilter,
  });
  const slow = tf.getKernel(tf.Conv2DBackpropInput, backendName);
  tf.unregisterKernel(tf.Conv2DBackpropInput, backendName);
  tf.registerKernel({
    ...slow,
    kernelFunc: (call) => (isConvolution(call) ? gradientByInput(call) : slow.kernelFunc(call)),
  });
}

/**
 * The gradient with respect to the filter: a convolution whose channels are the images of the
 * batch and whose filter is dy, dilated by the strides of the original convolution.
 *
 * inputs: x float32 [batch, height, width, in], dy float32 [batch, height', width', out];
 * result: float32 `filterShape`, [rows, columns, in, out].
 *
 * @throws {Error} the data format is not NHWC.
 */
function gradientByFilter({ inputs: { x, dy }, attrs, backend }) {
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs;
  if (dataFormat !== 'NHWC') {
    throw new Error(`the gradient of a convolution needs dataFormat NHWC, not ${dataFormat}`);
  }
  const { padInfo, strideHeight, strideWidth } = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const run = kernelsOf(backend);
  const images = run(tf.Transpose, { x }, { perm: [3, 1, 2, 0] });
  const filter = run(tf.Transpose, { x: dy }, { perm: [1, 2, 0, 3] });
  const slid = run(
    tf.Conv2D,
    { x: images, filter },
    convolution(
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [strideHeight, strideWidth],
    ),
  );
  run.free(images, filter);
  const [rows, columns, , outputs] = filterShape;
  // With strides the filter may not have reached the last pixels, so the result can be too large.
  const size = [filterShape[2], rows, columns, outputs];
  const cut = run(tf.Slice, { x: slid }, { begin: [0, 0, 0, 0], size });
  const gradient = run(tf.Transpose, { x: cut }, { perm: [1, 2, 0, 3] });
  run.free(slid, cut);
  return gradient;
}

/** Whether the gradient for the input is a plain convolution: no strides, no negative padding. */
function isConvolution({ inputs: { filter }, attrs }) {
  if (attrs.dataFormat !== 'NHWC') {
    return false;
  }
  const { info, top, bottom, left, right } = paddingOfGradient(filter, attrs);
  return (
    info.strideHeight === 1 && info.strideWidth === 1 && Math.min(top, bottom, left, right) >= 0
  );
}

/**
 * The gradient with respect to the input: padded dy, convolved with the filter rotated by 180°.
 *
 * inputs: dy float32 [batch, height', width', out], filter float32 [rows, columns, in, out];
 * result: float32 `inputShape`, [batch, height, width, in].
 */
function gradientByInput({ inputs: { dy, filter }, attrs, backend }) {
  const { top, bottom, left, right } = paddingOfGradient(filter, attrs);
  const run = kernelsOf(backend);
  const turned = run(tf.Reverse, { x: filter }, { dims: [0, 1] });
  const swapped = run(tf.Transpose, { x: turned }, { perm: [0, 1, 3, 2] });
  const gradient = run(
    tf.Conv2D,
    { x: dy, filter: swapped },
    convolution([top, bottom], [left, right], [1, 1]),
  );
  run.free(turned, swapped);
  return gradient;
}

function paddingOfGradient(filter, { strides, pad, dimRoundingMode, inputShape }) {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter.shape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const top = info.filterHeight - 1 - info.padInfo.top;
  const left = info.filterWidth - 1 - info.padInfo.left;
  return {
    info,
    top,
    left,
    bottom: info.inHeight - info.outHeight + info.filterHeight - 1 - top,
    right: info.inWidth - info.outWidth + info.filterWidth - 1 - left,
  };
}

function convolution(rows, columns, dilations) {
  const pad = [[0, 0], rows, columns, [0, 0]];
  return { strides: [1, 1], pad, dataFormat: 'NHWC', dilations };
}

/** Runs kernels outside the engine, which therefore neither tracks nor frees their results. */
function kernelsOf(backend) {
  const backendName = tf.getBackend();
  const run = (name, inputs, attrs) =>
    tf.getKernel(name, backendName).kernelFunc({ inputs, attrs, backend });
  run.free = (...tensors) => tensors.forEach(({ dataId }) => backend.disposeData(dataId));
  return run;
}
