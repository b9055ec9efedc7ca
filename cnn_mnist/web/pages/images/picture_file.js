/** Reads a picture file that the user has opened or dropped. */

import { PageError } from '../base/page_error.js';

const MOST_BYTES = 64 * 2 ** 20;
const MOST_PIXELS = 50_000_000;
// A JPEG's frame header may follow a camera's metadata and a preview.
const HEADER_BYTES = 2 ** 20;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

/**
 * Reads a picture.
 * @param {File} file
 * @returns {Promise<{rgba: Uint8ClampedArray, width: number, height: number}>}
 * @throws {PageError} no_picture, file_too_large, picture_too_large
 */
export async function readPicture(file) {
  if (file.size > MOST_BYTES) {
    throw new PageError('file_too_large', {
      name: file.name,
      most: MOST_BYTES / 2 ** 20,
    });
  }
  // Check before decoding: a small file's header can claim gigabytes of pixels.
  checkSize(file, await pixelsInHeader(file));
  const bitmap = await decode(file);
  try {
    checkSize(file, bitmap.width * bitmap.height);
    return pixelsOf(bitmap);
  } finally {
    bitmap.close();
  }
}

function checkSize(file, pixels) {
  if (pixels > MOST_PIXELS) {
    throw new PageError('picture_too_large', {
      name: file.name,
      most: MOST_PIXELS,
    });
  }
}

/** Returns the number of pixels in the header of a PNG or JPEG, or 0 if unknown. */
async function pixelsInHeader(file) {
  let bytes;
  try {
    bytes = new DataView(await file.slice(0, HEADER_BYTES).arrayBuffer());
  } catch {
    throw new PageError('no_picture', { name: file.name });
  }
  const begins = (start) =>
    bytes.byteLength > start.length && start.every((byte, at) => bytes.getUint8(at) === byte);
  if (begins(PNG)) {
    return bytes.byteLength < 24 ? 0 : bytes.getUint32(16) * bytes.getUint32(20);
  }
  return begins(JPEG) ? pixelsOfJpeg(bytes) : 0;
}

/** Walks the segments up to the frame header, SOF0 to SOF15, for the number of pixels. */
function pixelsOfJpeg(bytes) {
  let at = 2;
  while (at + 9 <= bytes.byteLength && bytes.getUint8(at) === 0xff) {
    const marker = bytes.getUint8(at + 1);
    // DHT, JPG and DAC have numbers in the same range.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return bytes.getUint16(at + 5) * bytes.getUint16(at + 7);
    }
    // Any number of 0xff bytes may precede a marker.
    at += marker === 0xff ? 1 : 2 + bytes.getUint16(at + 2);
  }
  return 0;
}

async function decode(file) {
  try {
    // As in --mode=predict: rotated by EXIF, as photos of phones need, and not premultiplied by
    // alpha.
    const options = {
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
    };
    return await createImageBitmap(file, {
      ...options,
      colorSpaceConversion: 'none',
    });
  } catch {
    throw new PageError('no_picture', { name: file.name });
  }
}

function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  return {
    rgba: context.getImageData(0, 0, width, height).data,
    width,
    height,
  };
}
