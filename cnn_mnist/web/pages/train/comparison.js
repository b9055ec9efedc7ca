/** Compares two networks side by side: their curves, and how many test images each gets right. */

import { Contest } from '../models/contest.js';
import { number, percent, text } from '../texts/texts.js';
import { fillSelect, fillTable } from '../ui/elements.js';
import { LineChart } from './line_chart.js';

const [FIRST, SECOND] = ['dense', 'browser'];
const MEASURES = ['accuracy', 'loss'];

const byId = (id) => document.getElementById(id);

/** The card “Two networks side by side”. */
export class Comparison {
  #networks;
  #contest = null;
  #runs = [];
  #names = [];
  #charts;
  #place = null;

  /** @param {import('./network_choice.js').NetworkChoice} networks */
  constructor(networks) {
    this.#networks = networks;
    this.#charts = MEASURES.map(() => new LineChart(byId('compare-charts')));
  }

  /** Whether two networks are being trained or tested. */
  get isRunning() {
    return this.#contest !== null;
  }

  /** Stops the training; the test follows. */
  stop() {
    this.#contest?.stop();
  }

  /**
   * @param {object} data as `loadData` returns it
   * @param {object} settings as `readSettings` returns them, for both networks
   * @throws {PageError} training_failed
   */
  async run(data, settings) {
    const chosen = ['first', 'second'].map((id) => byId(id).value);
    this.#names = chosen;
    this.#contest = new Contest();
    try {
      const networks = chosen.map((name) => this.#networks.ofRecipe(name));
      await this.#contest.run(networks, data, settings, (runs, place) => {
        [this.#runs, this.#place] = [runs, place && { ...place, epochs: settings.epochs }];
        this.#showState();
        if (!place) {
          this.#showTable();
          this.draw();
        }
      });
    } finally {
      [this.#contest, this.#place] = [null, null];
      this.#showState();
      this.draw();
    }
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    const { choices } = this.#networks;
    fillSelect(byId('first'), choices, byId('first').value || FIRST);
    fillSelect(byId('second'), choices, byId('second').value || SECOND);
    this.#showTable();
    this.#showState();
    this.draw();
  }

  /** Draws the charts. */
  draw() {
    byId('compare-results').hidden = this.#runs.length === 0;
    if (this.#runs.length > 0) {
      MEASURES.forEach((measure, at) => this.#charts[at].show(this.#shown(measure)));
    }
  }

  #shown(measure) {
    const title = text(`compare.${measure}`);
    const isShare = measure === 'accuracy';
    const series = this.#seriesNames();
    const written = (value) => (isShare ? percent(value) : number(value, 3));
    const lasts = this.#runs.map(
      ({ validations }, at) => `${series[at]}: ${written(validations.at(-1)[measure])}`,
    );
    // One network may be an epoch ahead of the other.
    const most = Math.max(...this.#runs.map(({ validations }) => validations.length));
    const x = Array.from({ length: most }, (_, at) => at);
    return {
      title,
      label: `${title}. ${lasts.join('; ')}`,
      x,
      lines: this.#runs.map(({ validations }) => x.map((at) => validations[at]?.[measure] ?? null)),
      series,
      xLabel: text('train.epoch'),
      yLabel: text(`train.${measure}`),
      isShare,
    };
  }

  /** Two lines of the same network get numbers, since names tell the lines apart. */
  #seriesNames() {
    const names = this.#names.map((name) => text(`network.name_${name}`));
    return names[0] === names[1] ? names.map((name, at) => `${name} (${at + 1})`) : names;
  }

  #showTable() {
    const heads = ['network', 'parameters', 'seconds', 'validation', 'test'];
    const names = this.#seriesNames();
    const rows = this.#runs.map(({ parameters, validations, seconds, test }, at) => [
      names[at],
      number(parameters),
      number(seconds, 1),
      percent(validations.at(-1)?.accuracy ?? 0),
      test ? text('compare.tested', { ...test, accuracy: percent(test.accuracy) }) : '–',
    ]);
    fillTable(
      byId('compare-table'),
      heads.map((name) => text(`compare.${name}`)),
      rows,
    );
  }

  #showState() {
    const isDone = this.#runs.length > 0 && this.#runs.every(({ test }) => test);
    byId('compare-state').textContent = this.isRunning ? this.#running() : '';
    if (!this.isRunning && isDone) {
      const [one, other] = this.#runs.map(({ test }) => percent(test.accuracy));
      const [first, second] = this.#seriesNames();
      byId('compare-spoken').textContent = text('compare.done', { first, second, one, other });
    }
  }

  #running() {
    if (!this.#place) {
      return text('compare.testing');
    }
    const { at, epoch, epochs, batch, batches } = this.#place;
    return text('compare.running', {
      name: this.#seriesNames()[at],
      epoch,
      epochs,
      batch,
      batches,
    });
  }
}
