/**
 * Computes single values of a layer from its input and weights, term by term, as a person would.
 * The sums are those of TensorFlow.js within the accuracy of float32. Rows, columns and channels
 * are counted from 0 here.
 *
 * @typedef {object} Maps
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 * @property {Float32Array} values [height * width * channels]
 *
 * @typedef {object} Area the cells of an input that one value of the output comes from
 * @property {number} top the first row; negative where the padding begins outside the input
 * @property {number} left the first column
 * @property {number} height
 * @property {number} width
 */

/**
 * Returns the window on the input for one place of the output.
 *
 * Padding 'same' is TensorFlow's: if the cells to add are odd in number, the additional one is
 * at the end (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
 *
 * @param {Maps} input
 * @param {{size: number[], strides: number[], padding: string}} window size: rows and columns
 * @param {{row: number, column: number}} place of the output
 * @returns {Area}
 */
export function areaOf({ height, width }, { size, strides, padding }, { row, column }) {
  const start = (at, axis, length) => {
    const before = padding === 'same' ? cellsBefore(length, size[axis], strides[axis]) : 0;
    return at * strides[axis] - before;
  };
  const [top, left] = [start(row, 0, height), start(column, 1, width)];
  return { top, left, height: size[0], width: size[1] };
}

function cellsBefore(length, size, stride) {
  const steps = Math.ceil(length / stride);
  return Math.floor(Math.max((steps - 1) * stride + size - length, 0) / 2);
}

/**
 * Computes one value of a convolution, before its activation.
 *
 * @param {Maps} input
 * @param {{size: number[], strides: number[], padding: string, kernel: Float32Array,
 *   bias: Float32Array | null}} layer kernel: [rows * columns * channels * filters]
 * @param {{row: number, column: number, map: number}} place of the output
 * @returns {{area: Area, channels: Array<{channel: number, inputs: (number | null)[],
 *   weights: number[], products: number[], sum: number}>, bias: number, sum: number}} for each
 *   channel of the input its window, row by row; null outside the input, which counts as 0
 */
export function convolutionAt(input, layer, { row, column, map }) {
  const area = areaOf(input, layer, { row, column });
  const bias = layer.bias?.[map] ?? 0;
  const cells = area.height * area.width;
  const filters = layer.kernel.length / (cells * input.channels);
  const channels = Array.from({ length: input.channels }, (_, channel) => {
    const inputs = cellsOf(input, area, channel);
    const weights = inputs.map(
      (_, cell) => layer.kernel[(cell * input.channels + channel) * filters + map],
    );
    const products = inputs.map((value, cell) => (value ?? 0) * weights[cell]);
    return { channel, inputs, weights, products, sum: total(products) };
  });
  return { area, channels, bias, sum: total(channels.map(({ sum }) => sum)) + bias };
}

/**
 * Computes one value of a pooling.
 *
 * @param {Maps} input
 * @param {{size: number[], strides: number[], padding: string, isMean: boolean}} layer
 * @param {{row: number, column: number, map: number}} place of the output
 * @returns {{area: Area, inputs: (number | null)[], winner: number | null, count: number,
 *   value: number}} inputs: the window, row by row; null outside the input, which takes no part;
 *   winner: the cell of the largest, the first of equal ones, null for a mean; count: the cells
 *   that take part
 */
export function poolingAt(input, layer, { row, column, map }) {
  const area = areaOf(input, layer, { row, column });
  const inputs = cellsOf(input, area, map);
  const inside = inputs.filter((value) => value !== null);
  const value = layer.isMean ? total(inside) / inside.length : Math.max(...inside);
  const winner = layer.isMean ? null : inputs.indexOf(value);
  return { area, inputs, winner, count: inside.length, value };
}

/**
 * Computes one value of a batch normalization, as it is done outside training: with the moving
 * averages (https://arxiv.org/abs/1502.03167, algorithm 2).
 *
 * @param {number} value of the input
 * @param {import('./layer_values.js').Normalization} weights
 * @param {number} epsilon
 * @param {number} map the channel or unit
 * @returns {{mean: number, variance: number, gamma: number, beta: number, centred: number,
 *   deviation: number, normalized: number, value: number}} centred: less the mean; deviation: the
 *   root of variance and epsilon; normalized: the quotient of both
 */
export function normalizedAt(value, weights, epsilon, map) {
  const [mean, variance] = [weights.mean[map], weights.variance[map]];
  const [gamma, beta] = [weights.gamma?.[map] ?? 1, weights.beta?.[map] ?? 0];
  const centred = value - mean;
  const deviation = Math.sqrt(variance + epsilon);
  const normalized = centred / deviation;
  const result = normalized * gamma + beta;
  return { mean, variance, gamma, beta, centred, deviation, normalized, value: result };
}

/**
 * Computes one unit of a dense layer, before its activation.
 *
 * @param {Float32Array} inputs [inputs]
 * @param {{kernel: Float32Array, bias: Float32Array | null}} layer kernel: [inputs * units]
 * @param {number} unit
 * @returns {{weights: Float32Array, products: Float64Array, bias: number, sum: number}} for each
 *   input
 */
export function denseAt(inputs, layer, unit) {
  const units = layer.kernel.length / inputs.length;
  const weights = Float32Array.from(inputs, (_, at) => layer.kernel[at * units + unit]);
  const products = Float64Array.from(inputs, (value, at) => value * weights[at]);
  const bias = layer.bias?.[unit] ?? 0;
  return { weights, products, bias, sum: total(products) + bias };
}

/**
 * Computes probabilities from logits. The largest logit is subtracted first: no power overflows,
 * and the probabilities stay the same.
 *
 * @param {ArrayLike<number>} logits
 * @returns {{powers: number[], sum: number, probabilities: number[]}} powers: e to the logit less
 *   the largest one
 */
export function softmaxOf(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = total(powers);
  return { powers, sum, probabilities: powers.map((power) => power / sum) };
}

/**
 * Chooses the terms of a sum that contribute most, by their absolute value.
 *
 * @param {ArrayLike<number>} terms
 * @param {number} most how many
 * @returns {{shown: number[], rest: number, restCount: number}} shown: their numbers, the
 *   strongest first; rest: the sum of all others
 */
export function strongest(terms, most) {
  const order = Array.from(terms, (_, at) => at).sort(
    (one, other) => Math.abs(terms[other]) - Math.abs(terms[one]) || one - other,
  );
  const others = order.slice(most);
  const rest = total(others.map((at) => terms[at]));
  return { shown: order.slice(0, most), rest, restCount: others.length };
}

/** Returns the cells of an area, row by row; null for those outside the input. */
function cellsOf({ height, width, channels, values }, area, channel) {
  return Array.from({ length: area.height * area.width }, (_, cell) => {
    const row = area.top + Math.floor(cell / area.width);
    const column = area.left + (cell % area.width);
    const isInside = row >= 0 && row < height && column >= 0 && column < width;
    return isInside ? values[(row * width + column) * channels + channel] : null;
  });
}

function total(terms) {
  return terms.reduce((sum, term) => sum + term, 0);
}
