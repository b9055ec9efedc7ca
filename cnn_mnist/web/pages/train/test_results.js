/** Shows the test results: by class, as a confusion matrix, and by example. */

import { AnswerExamples } from './answer_examples.js';
import { ConfusionTable } from './confusion_table.js';
import { element, fillTable } from '../ui/elements.js';
import { number, percent, text } from '../texts/texts.js';

const byId = (id) => document.getElementById(id);

/** The part below the heading of the test: tables and examples. */
export class TestResults {
  #result = null;
  #data = null;

  #confusion = new ConfusionTable(byId('confusion'), (cell) => {
    this.#examples.showCell(cell);
    byId('answers-shown').scrollIntoView({ block: 'nearest' });
  });
  #examples;

  /** @param {(at: number) => void} open opens a test image in Draw */
  constructor(open) {
    this.#examples = new AnswerExamples(open, (cell) => this.#confusion.mark(cell));
  }

  /**
   * @param {object | null} result as `evaluate` returns it; null for none
   * @param {object} data as `loadData` returns it, with the test images
   */
  show(result, data) {
    [this.#result, this.#data] = [result, data];
    this.fillTexts();
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    byId('test-tables').hidden = this.#result === null;
    byId('test-result').textContent = '';
    if (this.#result === null) {
      return;
    }
    const { right, count, accuracy, loss } = this.#result;
    byId('test-result').textContent = text('train.test_result', {
      right,
      count,
      accuracy: percent(accuracy),
      loss: number(loss, 4),
    });
    this.#showClasses();
    this.#confusion.show(this.#result.confusion, this.#data.classes);
    this.#examples.show(this.#result, this.#data);
  }

  #showClasses() {
    const heads = ['train.class', 'train.right', 'train.accuracy'].map((key) => text(key));
    const rows = this.#result.byClass.map(({ right, count }, at) => {
      const share = count ? right / count : 0;
      const bar = element('span', { className: 'bar' });
      bar.style.width = `${100 * share}%`;
      const cell = element(
        'td',
        { className: 'share' },
        element('span', { className: 'track' }, bar),
      );
      cell.setAttribute('aria-hidden', 'true');
      const counts = `${number(right)} / ${number(count)}`;
      return [this.#data.classes[at], counts, count ? percent(share) : '–', cell];
    });
    fillTable(byId('by-class'), heads, rows);
  }
}
