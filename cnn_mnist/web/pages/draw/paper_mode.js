/** Switches the paper between free drawing and the grid of 28×28 squares. */

import { PixelGrid } from './pixel_grid.js';
import { text } from '../texts/texts.js';

const byId = (id) => document.getElementById(id);

/**
 * What is on the paper, either the free drawing or the grid.
 *
 * Fires 'draw' when the content of what is shown has changed, or the other one is shown.
 */
export class PaperMode extends EventTarget {
  #drawing;
  #pixelsOfDrawing;
  #isGrid = false;
  grid = new PixelGrid(byId('grid'));

  /**
   * @param {import('./drawing.js').Drawing} drawing
   * @param {() => Uint8Array} pixelsOfDrawing returns the [784] that the model sees of it
   */
  constructor(drawing, pixelsOfDrawing) {
    super();
    [this.#drawing, this.#pixelsOfDrawing] = [drawing, pixelsOfDrawing];
    for (const radio of document.querySelectorAll('[name=paper-mode]')) {
      radio.addEventListener('change', () => this.#turnTo(radio.value === 'grid'));
    }
    drawing.addEventListener('draw', () => {
      if (this.#isGrid) {
        this.grid.begin(this.#pixelsOfDrawing());
      } else {
        this.#changed();
      }
    });
    this.grid.addEventListener('draw', () => this.#changed());
    this.grid.addEventListener('square', () => this.#saySquare());
    byId('restart').addEventListener('click', () => {
      this.grid.restart();
      byId('grid').focus();
    });
    // A browser keeps the choice over a reload.
    this.#turnTo(document.querySelector('[name=paper-mode][value=grid]').checked);
  }

  get isGrid() {
    return this.#isGrid;
  }

  /** What is shown: it can `undo` and `clear`, and knows `canUndo` and `isEmpty`. */
  get current() {
    return this.#isGrid ? this.grid : this.#drawing;
  }

  /** The element that is drawn on. */
  get canvas() {
    return byId(this.#isGrid ? 'grid' : 'canvas');
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    byId('canvas-hint').textContent = text(this.#isGrid ? 'draw.grid_hint' : 'draw.hint');
    byId('grid-square').textContent = '';
  }

  /**
   * Shows how many squares were changed, and what that did to the answer.
   * @param {string} [now] name of the class that the model answers
   * @param {string} [before] of the one that it answered for the grid's beginning
   */
  showChanges(now, before) {
    const count = this.grid.changes;
    const [line, isFlipped] = [byId('grid-changes'), before !== undefined && before !== now];
    line.textContent =
      before === undefined
        ? text('draw.grid_changes', { count })
        : text('draw.grid_changes_answers', { count, before, now });
    line.classList.toggle('flipped', isFlipped);
    byId('restart').disabled = count === 0;
  }

  #turnTo(isGrid) {
    this.#isGrid = isGrid;
    for (const [selector, isShown] of [
      ['.of-grid', isGrid],
      ['.of-drawing', !isGrid],
    ]) {
      document.querySelectorAll(selector).forEach((one) => (one.hidden = !isShown));
    }
    this.fillTexts();
    if (isGrid) {
      this.#takeDrawing();
    } else {
      this.#changed();
    }
  }

  /** Begins the grid with the drawing; keeps the squares that were changed if it is the same one. */
  #takeDrawing() {
    const pixels = this.#pixelsOfDrawing();
    const isSame = this.grid.start.every((level, at) => level === pixels[at]);
    if (this.grid.isEmpty || !isSame) {
      this.grid.begin(pixels);
    } else {
      this.#changed();
    }
  }

  #changed() {
    this.dispatchEvent(new Event('draw'));
  }

  #saySquare() {
    const { row, column, level } = this.grid.square;
    byId('grid-square').textContent = text('draw.grid_square', { row, column, level });
  }
}
