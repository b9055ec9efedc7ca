/** The squares of the grid as the pixels that a model gets; independent of the page. */

export const SIDE = 28;

const SET = 255;
const CLEAR = 0;
/** Levels from here on count as set, so a click clears them; they lie nearer to 255 than to 0. */
const FIRST_SET = 128;
/** Undo goes back this far; a step is 784 bytes. */
const MOST_STEPS = 1000;

/**
 * 28×28 levels from 0 (background) to 255 (ink), with undo. Setting a square makes it 255, and
 * clearing it 0; a level between them stays as it was taken over until its square is touched.
 */
export class GridPixels {
  #start = new Uint8Array(SIDE * SIDE);
  #pixels = new Uint8Array(SIDE * SIDE);
  #steps = [];
  #before = null;

  /**
   * Begins anew.
   * @param {Uint8Array} pixels [784], row-major, that are on the grid at the beginning
   */
  begin(pixels) {
    this.#start = Uint8Array.from(pixels);
    this.#pixels = Uint8Array.from(pixels);
    [this.#steps, this.#before] = [[], null];
  }

  /** The pixels now: a copy, [784], row-major. */
  get pixels() {
    return this.#pixels.slice();
  }

  /** The pixels at the beginning: a copy, [784]. */
  get start() {
    return this.#start.slice();
  }

  /** How many squares differ from the beginning. */
  get changes() {
    return this.#pixels.reduce((sum, level, at) => sum + (level !== this.#start[at] ? 1 : 0), 0);
  }

  get canUndo() {
    return this.#steps.length > 0;
  }

  get isEmpty() {
    return this.#pixels.every((level) => level === CLEAR);
  }

  /** @returns {number} the level of a square, 0 to 255 */
  levelAt({ row, column }) {
    return this.#pixels[row * SIDE + column];
  }

  /** Returns whether a click on a square clears it rather than sets it. */
  isSet(square) {
    return this.levelAt(square) >= FIRST_SET;
  }

  /** Returns whether a square differs from the beginning. */
  isChanged({ row, column }) {
    const at = row * SIDE + column;
    return this.#pixels[at] !== this.#start[at];
  }

  /** Begins a step of undo: a click, or a whole drag. */
  beginStep() {
    this.#before = this.#pixels.slice();
  }

  /**
   * Sets or clears the squares on the straight line between two, both included. Squares outside
   * the grid are left out.
   * @param {{row: number, column: number}} from
   * @param {{row: number, column: number}} to
   * @param {boolean} isSet
   */
  paint(from, to, isSet) {
    const level = isSet ? SET : CLEAR;
    this.#change(line(from, to).map((at) => [at, level]));
  }

  /** Clears all squares. */
  clear() {
    this.#replace(new Uint8Array(SIDE * SIDE));
  }

  /** Puts back the pixels of the beginning. */
  restart() {
    this.#replace(this.#start);
  }

  undo() {
    this.#pixels = this.#steps.pop() ?? this.#pixels;
    this.#before = null;
  }

  #replace(pixels) {
    this.beginStep();
    this.#change([...pixels.entries()]);
  }

  /** Changes levels; the first change of a step makes it one that can be undone. */
  #change(levels) {
    const changes = levels.filter(([at, level]) => this.#pixels[at] !== level);
    if (changes.length && this.#before) {
      this.#steps.push(this.#before);
      this.#steps.splice(0, this.#steps.length - MOST_STEPS);
      this.#before = null;
    }
    changes.forEach(([at, level]) => (this.#pixels[at] = level));
  }
}

/** Returns the places of the squares between two, as a fast pointer skips some. */
function line(from, to) {
  const [down, across] = [to.row - from.row, to.column - from.column];
  const steps = Math.max(Math.abs(down), Math.abs(across), 1);
  const squares = Array.from({ length: steps + 1 }, (_, step) => [
    Math.round(from.row + (down * step) / steps),
    Math.round(from.column + (across * step) / steps),
  ]);
  return squares
    .filter((square) => square.every((at) => at >= 0 && at < SIDE))
    .map(([row, column]) => row * SIDE + column);
}
