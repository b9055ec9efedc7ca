/**
 * Separates ink from paper and finds its connected parts: the same as cnn_mnist/data/framing/numpy_parts.py,
 * which says what each step is for.
 */

const { abs, floor, max, min, sqrt } = Math;

/** A digit is looked for in a picture of at most so many pixels. */
export const MOST_WORKING_PIXELS = 25_600;
const MOST_CELLS = 6_400;
const NEAR = 10;
const LEAST_CONTRAST = 8;
const NOISES = 8;
const MOST_OTSU = 60;
const WEAK = 60;
const FULL_ROW = 90;
const FEWEST_LINES = 2;
const MOST_LINES = 3;
const SPECK = 40;
const GROUND_SAMPLES = 48;
/** A number that 4, 5, 7 and 9 divide. */
const PARTS = 1260;
const PATCHES = patches();

/**
 * @typedef {object} InkParts
 * @property {number} width in pixels
 * @property {number} height
 * @property {Int32Array} contrast [height * width], how much a pixel differs from the paper
 * @property {Uint8Array} ink [height * width], 1 where the contrast is above the threshold
 * @property {number} strong the threshold that a part's strongest ink exceeds
 * @property {Int32Array} labels [rows * columns], the number of each cell's part; 0 is paper
 * @property {number} columns in cells
 * @property {number} cell the side of a cell, in pixels
 * @property {{number: number, mass: number, box: number[]}[]} parts those that are neither lines
 *   nor specks; a box is top, left, bottom and right in pixels
 */

/**
 * Finds the connected parts of the ink in a picture.
 *
 * @param {Int32Array} given [height * width], 0 to 255.
 * @param {number} width Pixels.
 * @param {number} height Pixels.
 * @param {'auto'|'always'|'never'} invert
 * @returns {InkParts}
 */
export function findParts(given, width, height, invert) {
  const levels = invert === 'always' ? negative(given) : given;
  const { ground, noise } = groundOf(levels, width, height);
  const least = max(LEAST_CONTRAST, NOISES * noise + 2);
  const isDark = invert === 'auto' && isDarkOnLight(levels, ground, least);
  const contrast = new Int32Array(levels.length);
  for (let i = 0; i < levels.length; i++) {
    const difference = levels[i] - ground[i];
    contrast[i] = max(isDark ? -difference : difference, 0);
  }
  const { strong, weak } = thresholds(contrast, least);
  const clear = withoutLines(contrast, width, height, weak);
  return partsOf(clear, width, height, strong, weak);
}

/** Returns a picture of 0 to 255 with light and dark exchanged. */
export function negative(levels) {
  return levels.map((level) => 255 - level);
}

/** Returns the places of 63 pixels in each of two times eight patches. */
function patches() {
  const middle = [33, 67];
  return [
    [0, 4],
    [8, 14],
  ].map(([start, end]) => {
    const bands = [
      [
        [start, end],
        [start, start + 25],
      ],
      [middle, middle],
      [
        [100 - end, 100 - start],
        [75 - start, 100 - start],
      ],
    ];
    const places = bands.flatMap(([down, high]) =>
      bands.map(([across, wide]) =>
        down === middle || across === middle
          ? grid(down, across, 9, 7)
          : [...grid(down, wide, 7, 5), ...grid(high, across, 4, 7)],
      ),
    );
    places.splice(4, 1);
    return places;
  });
}

function grid(down, across, high, wide) {
  const centre = ([start, end], index, count) =>
    (2 * count * start + (2 * index + 1) * (end - start)) * (PARTS / count);
  const places = [];
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < wide; column++) {
      places.push([centre(down, row, high), centre(across, column, wide)]);
    }
  }
  return places;
}

