/** Shows a model's answer: the class, ten bars, and the time that it took. */

import { Bars } from './bars.js';
import { number, percent, text } from '../texts/texts.js';

/** Milliseconds without a change before a screen reader announces the answer. */
const UNTIL_SPOKEN = 900;

const byId = (id) => document.getElementById(id);

/** The part below the heading of the answer. */
export class AnswerPanel {
  #bars = new Bars(byId('bars'));
  #classes = [];
  #spoken = 0;

  /** @param {string[]} classes names of the ten classes */
  setClasses(classes) {
    this.#classes = classes;
    this.#bars.setNames(classes);
  }

  /**
   * Shows that nothing is drawn.
   * @param {boolean} isPicture whether a picture is shown that is blank
   */
  clear(isPicture = false) {
    clearTimeout(this.#spoken);
    this.#bars.show(null);
    byId('answer').textContent = '';
    byId('answer').classList.remove('uncertain');
    byId('answer-doubt').textContent = '';
    byId('answer-note').textContent = text(isPicture ? 'draw.blank' : 'draw.nothing');
    byId('spoken').textContent = '';
    byId('time').textContent = text('draw.time_none');
  }

  /**
   * @param {object} answer
   * @param {Float32Array} answer.probabilities [10]
   * @param {number} answer.milliseconds that the prediction took
   * @param {string | null} answer.label the correct class, if known
   * @param {boolean} answer.uncertain whether the answer is not to be relied on
   */
  show({ probabilities, milliseconds, label, uncertain }) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const name = this.#classes[best];
    const share = percent(probabilities[best]);
    const judgement = label && text(labelKey(label === name), { label });
    const doubt = uncertain ? text('draw.uncertain') : null;
    this.#bars.show(probabilities);
    byId('answer').textContent = name;
    byId('answer').classList.toggle('uncertain', uncertain);
    byId('answer-note').textContent = judgement ?? share;
    byId('answer-doubt').textContent = doubt ?? '';
    byId('time').textContent = text('draw.time', { milliseconds: number(milliseconds, 1) });
    clearTimeout(this.#spoken);
    this.#spoken = setTimeout(() => {
      const parts = [text('draw.spoken', { name, percent: share }), judgement, doubt];
      byId('spoken').textContent = parts.filter(Boolean).join(' ');
    }, UNTIL_SPOKEN);
  }
}

function labelKey(isRight) {
  return isRight ? 'draw.label_right' : 'draw.label_wrong';
}
