/** The answer in one line at the bottom of the window, while the answer itself is out of view. */

import { element } from '../ui/elements.js';

/** Of longer names than this, or of more classes, the strip shows no bars. */
const LONGEST_NAME = 2;
const MOST_BARS = 12;
/** Less than 1: of sizes that are not whole pixels, browsers report shares slightly below it. */
const IN_VIEW = 0.9;

/**
 * Repeats the answer for the eyes alone: screen readers have the answer and its announcement.
 */
export class AnswerStrip {
  #answer;
  #note;
  #bars;
  #heights = [];

  /**
   * @param {HTMLElement} place
   * @param {HTMLElement} original the answer itself; the strip shows while that is out of view
   */
  constructor(place, original) {
    this.#answer = element('strong');
    this.#note = element('span', { className: 'note' });
    this.#bars = element('span', { className: 'columns-of-bars' });
    place.replaceChildren(this.#answer, this.#note, this.#bars);
    const observer = new IntersectionObserver(
      ([{ intersectionRatio }]) => place.classList.toggle('shown', intersectionRatio < IN_VIEW),
      { threshold: IN_VIEW },
    );
    observer.observe(original);
  }

  /** @param {string[]} names of the classes */
  setNames(names) {
    const fits =
      names.length <= MOST_BARS && names.every((name) => [...name].length <= LONGEST_NAME);
    this.#heights = [];
    const columns = (fits ? names : []).map((name) => {
      const height = element('span', { className: 'height' });
      this.#heights.push(height);
      return element('span', {}, element('span', { className: 'bar' }, height), name);
    });
    this.#bars.replaceChildren(...columns);
  }

  /**
   * @param {object} shown
   * @param {string} shown.answer '' for none
   * @param {string} shown.note beside it, such as the probability
   * @param {boolean} [shown.isUncertain] whether the answer is not to be relied on
   * @param {Float32Array | null} [shown.probabilities] [classes]; null for no bars
   */
  show({ answer, note, isUncertain = false, probabilities = null }) {
    this.#answer.textContent = answer;
    this.#answer.classList.toggle('uncertain', isUncertain);
    this.#note.textContent = note;
    this.#bars.classList.toggle('none', probabilities === null);
    this.#heights.forEach((height, at) => {
      height.style.transform = `scaleY(${probabilities?.[at] ?? 0})`;
    });
  }
}
