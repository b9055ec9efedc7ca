/** Makes small canvases of grey images. */

const SIDE = 28;

/**
 * Paints grey values; 0 is black.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} pixels [height*width], 0 to 255
 */
export function paintGrey(canvas, pixels, width = SIDE, height = SIDE) {
  // Also the same size again would give the canvas new memory.
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
  }
  canvas.getContext('2d').putImageData(greyImage(pixels, width, height), 0, 0);
}

/**
 * Paints images in as many columns as rows.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array[]} images [784] each, 0 to 255
 */
export function paintTogether(canvas, images) {
  const columns = Math.ceil(Math.sqrt(images.length));
  const side = columns * SIDE;
  const whole = new Uint8Array(side * side);
  images.forEach((pixels, at) => {
    const [down, across] = [Math.floor(at / columns) * SIDE, (at % columns) * SIDE];
    for (let row = 0; row < SIDE; row += 1) {
      whole.set(pixels.subarray(row * SIDE, (row + 1) * SIDE), (down + row) * side + across);
    }
  });
  paintGrey(canvas, whole, side, side);
}

/** @returns {ImageData} of grey values from 0 to 255 */
export function greyImage(pixels, width, height) {
  const image = new ImageData(width, height);
  const { data } = image;
  for (let at = 0; at < width * height; at += 1) {
    data[4 * at] = data[4 * at + 1] = data[4 * at + 2] = pixels[at];
    data[4 * at + 3] = 255;
  }
  return image;
}

/**
 * @param {ArrayLike<number>} pixels [784], 0 to 255
 * @param {string} description for screen readers; '' if the text beside it describes it
 * @returns {HTMLCanvasElement}
 */
export function thumbnail(pixels, description = '') {
  const canvas = document.createElement('canvas');
  paintGrey(canvas, pixels);
  if (description) {
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', description);
  } else {
    canvas.setAttribute('aria-hidden', 'true');
  }
  return canvas;
}

/** @returns {number[]} random different numbers below a limit, at most `count` */
export function randomIndices(count, limit) {
  const found = new Set();
  while (found.size < Math.min(count, limit)) {
    found.add(Math.floor(Math.random() * limit));
  }
  return [...found];
}
