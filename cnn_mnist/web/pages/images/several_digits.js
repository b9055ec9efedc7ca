/**
 * Separates the digits in a picture of several: the same as cnn_mnist/data/framing/several_digits.py,
 * which says what each step is for.
 */

import { framedParts, inkOf, marginOf, SIZE } from './digit_framing.js';

const { max, min } = Math;

/**
 * Returns what is drawn in a picture, each separate digit by itself, in the order of reading.
 *
 * @param {{pixels: Float32Array, width: number, height: number}} grey 0 to 1, at most 1,024 pixels
 *   a side.
 * @param {'auto'|'always'|'never'} invert
 * @param {import('./ink_parts.js').InkParts} [given] the picture's ink, if it was found already
 * @returns {{box: number[], pixels: Uint8Array}[]} box: top, left, bottom and right as parts of
 *   the picture's height and width; pixels [784]. A picture of 28x28 has none.
 */
export function severalDigits(grey, invert, given) {
  if (grey.width === SIZE && grey.height === SIZE) return [];
  const found = given ?? inkOf(grey, invert);
  const { width, height } = found;
  const margin = marginOf(grey.width, grey.height);
  const [wide, high] = [width - 2 * margin, height - 2 * margin];
  return inReadingOrder(groupsOf(found.parts)).map((group) => {
    const [top, left, bottom, right] = unionOf(group).map((place) => place - margin);
    const numbers = new Set(group.map(({ number }) => number));
    return {
      box: [
        max(top, 0) / high,
        max(left, 0) / wide,
        min(bottom, high) / high,
        min(right, wide) / wide,
      ],
      pixels: framedParts(found, numbers),
    };
  });
}

function groupsOf(parts) {
  if (parts.length === 0) return [];
  const longest = max(...parts.map(({ box }) => sideOf(box)));
  const heaviest = max(...parts.map(({ mass }) => mass));
  const isLarge = ({ box, mass }) => 2 * sideOf(box) >= longest && 10 * mass >= heaviest;
  let groups = [];
  for (const part of parts.filter(isLarge)) {
    const joined = groups.filter((group) => group.some((other) => areOne(part.box, other.box)));
    groups = [...groups.filter((group) => !joined.includes(group)), [part, ...joined.flat()]];
  }
  for (const part of parts.filter((one) => !isLarge(one) && 100 * one.mass >= 3 * heaviest)) {
    const gaps = groups.map((group) => min(...group.map((other) => gapOf(part.box, other.box))));
    const nearest = gaps.indexOf(min(...gaps));
    if (4 * gaps[nearest] <= longest + 8) groups[nearest].push(part);
  }
  return groups;
}

function sideOf([top, left, bottom, right]) {
  return max(bottom - top, right - left);
}

function areOne(one, other) {
  const common = min(one[3], other[3]) - max(one[1], other[1]);
  const narrower = min(one[3] - one[1], other[3] - other[1]);
  return 2 * common >= narrower && 4 * gapOf(one, other) <= max(sideOf(one), sideOf(other));
}

function gapOf(one, other) {
  return max(0, ...[0, 1].map((i) => max(one[i], other[i]) - min(one[i + 2], other[i + 2])));
}

function unionOf(group) {
  const ends = (end, outer) => outer(...group.map(({ box }) => box[end]));
  return [ends(0, min), ends(1, min), ends(2, max), ends(3, max)];
}

function inReadingOrder(groups) {
  const boxed = groups.map((group) => ({ group, box: unionOf(group) }));
  boxed.sort((one, other) => one.box[0] + one.box[2] - other.box[0] - other.box[2]);
  const rows = [];
  for (const one of boxed) {
    const row = rows.at(-1);
    const middle = (one.box[0] + one.box[2]) / 2;
    if (row && row[0].box[0] <= middle && middle < row[0].box[2]) {
      row.push(one);
    } else {
      rows.push([one]);
    }
  }
  return rows.flatMap((row) =>
    row.sort((one, other) => one.box[1] - other.box[1]).map(({ group }) => group),
  );
}