function groundOf(levels, width, height) {
  const surfaces = PATCHES.flatMap((ring) => {
    const values = ring.map((patch) =>
      patch.map(([row, column]) => {
        const [y, x] = [row * height, column * width].map((at) => floor(at / (200 * PARTS)));
        return levels[y * width + x];
      }),
    );
    return surfacesThrough(values.map(median), median(values.flat()));
  });
  const sampled = (side) =>
    Array.from({ length: GROUND_SAMPLES }, (_, i) =>
      floor(((2 * i + 1) * side) / (2 * GROUND_SAMPLES)),
    );
  const [rows, columns] = [sampled(height), sampled(width)];
  const samples = rows.flatMap((y) => columns.map((x) => levels[y * width + x]));
  let best = { near: -1 };
  for (const values of surfaces) {
    const surface = surfaceOf(values, width, height, rows, columns);
    const distances = samples.map((sample, i) => abs(sample - surface[i]));
    const near = distances.filter((distance) => distance <= NEAR).length;
    if (near > best.near) best = { near, values, distances };
  }
  const every = (side) => Array.from({ length: side }, (_, i) => i);
  const ground = surfaceOf(best.values, width, height, every(height), every(width));
  return { ground, noise: median(best.distances) };
}

function median(values) {
  return Int32Array.from(values).sort()[floor(values.length / 2)];
}

/** Returns an even, a bilinear and a quadratic surface by four times their values at 3x3 places. */
function surfacesThrough([a, b, c, d, e, f, g, h], middle) {
  const inside = 2 * (b + d + e + g) - (a + c + f + h);
  return [
    Array(9).fill(4 * middle),
    [4 * a, 2 * (a + c), 4 * c, 2 * (a + f), a + c + f + h, 2 * (c + h), 4 * f, 2 * (f + h), 4 * h],
    [4 * a, 4 * b, 4 * c, 4 * d, inside, 4 * e, 4 * f, 4 * g, 4 * h],
  ];
}

/** Interpolates between 3x3 values, exactly: all sums are integers below 2^53. */
function surfaceOf(values, width, height, rows, columns) {
  const whole = 16 * (width * height) ** 2;
  const across = Float64Array.from(columns.flatMap((x) => polynomials(x, width)));
  const surface = new Int32Array(rows.length * columns.length);
  let at = 0;
  for (const y of rows) {
    const down = polynomials(y, height);
    const [a, b, c] = [0, 1, 2].map(
      (i) => down[0] * values[i] + down[1] * values[3 + i] + down[2] * values[6 + i],
    );
    for (let i = 0; i < across.length; i += 3) {
      const over = a * across[i] + b * across[i + 1] + c * across[i + 2];
      surface[at++] = min(max(floor(over / whole + 0.5), 0), 255);
    }
  }
  return surface;
}

function polynomials(place, side) {
  const at = 2 * place + 1 - side;
  return [at * (at - side), 2 * (side * side - at * at), at * (at + side)];
}

function isDarkOnLight(levels, ground, least) {
  let [lighter, darker] = [0, 0];
  for (let i = 0; i < levels.length; i++) {
    const difference = levels[i] - ground[i];
    if (difference > least) lighter += difference;
    if (difference < -least) darker -= difference;
  }
  return darker > lighter;
}

function thresholds(contrast, least) {
  const counts = new Float64Array(256);
  for (const value of contrast) counts[value] += 1;
  const most = counts.findLastIndex((count) => count > 0);
  let [total, sum] = [0, 0];
  for (let level = least + 1; level < 256; level++) {
    total += counts[level];
    sum += counts[level] * level;
  }
  let [below, part, best, otsu] = [0, 0, 0, 0];
  for (let level = least + 1; level < 256; level++) {
    below += counts[level];
    part += counts[level] * level;
    const gap = sum * below - total * part;
    const between = (gap * gap) / max(below * (total - below), 1);
    if (between > best) [best, otsu] = [between, level];
  }
  const strong = max(min(otsu, floor((most * MOST_OTSU) / 100)), least);
  return { strong, weak: max(floor((strong * WEAK) / 100), least) };
}

function withoutLines(contrast, width, height, weak) {
  const inRows = new Int32Array(height);
  const inColumns = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (contrast[y * width + x] <= weak) continue;
      inRows[y] += 1;
      inColumns[x] += 1;
    }
  }
  const rows = fullOnes(inRows, width);
  const columns = fullOnes(inColumns, height);
  if (runsIn(rows) + runsIn(columns) < FEWEST_LINES) return contrast;
  return bridged(bridged(contrast, rows, width, 1), columns, 1, width);
}

function fullOnes(counts, length) {
  const full = Array.from(counts, (count) => 100 * count >= FULL_ROW * length);
  return MOST_LINES * full.filter(Boolean).length <= full.length ? full : full.map(() => false);
}

function runsIn(full) {
  return full.filter((isFull, i) => isFull && !full[i - 1]).length;
}

