/**
 * Frames a picture as MNIST's are: the same pixels as cnn_mnist/data/framing/graph_framing.py, which the
 * export's signature for picture files uses.
 */

import { frameDigit, SIZE } from './digit_framing.js';
import { resize, roundHalfToEven } from './resampling.js';
import { severalDigits } from './several_digits.js';

export { SIZE };

const { floor, fround, max, min } = Math;

const LARGEST_SIDE = 1024;
/** TensorFlow divides by 255 as a product with this. */
const SCALE = fround(1 / 255);
/** The weights of red, green and blue, from ITU-R BT.601. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114].map(fround);

/**
 * Frames a picture in colour for the network: `greyOf` and `frame`. A large picture is shrunk
 * before its transparency is applied, as in Python.
 *
 * @param {Uint8ClampedArray|Uint8Array} rgba [height * width * 4], 0 to 255, as of ImageData.
 * @param {number} width Pixels.
 * @param {number} height Pixels.
 * @param {{invert?: 'auto'|'always'|'never', digits?: boolean}} options See `frame`.
 * @returns {Uint8Array} [784], row-major, 0 is background.
 * @throws {RangeError} The number of values does not match the sizes.
 */
export function framePicture(rgba, width, height, options = {}) {
  const small = shrunk(rgba, width, height, 4);
  const grey = greyOf(small.pixels, small.width, small.height);
  return frame(grey, small.width, small.height, options);
}

/**
 * Returns a picture in grey. Its transparent parts become white, or black if the opaque parts are
 * mostly light.
 *
 * @param {Uint8ClampedArray|Uint8Array|Float32Array} rgba [height * width * 4], 0 to 255.
 * @param {number} width Pixels.
 * @param {number} height Pixels.
 * @returns {Float32Array} [height * width], 0 to 1.
 * @throws {RangeError} The number of values does not match the sizes.
 */
export function greyOf(rgba, width, height) {
  if (rgba.length !== width * height * 4) {
    throw new RangeError(`${rgba.length} values are not ${width} x ${height} x 4`);
  }
  const grey = new Float32Array(width * height);
  let ink = 0;
  let light = 0;
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    grey[i] = greyAt(rgba, at);
    if (rgba[at + 3] <= 127.5) continue;
    ink += 1;
    light += grey[i];
  }
  const ground = light > 0.5 * ink ? 0 : 1;
  for (let i = 0; i < grey.length; i++) {
    const alpha = fround(rgba[i * 4 + 3] / 255);
    if (alpha !== 1) grey[i] = fround(grey[i] * alpha) + ground * fround(1 - alpha);
  }
  return grey;
}

function greyAt(rgba, at) {
  const red = fround(fround(rgba[at] * SCALE) * RED);
  const green = fround(fround(rgba[at + 1] * SCALE) * GREEN);
  const blue = fround(fround(rgba[at + 2] * SCALE) * BLUE);
  return fround(fround(red + green) + blue);
}

/**
 * Frames a grey picture for the network: light on dark, 28x28.
 *
 * The digit is what differs from the paper, whose light may be uneven, without specks, lines and
 * edges. It is scaled into a 20x20 box, its contrast is restored, thin strokes are thickened, and it
 * is centred by mass, as MNIST's were (http://yann.lecun.com/exdb/mnist/). A 28x28 picture that is
 * framed in this way already is unchanged. If the classes are not digits, the picture is scaled whole
 * into 28x28. An empty picture of digits becomes zeros.
 *
 * @param {Float32Array} grey [height * width], row-major, 0 to 1.
 * @param {number} width Pixels.
 * @param {number} height Pixels.
 * @param {object} options
 * @param {'auto'|'always'|'never'} options.invert `auto`: the picture decides what is ink; if the
 *   classes are not digits, it is inverted if most of the border is light.
 * @param {boolean} options.digits Whether the classes are digits.
 * @returns {Uint8Array} [784], row-major, 0 is background.
 * @throws {RangeError} The number of values does not match the sizes.
 */
export function frame(grey, width, height, { invert = 'auto', digits = true } = {}) {
  if (grey.length !== width * height) {
    throw new RangeError(`${grey.length} values are not ${width} x ${height}`);
  }
  const small = shrunk(grey, width, height, 1);
  if (digits) return frameDigit(small, invert);
  const picture = lightOnDark(small, invert);
  const isFitted = width === SIZE && height === SIZE;
  return asBytes((isFitted ? picture : wholeOf(picture)).pixels);
}

/**
 * Returns what is drawn in a picture in colour, each separate digit by itself; see
 * `severalDigits`.
 *
 * @param {Uint8ClampedArray|Uint8Array} rgba As `framePicture` takes it.
 * @param {number} width Pixels.
 * @param {number} height Pixels.
 */
export function digitsOfPicture(rgba, width, height) {
  const small = shrunk(rgba, width, height, 4);
  const pixels = greyOf(small.pixels, small.width, small.height);
  return severalDigits({ ...small, pixels }, 'auto');
}

/** Returns {pixels, width, height} with at most 1,024 pixels a side. */
function shrunk(pixels, width, height, channels) {
  if (max(width, height) <= LARGEST_SIDE) return { pixels, width, height };
  const size = sizeWith(width, height, LARGEST_SIDE);
  const small = resize(pixels, width, height, size.width, size.height, 'triangle', channels);
  return { pixels: small, ...size };
}

function sizeWith(width, height, longest) {
  const scale = longest / max(width, height);
  return {
    width: max(1, roundHalfToEven(width * scale)),
    height: max(1, roundHalfToEven(height * scale)),
  };
}

function lightOnDark(picture, invert) {
  if (invert === 'never') return picture;
  if (invert === 'auto' && groundOf(picture) <= 0.5) return picture;
  return { ...picture, pixels: mapped(picture.pixels, (value) => 1 - value) };
}

/** Like the method `map`, which engines run much slower than a loop. */
function mapped(pixels, change) {
  const changed = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) changed[i] = change(pixels[i]);
  return changed;
}

/** Returns the median of the border's pixels; corners count twice. */
function groundOf({ pixels, width, height }) {
  const border = new Float32Array(2 * (width + height));
  border.set(pixels.subarray(0, width));
  border.set(pixels.subarray(pixels.length - width), width);
  for (let y = 0; y < height; y++) {
    border[2 * width + y] = pixels[y * width];
    border[2 * width + height + y] = pixels[y * width + width - 1];
  }
  border.sort();
  const middle = border.length / 2;
  return fround(border[middle - 1] + border[middle]) / 2;
}

function wholeOf(picture) {
  const small = scaled(picture, SIZE);
  return placed(small, floor((SIZE - small.width) / 2), floor((SIZE - small.height) / 2));
}

function scaled({ pixels, width, height }, longest) {
  const size = sizeWith(width, height, longest);
  const resized = resize(pixels, width, height, size.width, size.height, 'keyscubic');
  return { pixels: mapped(resized, (value) => min(max(value, 0), 1)), ...size };
}

function placed({ pixels, width, height }, left, top) {
  const whole = new Float32Array(SIZE * SIZE);
  for (let y = 0; y < height; y++) {
    whole.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * SIZE + left);
  }
  return { pixels: whole, width: SIZE, height: SIZE };
}

function asBytes(pixels) {
  return Uint8Array.from(pixels, (value) => roundHalfToEven(fround(value * 255)));
}
