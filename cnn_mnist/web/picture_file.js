/** A picture that the reader has chosen or dropped. */

import { PageError } from './page_error.js';

const MOST_BYTES = 64 * 2 ** 20;
const MOST_PIXELS = 50_000_000;

/**
 * Reads a picture.
 * @param {File} file
 * @returns {Promise<{rgba: Uint8ClampedArray, width: number, height: number}>}
 * @throws {PageError} no_picture, file_too_large, picture_too_large
 */
export async function readPicture(file) {
  if (file.size > MOST_BYTES) {
    throw new PageError('file_too_large', { name: file.name, most: MOST_BYTES / 2 ** 20 });
  }
  const bitmap = await decode(file);
  try {
    if (bitmap.width * bitmap.height > MOST_PIXELS) {
      throw new PageError('picture_too_large', { name: file.name, most: MOST_PIXELS });
    }
    return pixelsOf(bitmap);
  } finally {
    bitmap.close();
  }
}

async function decode(file) {
  try {
    // Python reads no orientation from EXIF, and its picture is not multiplied by transparency.
    const options = { imageOrientation: 'none', premultiplyAlpha: 'none' };
    return await createImageBitmap(file, { ...options, colorSpaceConversion: 'none' });
  } catch {
    throw new PageError('no_picture', { name: file.name });
  }
}

function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  return { rgba: context.getImageData(0, 0, width, height).data, width, height };
}