/** Fills lines that are `step` apart, with pixels `stride` apart, from the nearest others. */
function bridged(contrast, isLine, step, stride) {
  const filled = contrast.slice();
  const length = contrast.length / isLine.length;
  isLine.forEach((is, line) => {
    if (!is) return;
    const before = isLine.lastIndexOf(false, line);
    const after = isLine.indexOf(false, line);
    for (let i = 0; i < length; i++) {
      const [one, other] = [before, after].map((at) =>
        at < 0 ? 0 : contrast[at * step + i * stride],
      );
      filled[line * step + i * stride] = min(one, other);
    }
  });
  return filled;
}

function partsOf(contrast, width, height, strong, weak) {
  const cell = width * height > MOST_CELLS ? 2 : 1;
  const [rows, columns] = [height, width].map((side) => floor((side + cell - 1) / cell));
  const ink = new Uint8Array(contrast.length);
  const cells = {
    ink: new Uint8Array(rows * columns),
    strong: new Uint8Array(rows * columns),
    mass: new Int32Array(rows * columns),
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = contrast[y * width + x];
      if (value <= weak) continue;
      const at = floor(y / cell) * columns + floor(x / cell);
      ink[y * width + x] = 1;
      cells.ink[at] = 1;
      cells.mass[at] += value;
      if (value > strong) cells.strong[at] = 1;
    }
  }
  const labels = new Int32Array(rows * columns);
  const parts = [];
  for (let start = 0; start < labels.length; start++) {
    if (!cells.ink[start] || labels[start]) continue;
    const part = filled(cells, labels, rows, columns, start, parts.length + 1);
    parts.push(part);
  }
  const good = parts.filter((part) => part.isStrong && !isOther(part, rows, columns));
  for (const part of good) part.box = part.box.map((side) => side * cell);
  return {
    width,
    height,
    contrast,
    ink,
    strong,
    labels,
    columns,
    cell,
    parts: good,
  };
}

/** Gives a number to the part that a cell belongs to, and returns the part. */
function filled(cells, labels, rows, columns, start, number) {
  const [down, across] = [rows, columns].map((side) => floor((side * 15) / 100));
  const box = [rows, columns, 0, 0];
  const part = { number, mass: 0, isStrong: false, isHollow: true, box };
  const open = [start];
  labels[start] = number;
  while (open.length) {
    const at = open.pop();
    const [y, x] = [floor(at / columns), at % columns];
    part.mass += cells.mass[at];
    part.isStrong ||= cells.strong[at] === 1;
    if (y >= down && y < rows - down && x >= across && x < columns - across) part.isHollow = false;
    box[0] = min(box[0], y);
    box[1] = min(box[1], x);
    box[2] = max(box[2], y + 1);
    box[3] = max(box[3], x + 1);
    for (let j = max(y - 1, 0); j <= min(y + 1, rows - 1); j++) {
      for (let i = max(x - 1, 0); i <= min(x + 1, columns - 1); i++) {
        const next = j * columns + i;
        if (!cells.ink[next] || labels[next]) continue;
        labels[next] = number;
        open.push(next);
      }
    }
  }
  return part;
}

/** Returns whether a part is a speck, an edge of the paper, a line from side to side or a frame. */
function isOther({ box: [top, left, bottom, right], isHollow }, rows, columns) {
  const [height, width] = [bottom - top, right - left];
  if (SPECK * max(height, width) < max(rows, columns)) return true;
  const [isFlat, isNarrow] = [100 * height <= 8 * rows, 100 * width <= 8 * columns];
  if ((top === 0 || bottom === rows) && isFlat && 2 * width >= columns) return true;
  if ((left === 0 || right === columns) && isNarrow && 2 * height >= rows) return true;
  const [isWide, isHigh] = [100 * width >= 95 * columns, 100 * height >= 95 * rows];
  if ((isWide && isFlat) || (isHigh && isNarrow)) return true;
  return isHollow && 5 * width >= 4 * columns && 5 * height >= 4 * rows;
}

/** Returns the height and width of the picture that a digit is looked for in. */
export function workingSize(width, height, rounded) {
  const scale = sqrt(MOST_WORKING_PIXELS / (height * width));
  return {
    width: max(1, rounded(width * scale)),
    height: max(1, rounded(height * scale)),
  };
}
