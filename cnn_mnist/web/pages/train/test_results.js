/** Shows the test results: by class, as a confusion matrix, and by example. */

import { imageAt } from '../images/data.js';
import { element, fillTable } from '../ui/elements.js';
import { number, percent, text } from '../texts/texts.js';
import { randomIndices, thumbnail } from '../ui/thumbnails.js';

const EXAMPLES = 24;

const byId = (id) => document.getElementById(id);

/** The part below the heading of the test: tables and examples. */
export class TestResults {
  #result = null;
  #data = null;

  constructor() {
    byId('only-mistakes').addEventListener('change', () => this.#showExamples());
    byId('other-answers').addEventListener('click', () => this.#showExamples());
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
    this.#showConfusion();
    this.#showExamples();
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

  #showConfusion() {
    const { classes } = this.#data;
    const heads = [`${text('train.label')} ╲ ${text('train.answered')}`, ...classes];
    const rows = this.#result.confusion.map((counts, label) => {
      const sum = counts.reduce((total, count) => total + count, 0);
      return [classes[label], ...counts.map((count, at) => this.#cell(count, sum, label, at))];
    });
    fillTable(byId('confusion'), heads, rows);
  }

  #cell(count, sum, label, answer) {
    const { classes } = this.#data;
    const title = text('train.confusion_cell', {
      label: classes[label],
      answer: classes[answer],
      count,
    });
    const kind = count === 0 ? 'none' : label === answer ? 'right-answer' : 'mistaken';
    const cell = element('td', { className: kind, title }, number(count));
    // Mistakes are few, so their colours are stronger; the number stays readable on the darkest.
    const depth = Math.min(0.4, label === answer ? (0.4 * count) / sum : 0.08 + (4 * count) / sum);
    cell.style.setProperty('--depth', depth.toFixed(3));
    return cell;
  }

  #showExamples() {
    const { predicted } = this.#result;
    byId('answers').classList.toggle('named', !this.#data.digits);
    const { labels } = this.#data.test;
    const onlyMistakes = byId('only-mistakes').checked;
    const all = [...predicted.keys()];
    const chosen = onlyMistakes ? all.filter((at) => predicted[at] !== labels[at]) : all;
    const shown = randomIndices(EXAMPLES, chosen.length).map((at) => this.#example(chosen[at]));
    byId('other-answers').disabled = chosen.length <= EXAMPLES;
    byId('answers').replaceChildren(
      ...(shown.length ? shown : [element('p', {}, text('train.no_mistakes'))]),
    );
  }

  #example(at) {
    const { labels } = this.#data.test;
    const [label, answer] = [labels[at], this.#result.predicted[at]].map(
      (index) => this.#data.classes[index],
    );
    const isRight = label === answer;
    const caption = text(isRight ? 'train.answer_right' : 'train.answer_wrong', { label, answer });
    const mark = element('b', {}, isRight ? '✓ ' : '✗ ');
    mark.setAttribute('aria-hidden', 'true');
    return element(
      'figure',
      { className: isRight ? '' : 'mistake' },
      thumbnail(imageAt(this.#data.test, at)),
      element('figcaption', {}, mark, caption),
    );
  }
}
