/**
 * Frames the digit in a grey picture as MNIST's are: the same as cnn_mnist/data/framing/numpy_digits.py.
 */

import { findParts, MOST_WORKING_PIXELS, negative, workingSize } from './ink_parts.js';
import { resize, roundHalfToEven } from './resampling.js';

const { abs, floor, fround, max, min } = Math;

/** The side of the network's input, in pixels. */
export const SIZE = 28;

const BOX = 20;
const ROUNDING = 0.4999;
const FAINT = 25;
const FULL = 200;
const LARGE_PART = 30;
const SMALL_PART = 3;
const USUAL_TOP = 216;
const ENLARGED = 4;

/**
 * Returns the digit in a picture, framed as MNIST's are; zeros if nothing is drawn.
 *
 * @param {{pixels: Float32Array, width: number, height: number}} grey 0 to 1
 * @param {'auto'|'always'|'never'} invert
 * @returns {Uint8Array} [784], row-major, 0 is background.
 */
export function frameDigit(grey, invert) {
  if (grey.width === SIZE && grey.height === SIZE) {
    const { levels } = workingPicture(grey);
    const twin = () => negative(levels);
    const given = { always: [twin()], never: [levels] }[invert] ?? [levels, twin()];
    const framed = given.find(isFramed);
    if (framed) return Uint8Array.from(framed);
  }
  return digitOf(inkOf(grey, invert));
}

/** Returns the ink of a picture: what `digitOf` and `severalDigits` frame. */
export function inkOf(grey, invert) {
  const { levels, width, height } = workingPicture(grey);
  return findParts(levels, width, height, invert);
}

/**
 * Returns the ink of a picture as one digit, [784].
 * @param {import('./ink_parts.js').InkParts} found
 */
export function digitOf(found) {
  return framedParts(found, belonging(found.parts));
}

function workingPicture({ pixels, width, height }) {
  let small = { pixels, width, height };
  if (max(width, height) < SIZE) {
    const [wide, high] = [ENLARGED * width, ENLARGED * height];
    const resized = resize(pixels, width, height, wide, high, 'keyscubic');
    small = { pixels: resized, width: wide, height: high };
  }
  if (width * height > MOST_WORKING_PIXELS) {
    const size = workingSize(width, height, roundHalfToEven);
    const resized = resize(pixels, width, height, size.width, size.height, 'triangle');
    small = { pixels: resized, ...size };
  }
  const levels = asLevels(small.pixels);
  return withMargin(levels, small.width, small.height, marginOf(width, height));
}

/** Returns how many pixels of paper are added on each side of a very small picture. */
export function marginOf(width, height) {
  const longest = max(width, height);
  return longest < SIZE ? floor((ENLARGED * longest) / 2) : 0;
}

function withMargin(levels, width, height, margin) {
  if (margin === 0) return { levels, width, height };
  const border = [];
  for (let x = 0; x < width; x++) border.push(levels[x], levels[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) border.push(levels[y * width], levels[(y + 1) * width - 1]);
  border.sort((a, b) => a - b);
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const padded = new Int32Array(wide * high).fill(border[floor(border.length / 2)]);
  for (let y = 0; y < height; y++) {
    padded.set(levels.subarray(y * width, (y + 1) * width), (y + margin) * wide + margin);
  }
  return { levels: padded, width: wide, height: high };
}

/** Returns values as 0 to 255; what is beyond 0 and 1, as sharp resampling gives it, is clipped. */
function asLevels(values) {
  const levels = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    levels[i] = roundHalfToEven(fround(min(max(values[i], 0), 1) * 255));
  }
  return levels;
}

/** Returns whether an image [784], light on dark, is framed as MNIST's are. */
function isFramed(levels) {
  const ink = levels.map((level) => (level > FAINT ? level : 0));
  if (ink.every((level) => level < FULL)) return false;
  const [top, left, bottom, right] = boxOf(ink, SIZE, SIZE);
  const longest = max(bottom - top, right - left);
  let [mass, offMiddle, offCentre] = [0, 0, 0];
  ink.forEach((level, i) => {
    mass += level;
    offMiddle += level * (floor(i / SIZE) - SIZE / 2);
    offCentre += level * ((i % SIZE) - SIZE / 2);
  });
  return longest >= BOX - 2 && longest <= BOX && max(abs(offMiddle), abs(offCentre)) <= mass;
}

/** Returns the numbers of the parts that make up what is drawn, without specks. */
function belonging(parts) {
  const most = max(0, ...parts.map(({ mass }) => mass));
  const isLarge = ({ mass }) => 100 * mass >= LARGE_PART * most;
  const boxes = parts.filter(isLarge).map(({ box }) => box);
  const ends = (end, outer) => outer(...boxes.map((box) => box[end]));
  const [top, left, bottom, right] = [ends(0, min), ends(1, min), ends(2, max), ends(3, max)];
  const gap = floor(max(bottom - top, right - left) / 4) + 2;
  const isNear = ({ box: [above, before, below, after] }) =>
    below > top - gap && above < bottom + gap && after > left - gap && before < right + gap;
  const isSmall = ({ mass }) => 100 * mass >= SMALL_PART * most;
  const kept = parts.filter((part) => isLarge(part) || (isSmall(part) && isNear(part)));
  return new Set(kept.map(({ number }) => number));
}

