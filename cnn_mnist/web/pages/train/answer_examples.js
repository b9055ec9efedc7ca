/** Shows tested images with their answers: a cell of the matrix, the mistakes, or any. */

import { imageAt } from '../images/data.js';
import { imagesOfCell, mistakesOf, shareOf } from '../models/ordering.js';
import { percent, text } from '../texts/texts.js';
import { element } from '../ui/elements.js';
import { randomIndices, thumbnail } from '../ui/thumbnails.js';

const EXAMPLES = 24;

const byId = (id) => document.getElementById(id);

/** The part below the heading of the examples. A click on one opens it in Draw. */
export class AnswerExamples {
  #result = null;
  #data = null;
  #cell = null;
  #first = 0;
  #open;
  #cellChanged;

  /**
   * @param {(at: number) => void} open opens a test image in Draw
   * @param {(cell: {label: number, answer: number} | null) => void} cellChanged
   */
  constructor(open, cellChanged) {
    [this.#open, this.#cellChanged] = [open, cellChanged];
    byId('only-mistakes').addEventListener('change', () => this.showCell(null));
    byId('all-mistakes').addEventListener('click', () => {
      byId('only-mistakes').checked = true;
      this.showCell(null);
      byId('only-mistakes').focus();
    });
    byId('other-answers').addEventListener('click', () => {
      this.#first += EXAMPLES;
      this.fillTexts();
    });
  }

  /**
   * @param {object} result as `evaluate` returns it
   * @param {object} data as `loadData` returns it, with the test images
   */
  show(result, data) {
    [this.#result, this.#data] = [result, data];
    this.showCell(null);
  }

  /**
   * Shows the images of a cell of the confusion matrix.
   * @param {{label: number, answer: number} | null} cell null for the mistakes, or any images
   */
  showCell(cell) {
    [this.#cell, this.#first] = [cell, 0];
    if (cell && cell.label === cell.answer) {
      byId('only-mistakes').checked = false;
    }
    this.#cellChanged(cell);
    this.fillTexts();
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    const images = this.#images();
    this.#first = this.#first < images.length ? this.#first : 0;
    const shown = images.slice(this.#first, this.#first + EXAMPLES);
    byId('answers').classList.toggle('named', !this.#data.digits);
    byId('answers').replaceChildren(...shown.map((at) => this.#example(at)));
    byId('answers-shown').textContent = this.#heading(images.length, shown.length);
    byId('other-answers').disabled = images.length <= EXAMPLES;
    byId('all-mistakes').hidden = this.#cell === null;
  }

  #images() {
    const { labels, count } = this.#data.test;
    if (this.#cell) {
      return imagesOfCell(this.#result, labels, this.#cell);
    }
    return byId('only-mistakes').checked
      ? mistakesOf(this.#result, labels)
      : randomIndices(count, count);
  }

  #heading(count, shown) {
    const places = { count, first: this.#first + 1, last: this.#first + shown };
    if (this.#cell) {
      const [label, answer] = [this.#cell.label, this.#cell.answer];
      const key = label === answer ? 'train.shown_right' : 'train.shown_cell';
      const { classes } = this.#data;
      return text(key, { ...places, label: classes[label], answer: classes[answer] });
    }
    if (!byId('only-mistakes').checked) {
      return text('train.shown_any');
    }
    return count ? text('train.shown_mistakes', places) : text('train.no_mistakes');
  }

  #example(at) {
    const [label, answer] = [this.#data.test.labels[at], this.#result.predicted[at]];
    const [labelName, answerName] = [label, answer].map((index) => this.#data.classes[index]);
    const shareFor = (index) => percent(shareOf(this.#result, at, index));
    const [labelShare, share] = [shareFor(label), shareFor(answer)];
    const isRight = label === answer;
    const lines = [`${isRight ? '✓' : '✗'} ${text('train.share', { name: answerName, share })}`];
    if (!isRight) {
      lines.push(text('train.label_share', { name: labelName, share: labelShare }));
    }
    const [first, ...second] = lines.map((line, number) =>
      element(number === 0 ? 'b' : 'span', {}, line),
    );
    const picture = thumbnail(imageAt(this.#data.test, at));
    const className = isRight ? '' : 'mistake';
    const button = element('button', { type: 'button', className }, picture, first, ...second);
    const key = isRight ? 'train.example_right' : 'train.example_wrong';
    const values = { label: labelName, answer: answerName, share, labelShare };
    button.setAttribute('aria-label', text(key, values));
    button.addEventListener('click', () => this.#open(at));
    return button;
  }
}
