/** The grid of 28×28 squares on the paper, for mouse, pen, finger and keys. */

import { GridPixels, SIDE } from './grid_pixels.js';

const LAST = SIDE - 1;
const LINE = '#c3cad4';
/** Stands out from white, black and the greys between. */
const CHANGED = '#2f7de1';
const CURSOR = '#b45309';
const HALO = '#ffffff';

/**
 * Shows the squares as ink on paper, and marks with a dot those that were changed.
 *
 * Fires 'draw' when a square has changed, and 'square' when the keyboard's cursor has moved or its
 * square has changed.
 */
export class PixelGrid extends EventTarget {
  #canvas;
  #squares = new GridPixels();
  #pointer = null;
  #last = null;
  #isSetting = true;
  #cursor = { row: SIDE / 2, column: SIDE / 2 };

  /** @param {HTMLCanvasElement} canvas square */
  constructor(canvas) {
    super();
    this.#canvas = canvas;
    canvas.addEventListener('pointerdown', (event) => this.#pointerDown(event));
    canvas.addEventListener('pointermove', (event) => this.#pointerMove(event));
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      canvas.addEventListener(name, (event) => this.#pointerUp(event));
    }
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('focus', () => this.#moveCursor(0, 0));
    canvas.addEventListener('blur', () => this.#paint());
    new ResizeObserver(() => this.#paint()).observe(canvas);
  }

  get pixels() {
    return this.#squares.pixels;
  }

  get start() {
    return this.#squares.start;
  }

  get changes() {
    return this.#squares.changes;
  }

  get canUndo() {
    return this.#squares.canUndo;
  }

  get isEmpty() {
    return this.#squares.isEmpty;
  }

  /** The square of the keyboard's cursor, counted from 1, and its level from 0 to 255. */
  get square() {
    const { row, column } = this.#cursor;
    return { row: row + 1, column: column + 1, level: this.#squares.levelAt(this.#cursor) };
  }

  /**
   * Begins anew.
   * @param {Uint8Array} pixels [784] that are on the grid at the beginning
   */
  begin(pixels) {
    this.#do(() => this.#squares.begin(pixels));
  }

  undo() {
    this.#do(() => this.#squares.undo());
  }

  clear() {
    this.#do(() => this.#squares.clear());
  }

  /** Puts back the pixels of the beginning. */
  restart() {
    this.#do(() => this.#squares.restart());
  }

  #do(change) {
    this.#pointer = null;
    change();
    this.#show();
  }

  #show() {
    this.#paint();
    this.dispatchEvent(new Event('draw'));
  }

  #pointerDown(event) {
    // One finger draws; a second finger and the mouse's other buttons do nothing.
    if (!event.isPrimary || event.button !== 0 || this.#pointer !== null) {
      return;
    }
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#last = this.#squareOf(event);
    this.#cursor = within(this.#last);
    this.#turn();
  }

  #pointerMove(event) {
    if (event.pointerId !== this.#pointer) {
      return;
    }
    // A fast pen moves several times between two frames; keep all of its squares.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) {
      const square = this.#squareOf(move);
      this.#squares.paint(this.#last, square, this.#isSetting);
      this.#last = square;
    }
    this.#cursor = within(this.#last);
    this.#show();
  }

  #pointerUp(event) {
    if (event.pointerId === this.#pointer) {
      this.#pointer = null;
    }
  }

  #squareOf(event) {
    const box = this.#canvas.getBoundingClientRect();
    const place = (at, start, border, side) => Math.floor(((at - start - border) * SIDE) / side);
    const { clientLeft, clientTop, clientWidth, clientHeight } = this.#canvas;
    return {
      row: place(event.clientY, box.top, clientTop, clientHeight),
      column: place(event.clientX, box.left, clientLeft, clientWidth),
    };
  }

  #key(event) {
    const action = this.#actionOf(event);
    const isUndo = event.code === 'KeyZ' && (event.ctrlKey || event.metaKey);
    if (action && !event.altKey && (isUndo || !(event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      action();
    }
  }

  #actionOf({ code, shiftKey, repeat }) {
    // A key that is held down must not set and clear in turn.
    const turn = () => repeat || this.#turn();
    return {
      ArrowLeft: () => this.#moveCursor(0, -1, shiftKey),
      ArrowRight: () => this.#moveCursor(0, 1, shiftKey),
      ArrowUp: () => this.#moveCursor(-1, 0, shiftKey),
      ArrowDown: () => this.#moveCursor(1, 0, shiftKey),
      Home: () => this.#moveCursor(0, -SIDE, shiftKey),
      End: () => this.#moveCursor(0, SIDE, shiftKey),
      Space: turn,
      Enter: turn,
      NumpadEnter: turn,
      Delete: () => this.clear(),
      Backspace: () => this.clear(),
      // By its place on the keyboard, so that it works with a Hangul layout.
      KeyZ: () => this.undo(),
    }[code];
  }

  /** Sets the cursor's square, or clears it if it is set. */
  #turn() {
    this.#isSetting = !this.#squares.isSet(this.#cursor);
    this.#squares.beginStep();
    this.#squares.paint(this.#cursor, this.#cursor, this.#isSetting);
    this.#show();
    this.dispatchEvent(new Event('square'));
  }

  #moveCursor(down, across, isPainting = false) {
    const from = this.#cursor;
    this.#cursor = within({ row: from.row + down, column: from.column + across });
    if (isPainting) {
      this.#squares.beginStep();
      this.#squares.paint(from, this.#cursor, this.#isSetting);
      this.#show();
    } else {
      this.#paint();
    }
    this.dispatchEvent(new Event('square'));
  }

  /** Paints in pixels of the screen, so that all lines are equally wide. */
  #paint() {
    const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (side === 0) {
      return;
    }
    if (this.#canvas.width !== side) {
      [this.#canvas.width, this.#canvas.height] = [side, side];
    }
    const context = this.#canvas.getContext('2d');
    context.fillStyle = LINE;
    context.fillRect(0, 0, side, side);
    for (let row = 0; row < SIDE; row += 1) {
      for (let column = 0; column < SIDE; column += 1) {
        this.#paintSquare(context, side, { row, column });
      }
    }
    if (document.activeElement === this.#canvas) {
      paintCursor(context, boxOf(this.#cursor, side));
    }
  }

  #paintSquare(context, side, square) {
    const { left, top, wide, high } = boxOf(square, side);
    const light = 255 - this.#squares.levelAt(square);
    context.fillStyle = `rgb(${light} ${light} ${light})`;
    context.fillRect(left, top, wide - 1, high - 1);
    if (this.#squares.isChanged(square)) {
      context.fillStyle = CHANGED;
      context.beginPath();
      context.arc(left + wide / 2, top + high / 2, wide / 5, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

function within({ row, column }) {
  const inside = (at) => Math.min(Math.max(at, 0), LAST);
  return { row: inside(row), column: inside(column) };
}

/** Returns where a square is on a canvas, in whole pixels. */
function boxOf({ row, column }, side) {
  const at = (number) => Math.round((number * side) / SIDE);
  const [left, top] = [at(column), at(row)];
  return { left, top, wide: at(column + 1) - left, high: at(row + 1) - top };
}

function paintCursor(context, { left, top, wide, high }) {
  const width = Math.max(2, Math.round(wide / 7));
  for (const [color, outside] of [
    [HALO, 2 * width],
    [CURSOR, width],
  ]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    const inset = outside - width / 2;
    context.strokeRect(left - inset, top - inset, wide - 1 + 2 * inset, high - 1 + 2 * inset);
  }
}
