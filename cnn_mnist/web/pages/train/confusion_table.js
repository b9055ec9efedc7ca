/** Shows the confusion matrix; each number opens its images. */

import { element, fillTable } from '../ui/elements.js';
import { text } from '../texts/texts.js';

const STEPS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** A table of buttons. Tab reaches one of them, and the arrow keys move between them. */
export class ConfusionTable {
  #table;
  #choose;
  #buttons = new Map();
  #size = 0;

  /**
   * @param {HTMLTableElement} table
   * @param {(cell: {label: number, answer: number}) => void} choose
   */
  constructor(table, choose) {
    [this.#table, this.#choose] = [table, choose];
    table.addEventListener('keydown', (event) => this.#key(event));
    table.addEventListener('focusin', ({ target }) => this.#makeStop(target));
  }

  /**
   * @param {number[][]} confusion row = label, column = answer
   * @param {string[]} classes
   */
  show(confusion, classes) {
    this.#buttons.clear();
    this.#size = classes.length;
    const heads = [`${text('train.label')} ╲ ${text('train.answered')}`, ...classes];
    const rows = confusion.map((counts, label) => {
      const sum = counts.reduce((total, count) => total + count, 0);
      const cells = counts.map((count, answer) =>
        this.#cell(count, sum, { label, answer }, classes),
      );
      return [classes[label], ...cells];
    });
    fillTable(this.#table, heads, rows);
    this.#makeStop([...this.#buttons.values()][0]);
  }

  /** Marks the cell whose images are shown; null for none. */
  mark(cell) {
    for (const button of this.#buttons.values()) {
      const { label, answer } = button.cell;
      const isMarked = label === cell?.label && answer === cell?.answer;
      button.setAttribute('aria-pressed', String(isMarked));
    }
  }

  #cell(count, sum, cell, classes) {
    const [label, answer] = [classes[cell.label], classes[cell.answer]];
    const title = text('train.confusion_cell', { label, answer, count: String(count) });
    const isRight = cell.label === cell.answer;
    const kind = count === 0 ? 'none' : isRight ? 'right-answer' : 'mistaken';
    const content = count === 0 ? '0' : this.#button(count, cell, title);
    const shown = element('td', { className: kind, title }, content);
    // Mistakes are few, so their colours are stronger; the number stays readable on the darkest.
    const depth = Math.min(0.4, isRight ? (0.4 * count) / sum : 0.08 + (4 * count) / sum);
    shown.style.setProperty('--depth', depth.toFixed(3));
    return shown;
  }

  #button(count, cell, title) {
    // Without separators, ten columns fit a phone.
    const button = element('button', { type: 'button', cell, tabIndex: -1 }, String(count));
    button.setAttribute('aria-label', title);
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => this.#choose(cell));
    this.#buttons.set(cell.label * this.#size + cell.answer, button);
    return button;
  }

  #makeStop(stop) {
    for (const button of this.#buttons.values()) {
      button.tabIndex = button === stop ? 0 : -1;
    }
  }

  #key(event) {
    const next = event.key in STEPS && this.#next(event.target.cell, STEPS[event.key]);
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }

  /** Returns the next button in a direction; cells of 0 images have none. */
  #next({ label, answer }, [down, across]) {
    for (let step = 1; step < this.#size; step += 1) {
      const [row, column] = [label + step * down, answer + step * across];
      const isInside = [row, column].every((at) => at >= 0 && at < this.#size);
      const found = isInside && this.#buttons.get(row * this.#size + column);
      if (found) {
        return found;
      }
    }
    return null;
  }
}
