/** Converts a digit of MNIST to strokes of a pen, for tests that draw. */

const SIZE = 28;
const SCALE = 4;
/** The side in pixels of the picture that is thinned; it has a border of background. */
const SIDE = SIZE * SCALE;
const INK = 0.4;
/** The offsets of a pixel's eight neighbours, clockwise from the one above. */
const AROUND = [-SIDE, 1 - SIDE, 1, 1 + SIDE, SIDE, SIDE - 1, -1, -SIDE - 1];
/** Neighbours that share a side come first, so that corners are not cut. */
const NEAREST = [0, 2, 4, 6, 1, 3, 5, 7].map((direction) => AROUND[direction]);

/**
 * Returns the strokes that draw a digit with a round brush.
 *
 * @param {Uint8Array} pixels [784], row-major, 0 is background.
 * @returns {{x: number, y: number}[][]} The property `width` is the width of the brush;
 *   all values are fractions of the square's side. A stroke of one point is a dot.
 */
export function strokesOf(pixels) {
  const ink = enlarged(pixels);
  const line = thinned(ink);
  const strokes = traced(line).map(smoothed);
  strokes.width = brushWidth(ink, strokes);
  return strokes;
}

/** Returns the linearly enlarged picture, [SIDE * SIDE], 1 where there is ink. */
function enlarged(pixels) {
  const at = (x, y) => (x < 0 || y < 0 || x >= SIZE || y >= SIZE ? 0 : pixels[y * SIZE + x] / 255);
  const ink = new Uint8Array(SIDE * SIDE);
  for (let y = 1; y < SIDE - 1; y++) {
    for (let x = 1; x < SIDE - 1; x++) {
      const [u, v] = [(x + 0.5) / SCALE - 0.5, (y + 0.5) / SCALE - 0.5];
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const mix = (row) => at(left, row) * (left + 1 - u) + at(left + 1, row) * (u - left);
      ink[y * SIDE + x] = mix(top) * (top + 1 - v) + mix(top + 1) * (v - top) > INK ? 1 : 0;
    }
  }
  return ink;
}

/** T. Y. Zhang and C. Y. Suen, A fast parallel algorithm for thinning digital patterns, 1984. */
function thinned(ink) {
  const line = ink.slice();
  for (let pass = 0, quiet = 0; quiet < 2; pass++) {
    const taken = pointsOf(line).filter((point) => isOuter(line, point, pass % 2));
    for (const point of taken) line[point] = 0;
    quiet = taken.length === 0 ? quiet + 1 : 0;
  }
  return line;
}

function isOuter(line, point, odd) {
  const ring = AROUND.map((offset) => line[point + offset]);
  const [up, , right, , down, , left] = ring;
  const count = ring.reduce((sum, value) => sum + value, 0);
  const starts = ring.filter((value, i) => value === 0 && ring[(i + 1) % 8] === 1).length;
  if (count < 2 || count > 6 || starts !== 1) return false;
  return odd
    ? !(up && right && left) && !(up && down && left)
    : !(up && right && down) && !(right && down && left);
}

function pointsOf(picture) {
  return [...picture.keys()].filter((point) => picture[point]);
}

/** Follows lines from their ends, then branches from where they begin, then rings. */
function traced(line) {
  const open = new Set(pointsOf(line));
  const neighbours = (point) => NEAREST.map((offset) => point + offset).filter((p) => line[p]);
  const isEnd = (point) => neighbours(point).length === 1;
  const isBranch = (point) => neighbours(point).some((p) => !open.has(p));
  const strokes = [];
  while (open.size > 0) {
    const points = [...open];
    let point = points.find(isEnd) ?? points.find(isBranch) ?? points[0];
    const stroke = [];
    while (point !== undefined) {
      open.delete(point);
      stroke.push(point);
      point = neighbours(point).find((p) => open.has(p));
    }
    const isCorner = stroke.length < 3 && neighbours(stroke[0]).some((p) => !stroke.includes(p));
    if (!isCorner) strokes.push(joined(stroke, neighbours));
  }
  return strokes;
}

/** Extends a stroke to the strokes that it touches, and closes rings. */
function joined(stroke, neighbours) {
  const before = neighbours(stroke[0]).filter((point) => point !== stroke[1]);
  const after = neighbours(stroke.at(-1)).filter((point) => point !== stroke.at(-2));
  return [...before.slice(0, 1), ...stroke, ...after.slice(0, 1)];
}

/** Returns every third point, and the last, to smooth the steps of pixels. */
function smoothed(stroke) {
  const points = stroke.filter((_, i) => i % 3 === 0 || i === stroke.length - 1);
  return points.map((point) => ({
    x: ((point % SIDE) + 0.5) / SIDE,
    y: (Math.floor(point / SIDE) + 0.5) / SIDE,
  }));
}

/** Returns the width at which the strokes, with round caps, have the ink's area. */
function brushWidth(ink, strokes) {
  const area = pointsOf(ink).length / SIDE ** 2;
  let length = 0;
  for (const stroke of strokes) {
    stroke.slice(1).forEach(({ x, y }, i) => {
      length += Math.hypot(x - stroke[i].x, y - stroke[i].y);
    });
  }
  return (Math.sqrt(length ** 2 + Math.PI * area) - length) / (Math.PI / 2);
}
