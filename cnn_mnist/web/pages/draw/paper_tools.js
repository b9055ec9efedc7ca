/** The tools beside the paper: brush, eraser, width, undo, clear, and the keyboard's pen. */

import { number, text } from '../texts/texts.js';

const byId = (id) => document.getElementById(id);

/** Keeps the tools and the paper in sync. */
export class PaperTools {
  #drawing;
  #mode;

  /**
   * @param {import('./drawing.js').Drawing} drawing
   * @param {import('./paper_mode.js').PaperMode} mode whether it or the grid is on the paper
   */
  constructor(drawing, mode) {
    [this.#drawing, this.#mode] = [drawing, mode];
    mode.addEventListener('draw', () => this.#showContent());
    drawing.addEventListener('tool', () => this.#showTool());
    drawing.addEventListener('pen', () => this.#showPen());
    byId('canvas').addEventListener('blur', () => {
      byId('pen').hidden = true;
    });
    for (const radio of document.querySelectorAll('[name=tool]')) {
      radio.addEventListener('change', () => {
        drawing.tool = radio.value;
      });
    }
    for (const id of ['undo', 'clear']) {
      byId(id).addEventListener('click', ({ target }) => {
        mode.current[id]();
        // A button that becomes disabled loses the focus; move it to the paper.
        if (target.disabled) {
          mode.canvas.focus();
        }
      });
    }
    byId('brush-width').addEventListener('input', (event) => {
      drawing.width = event.target.valueAsNumber;
      this.#showWidth();
    });
    this.#showTool();
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#mode.fillTexts();
    this.#showWidth();
    this.#showContent();
  }

  #showContent() {
    const { isEmpty, canUndo } = this.#mode.current;
    byId('canvas-hint').hidden = !isEmpty;
    byId('undo').disabled = !canUndo;
    byId('clear').disabled = isEmpty;
  }

  #showTool() {
    const slider = byId('brush-width');
    // The slider keeps the width within its limits.
    slider.value = this.#drawing.width;
    this.#drawing.width = slider.valueAsNumber;
    document.querySelector(`[name=tool][value=${this.#drawing.tool}]`).checked = true;
    this.#showWidth();
  }

  #showWidth() {
    byId('brush-width-value').textContent = number(this.#drawing.width);
  }

  #showPen() {
    const { x, y, down } = this.#drawing.pen;
    const mark = byId('pen');
    const side = byId('canvas').width;
    mark.hidden = false;
    mark.style.left = `${(100 * x) / side}%`;
    mark.style.top = `${(100 * y) / side}%`;
    mark.classList.toggle('down', down);
    byId('pen-state').textContent = text(down ? 'draw.pen_down' : 'draw.pen_up');
  }
}
