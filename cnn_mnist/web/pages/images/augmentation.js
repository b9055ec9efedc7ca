/** Moves, turns, scales and shears training images a little, as Python's `--augmentation=affine`. */

const SIDE = 28;
const MIDDLE = (SIDE - 1) / 2;
/** The limits of cnn_mnist.data.augmentation.AFFINE; a test compares the pixels. */
const LIMITS = { degrees: 12, scale: 1.12, shear: 0.12, shift: 2 };
const AMOUNTS = 6;

/**
 * @param {Uint8Array} pixels [784]
 * @param {() => number} random in [0, 1)
 * @returns {Uint8Array} [784], changed by random amounts
 */
export function augmented(pixels, random = Math.random) {
  return moved(
    pixels,
    Array.from({ length: AMOUNTS }, () => 2 * random() - 1),
  );
}

/**
 * @param {Uint8Array} pixels [784]
 * @param {number[]} amounts turn, width, height, shear, right and down, each -1 to 1 of its limit
 * @returns {Uint8Array} [784], interpolated bilinearly; what comes from outside is 0
 */
export function moved(pixels, [turn, wide, high, slant, right, down]) {
  const angle = (turn * LIMITS.degrees * Math.PI) / 180;
  const [width, height] = [LIMITS.scale ** wide, LIMITS.scale ** high];
  // The place (x, y) of the result comes from this place of the image.
  const xFrom = [Math.cos(angle) * width, LIMITS.shear * slant - Math.sin(angle) * height];
  const yFrom = [Math.sin(angle) * width, Math.cos(angle) * height];
  const [landedX, landedY] = [MIDDLE + LIMITS.shift * right, MIDDLE + LIMITS.shift * down];
  const found = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [across, below] = [x - landedX, y - landedY];
      found[y * SIDE + x] = valueAt(
        pixels,
        MIDDLE + xFrom[0] * across + xFrom[1] * below,
        MIDDLE + yFrom[0] * across + yFrom[1] * below,
      );
    }
  }
  return found;
}

function valueAt(pixels, x, y) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [across, below] = [x - left, y - top];
  const row = (at) =>
    (1 - across) * pixelAt(pixels, left, at) + across * pixelAt(pixels, left + 1, at);
  return (1 - below) * row(top) + below * row(top + 1);
}

function pixelAt(pixels, x, y) {
  return x >= 0 && x < SIDE && y >= 0 && y < SIDE ? pixels[y * SIDE + x] : 0;
}
