/**
 * Resizes pictures with the same results as TensorFlow's op ScaleAndTranslate with antialiasing.
 *
 * The op computes in float32. Every sum and product here is rounded to float32 in the op's order,
 * so that the results agree to the last bit.
 */

const { ceil, floor, fround, max, min } = Math;

/** `weight` takes a distance in pixels, float32 and not negative, and returns the weight there. */
const KERNELS = {
  triangle: { radius: 1, weight: (x) => (x < 1 ? fround(1 - x) : 0) },
  keyscubic: { radius: 2, weight: keysCubic },
};

/**
 * Resizes a picture, each side by its own factor.
 *
 * @param {Float32Array|Uint8Array|Uint8ClampedArray} pixels [height * width * channels], row-major.
 * @param {number} width In pixels, like all sizes.
 * @param {number} height
 * @param {number} newWidth At least 1.
 * @param {number} newHeight At least 1.
 * @param {'triangle'|'keyscubic'} kernel
 * @param {number} channels Values per pixel.
 * @returns {Float32Array} [newHeight * newWidth * channels], in the range of the input.
 * @throws {RangeError} The number of pixels does not match the sizes.
 */
export function resize(pixels, width, height, newWidth, newHeight, kernel, channels = 1) {
  if (pixels.length !== width * height * channels) {
    throw new RangeError(`${pixels.length} values are not ${width} x ${height} x ${channels}`);
  }
  const rows = spansOf(height, newHeight, KERNELS[kernel]);
  const columns = spansOf(width, newWidth, KERNELS[kernel]);
  return gatherColumns(gatherRows(pixels, width * channels, rows), width, columns, channels);
}

/**
 * Returns the old pixels that each new pixel of one axis is computed from: `sizes[i]` pixels from
 * `starts[i]`, with the weights from `i * most`.
 */
function spansOf(size, newSize, { radius, weight }) {
  const step = fround(1 / fround(newSize / size));
  // When a picture shrinks, the kernel is widened, so that every old pixel counts.
  const widening = max(step, 1);
  const narrowing = fround(1 / widening);
  const reach = fround(radius * widening);
  const most = min(2 * ceil(reach) + 1, size);
  const spans = {
    most,
    starts: new Int32Array(newSize),
    sizes: new Int32Array(newSize),
    weights: new Float32Array(newSize * most),
  };
  for (let i = 0; i < newSize; i++) {
    const centre = fround((i + 0.5) * step);
    const first = clamp(ceil(fround(fround(centre - reach) - 0.5)), size - 1);
    const last = clamp(floor(fround(fround(centre + reach) - 0.5)), size - 1);
    spans.starts[i] = first;
    spans.sizes[i] = last - first + 1;
    const weights = spans.weights.subarray(i * most, i * most + spans.sizes[i]);
    for (let k = 0; k < weights.length; k++) {
      const distance = fround(first + k + 0.5 - centre);
      weights[k] = weight(Math.abs(fround(distance * narrowing)));
    }
    normalise(weights);
  }
  return spans;
}

function clamp(value, most) {
  return min(max(value, 0), most);
}

function normalise(weights) {
  const sum = weights.reduce((total, weight) => fround(total + weight), 0);
  const factor = fround(1 / sum);
  for (let k = 0; k < weights.length; k++) weights[k] *= factor;
}

/** R. G. Keys, Cubic convolution interpolation for digital image processing, 1981; a = -1/2. */
function keysCubic(x) {
  if (x >= 2) return 0;
  if (x >= 1) {
    const slope = fround(fround(fround(fround(-0.5 * x) + 2.5) * x) - 4);
    return fround(fround(slope * x) + 2);
  }
  const bend = fround(fround(fround(1.5 * x) - 2.5) * x);
  return fround(fround(bend * x) + 1);
}

function gatherRows(pixels, rowLength, { most, starts, sizes, weights }) {
  const gathered = new Float32Array(starts.length * rowLength);
  for (let y = 0; y < starts.length; y++) {
    for (let k = 0; k < sizes[y]; k++) {
      addScaled(
        gathered,
        y * rowLength,
        pixels,
        (starts[y] + k) * rowLength,
        rowLength,
        weights[y * most + k],
      );
    }
  }
  return gathered;
}

function addScaled(target, to, source, from, length, weight) {
  for (let i = 0; i < length; i++) target[to + i] += fround(weight * source[from + i]);
}

function gatherColumns(pixels, width, { most, starts, sizes, weights }, channels) {
  const height = pixels.length / (width * channels);
  const newWidth = starts.length;
  const gathered = new Float32Array(height * newWidth * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      for (let c = 0; c < channels; c++) {
        const from = (y * width + starts[x]) * channels + c;
        let sum = 0;
        for (let k = 0; k < sizes[x]; k++) {
          sum = fround(sum + fround(weights[x * most + k] * pixels[from + k * channels]));
        }
        gathered[(y * newWidth + x) * channels + c] = sum;
      }
    }
  }
  return gathered;
}

/**
 * Rounds to the nearest whole number, halves to the even one, as TensorFlow and NumPy do.
 * @param {number} value
 * @returns {number}
 */
export function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
