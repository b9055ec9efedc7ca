/** Bars: the probability of each class, or of the most probable ones. */

import { element } from '../ui/elements.js';
import { percent, text } from '../texts/texts.js';

const LONGEST_NAME = 7;
/** Of more classes than this, only the most probable are shown. */
const FEW = 12;
const MOST_PROBABLE = 10;

/**
 * Bars in fixed places; only their length changes. Of more than twelve classes, there are bars for
 * the ten most probable, whose names change too.
 */
export class Bars {
  #place;
  #names = [];
  #rows = [];

  /** @param {HTMLOListElement} place */
  constructor(place) {
    this.#place = place;
  }

  /** @param {string[]} names of the classes */
  setNames(names) {
    this.#names = names;
    const count = names.length > FEW ? MOST_PROBABLE : names.length;
    this.#rows = names.slice(0, count).map((text) => {
      const name = element('span', {}, text);
      const bar = element('span', { className: 'bar' });
      const share = element('span', { className: 'percent' });
      const track = element('span', { className: 'track' }, bar);
      track.setAttribute('aria-hidden', 'true');
      return { row: element('li', {}, name, track, share), name, bar, share };
    });
    const longest = Math.max(...names.map((name) => name.length));
    this.#place.style.setProperty('--name', `${Math.min(longest, LONGEST_NAME) * 0.7 + 0.5}em`);
    this.#place.replaceChildren(...this.#rows.map(({ row }) => row));
    this.show(null);
  }

  /** @param {Float32Array | null} probabilities [classes]; null for no answer */
  show(probabilities) {
    const best = probabilities ? Math.max(...probabilities) : NaN;
    const shown = this.#shown(probabilities);
    this.#rows.forEach(({ row, name, bar, share }, at) => {
      const value = probabilities?.[shown[at]] ?? 0;
      name.textContent = this.#names[shown[at]] ?? '';
      bar.style.transform = `scaleX(${value})`;
      share.textContent = probabilities ? percent(value) : text('draw.no_percent');
      row.classList.toggle('top-answer', value === best);
    });
  }

  /** Returns the class of each bar. */
  #shown(probabilities) {
    const all = [...this.#names.keys()];
    if (all.length <= FEW) return all;
    if (!probabilities) return [];
    return all.sort((a, b) => probabilities[b] - probabilities[a] || a - b).slice(0, MOST_PROBABLE);
  }
}
