/** Ten bars: the probability of each class. */

import { element } from '../ui/elements.js';
import { percent, text } from '../texts/texts.js';

const LONGEST_NAME = 7;

/** Bars in fixed places; only their length changes. */
export class Bars {
  #place;
  #rows = [];

  /** @param {HTMLOListElement} place */
  constructor(place) {
    this.#place = place;
  }

  /** @param {string[]} names of the classes */
  setNames(names) {
    this.#rows = names.map((name) => {
      const bar = element('span', { className: 'bar' });
      const share = element('span', { className: 'percent' });
      const track = element('span', { className: 'track' }, bar);
      track.setAttribute('aria-hidden', 'true');
      return { row: element('li', {}, element('span', {}, name), track, share), bar, share };
    });
    const longest = Math.max(...names.map((name) => name.length));
    this.#place.style.setProperty('--name', `${Math.min(longest, LONGEST_NAME) * 0.7 + 0.5}em`);
    this.#place.replaceChildren(...this.#rows.map(({ row }) => row));
    this.show(null);
  }

  /** @param {Float32Array | null} probabilities [10]; null for no answer */
  show(probabilities) {
    const best = probabilities ? Math.max(...probabilities) : NaN;
    this.#rows.forEach(({ row, bar, share }, at) => {
      const value = probabilities?.[at] ?? 0;
      bar.style.transform = `scaleX(${value})`;
      share.textContent = probabilities ? percent(value) : text('draw.no_percent');
      row.classList.toggle('top-answer', value === best);
    });
  }
}