/** Returns some parts together as one image, framed as MNIST's are: [784]. */
export function framedParts(found, numbers) {
  const whole = new Uint8Array(SIZE * SIZE);
  if (numbers.size === 0) return whole;
  const { width, height, ink, labels, columns, cell } = found;
  const kept = new Uint8Array(ink.length);
  for (let y = 0; y < height; y++) {
    const row = floor(y / cell) * columns;
    for (let x = 0; x < width; x++) {
      const isKept = ink[y * width + x] && numbers.has(labels[row + floor(x / cell)]);
      kept[y * width + x] = isKept ? 1 : 0;
    }
  }
  const box = boxOf(kept, width, height);
  const inside = { width: box[3] - box[1], height: box[2] - box[0] };
  const strokes = cut(fullContrast(found, kept), width, box);
  const image = scaled(strokes, inside, isThin(cut(kept, width, box), inside));
  const [top, left] = corners(image);
  for (let y = 0; y < image.height; y++) {
    const row = image.levels.subarray(y * image.width, (y + 1) * image.width);
    whole.set(row, (top + y) * SIZE + left);
  }
  return whole;
}

/** Returns top, left, bottom and right of what is not 0. */
function boxOf(values, width, height) {
  const box = [height, width, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (values[y * width + x] === 0) continue;
      box[0] = min(box[0], y);
      box[1] = min(box[1], x);
      box[2] = y + 1;
      box[3] = max(box[3], x + 1);
    }
  }
  return box;
}

function cut(values, width, [top, left, bottom, right]) {
  const inside = new values.constructor((bottom - top) * (right - left));
  for (let y = top; y < bottom; y++) {
    const row = values.subarray(y * width + left, y * width + right);
    inside.set(row, (y - top) * (right - left));
  }
  return inside;
}

/** Returns [height * width]: 1 where the ink is as strong as in most of the parts. */
function fullContrast({ width, height, contrast, strong }, kept) {
  const counts = new Float64Array(256);
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] && contrast[i] > strong) counts[contrast[i]] += 1;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  let [full, below] = [0, 0];
  while (4 * below < 3 * total || full === 0) {
    full += 1;
    below += counts[full];
  }
  const strokes = new Float32Array(contrast.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!kept[y * width + x]) continue;
      // Also the soft edge around the ink.
      for (let j = max(y - 1, 0); j <= min(y + 1, height - 1); j++) {
        for (let i = max(x - 1, 0); i <= min(x + 1, width - 1); i++) {
          strokes[j * width + i] = min(contrast[j * width + i] / full, 1);
        }
      }
    }
  }
  return strokes;
}

/** Returns whether strokes would be thinner than four thirds of a pixel in the box of 20. */
function isThin(kept, { width, height }) {
  let [area, sides] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!kept[at]) continue;
      area += 1;
      sides += (y === 0 || !kept[at - width]) + (y === height - 1 || !kept[at + width]);
      sides += (x === 0 || !kept[at - 1]) + (x === width - 1 || !kept[at + 1]);
    }
  }
  return 3 * BOX * area < 2 * sides * max(width, height);
}

/** Returns {levels, width, height}: the ink in the box of 20, thin strokes thickened. */
function scaled(strokes, { width, height }, isThinStroke) {
  const scale = (isThinStroke ? BOX - 2 : BOX) / max(width, height);
  const [wide, high] = [width, height].map((side) => max(1, roundHalfToEven(side * scale)));
  const resized = resize(strokes, width, height, wide, high, 'keyscubic');
  const levels = asLevels(resized);
  const small = { levels, width: wide, height: high };
  return strengthened(isThinStroke ? thickened(small) : small);
}

function thickened({ levels, width, height }) {
  const wider = { width: width + 2, height: height + 2 };
  const sums = new Int32Array(wider.width * wider.height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let j = 0; j < 3; j++) {
        for (let i = 0; i < 3; i++) {
          const weight = (j === 1 ? 2 : 1) * (i === 1 ? 2 : 1);
          sums[(y + j) * wider.width + x + i] += weight * levels[y * width + x];
        }
      }
    }
  }
  return { levels: sums.map((sum) => floor((sum + 8) / 16)), ...wider };
}

function strengthened({ levels, width, height }) {
  const tops = new Int32Array(width + height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const level = levels[y * width + x];
      tops[x] = max(tops[x], level);
      tops[width + y] = max(tops[width + y], level);
    }
  }
  const usual = max(tops.sort()[floor(tops.length / 2)], 1);
  const half = floor(usual / 2);
  const stronger = (level) => min(floor((level * USUAL_TOP + half) / usual), 255);
  return {
    levels: usual < USUAL_TOP ? levels.map(stronger) : levels,
    width,
    height,
  };
}

/**
 * Returns where the image begins, from the top and the left, with its centre of mass on pixel 14,
 * counted from 0, as in MNIST. A centre between two pixels, as in every symmetric picture, takes
 * the lower one.
 */
function corners({ levels, width, height }) {
  let [mass, down, across] = [0, 0, 0];
  levels.forEach((level, i) => {
    mass += level;
    down += level * floor(i / width);
    across += level * (i % width);
  });
  const corner = (moment, side) =>
    min(max(floor(SIZE / 2 - moment / max(mass, 1) + ROUNDING), 0), SIZE - side);
  return [corner(down, height), corner(across, width)];
}
