/** Shows a model's answer: the class, the bars, and the time that it took. */

import { AnswerStrip } from './answer_strip.js';
import { Bars } from './bars.js';
import { rowsOf } from '../models/readings.js';
import { number, percent, text } from '../texts/texts.js';
import { element } from '../ui/elements.js';

/** Milliseconds without a change before a screen reader announces the answer. */
const UNTIL_SPOKEN = 900;
/** Milliseconds until an answer that was asked for is announced, also if it is the same as before. */
const UNTIL_SUBMITTED = 100;
/** A box that ends to the right of this part of the paper has its text to the left. */
const NEAR_END = 0.85;

const byId = (id) => document.getElementById(id);

/** The part below the heading of the answer. */
export class AnswerPanel {
  #bars = new Bars(byId('bars'));
  #strip = new AnswerStrip(byId('answer-strip'), byId('answer-line'));
  #classes = [];
  #spoken = 0;

  /** Whether a screen reader announces the next answer at once. */
  isSubmitted = false;

  /** @param {string[]} classes names of the classes */
  setClasses(classes) {
    this.#classes = classes;
    this.#bars.setNames(classes);
    this.#strip.setNames(classes);
  }

  /**
   * Shows that there is nothing to answer.
   * @param {'nothing' | 'blank' | 'no_digit'} why nothing is drawn, on the paper or on a picture;
   *   or what is drawn is not framed as a digit
   */
  clear(why = 'nothing') {
    const note = text(`draw.${why}`);
    this.#showNone(note);
    if (this.isSubmitted) {
      this.#speak([note]);
    }
  }

  /** Shows that the answer has to be asked for. */
  wait() {
    this.#showNone(text('draw.waiting'));
  }

  /**
   * Shows that there is no model.
   * @param {boolean} isLoading whether one is still to come
   */
  load(isLoading) {
    this.#showNone(isLoading ? text('draw.loading') : '');
  }

  #showNone(note) {
    clearTimeout(this.#spoken);
    this.#bars.show(null);
    byId('answer').textContent = '';
    byId('answer').classList.remove('uncertain');
    byId('answer-doubt').textContent = '';
    this.#mark([]);
    byId('answer-note').textContent = note;
    this.#strip.show({ answer: '', note });
    byId('spoken').textContent = '';
    byId('time').textContent = text('draw.time_none');
  }

  /**
   * @param {object} answer
   * @param {Float32Array} answer.probabilities [classes]
   * @param {number} answer.milliseconds that the prediction took
   * @param {string | null} answer.label the correct class, if known
   * @param {{uncertain: boolean} | null} answer.mark whether the answer is not to be relied on
   */
  show({ probabilities, milliseconds, label, mark }) {
    const uncertain = mark?.uncertain ?? false;
    this.#mark([]);
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
    const note = judgement ?? share;
    this.#strip.show({ answer: name, note, isUncertain: uncertain, probabilities });
    byId('time').textContent = text('draw.time', {
      milliseconds: number(milliseconds, 1),
    });
    this.#speak([text('draw.spoken', { name, percent: share }), judgement, doubt]);
  }

  /**
   * Shows the digits of a picture that has several, and marks them on the paper.
   * @param {object} reading
   * @param {import('../models/readings.js').Answer[]} reading.answers in the order of reading
   * @param {number[][]} reading.boxes of each, top, left, bottom and right in parts of the paper
   * @param {number} reading.milliseconds that the prediction took
   */
  showSeveral({ answers, boxes, milliseconds }) {
    const digits = answers.map(({ probabilities, mark }, at) => {
      const best = probabilities.indexOf(Math.max(...probabilities));
      const doubt = mark?.uncertain ? '?' : '';
      return {
        name: this.#classes[best],
        share: `${this.#classes[best]} ${percent(probabilities[best])}${doubt}`,
        isUncertain: mark?.uncertain ?? false,
        box: boxes[at],
      };
    });
    const rows = rowsOf(boxes).map((row) => row.map((at) => digits[at].name).join(''));
    const isUncertain = digits.some((digit) => digit.isUncertain);
    const note = digits.map(({ share }) => share).join(', ');
    this.#bars.show(null);
    this.#mark(digits);
    byId('answer').textContent = rows.join(' ');
    byId('answer').classList.toggle('uncertain', isUncertain);
    byId('answer-note').textContent = note;
    byId('answer-doubt').textContent = isUncertain ? text('draw.uncertain_digits') : '';
    this.#strip.show({ answer: rows.join(' '), note, isUncertain });
    byId('time').textContent = text('draw.time', {
      milliseconds: number(milliseconds, 1),
    });
    this.#speak([text('draw.spoken_several', { digits: note })]);
  }

  #mark(digits) {
    const marks = digits.map(({ share, isUncertain, box: [top, left, bottom, right] }) => {
      const mark = element('span', { className: 'digit-box' }, element('span', {}, share));
      mark.classList.toggle('uncertain', isUncertain);
      // A text at the right edge would be cut off.
      mark.classList.toggle('at-end', right > NEAR_END);
      mark.style.inset = [top, 1 - right, 1 - bottom, left].map((at) => `${100 * at}%`).join(' ');
      return mark;
    });
    byId('digit-boxes').replaceChildren(...marks);
  }

  #speak(parts) {
    clearTimeout(this.#spoken);
    const wait = this.isSubmitted ? UNTIL_SUBMITTED : UNTIL_SPOKEN;
    if (this.isSubmitted) {
      byId('spoken').textContent = '';
    }
    this.isSubmitted = false;
    this.#spoken = setTimeout(() => {
      byId('spoken').textContent = parts.filter(Boolean).join(' ');
    }, wait);
  }
}

function labelKey(isRight) {
  return isRight ? 'draw.label_right' : 'draw.label_wrong';
}
