/** The live charts of a training. */

import { number, percent, text } from '../texts/texts.js';
import { LineChart } from './line_chart.js';

/** Milliseconds between two redraws while training. */
const PAUSE = 250;
/** The most points in a line: more than a chart has pixels. */
const MOST_POINTS = 500;

const KINDS = [
  { id: 'batch_loss', of: 'batches', measure: 'loss' },
  { id: 'batch_accuracy', of: 'batches', measure: 'accuracy' },
  { id: 'epoch_loss', of: 'epochs', measure: 'loss' },
  { id: 'epoch_accuracy', of: 'epochs', measure: 'accuracy' },
];

/** Four charts: loss and accuracy, of each batch and of each epoch. */
export class Charts {
  #batches = [];
  #epochs = [];
  #untrained = null;
  #charts;
  #drawnAt = 0;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#charts = KINDS.map(({ id }) => new LineChart(place, { id }));
  }

  /** Removes all values. */
  reset() {
    [this.#batches, this.#epochs, this.#untrained] = [[], [], null];
    this.draw();
  }

  /**
   * Sets the validation results before training, with which the lines of epochs begin.
   * @param {{loss: number, accuracy: number}} validation
   */
  begin({ loss, accuracy }) {
    this.#untrained = { validationLoss: loss, validationAccuracy: accuracy };
  }

  /** @param {{loss: number, accuracy: number}} batch */
  addBatch(batch) {
    this.#batches.push(batch);
    if (performance.now() - this.#drawnAt > PAUSE) {
      this.draw();
    }
  }

  /** @param {{loss: number, accuracy: number, validationLoss: number,
   *   validationAccuracy: number}} epoch */
  addEpoch(epoch) {
    this.#epochs.push(epoch);
    this.draw();
  }

  /** Draws all charts. */
  draw() {
    KINDS.forEach((kind, at) => this.#charts[at].show(this.#shown(kind)));
    this.#drawnAt = performance.now();
  }

  #shown({ id, of, measure }) {
    const isOfBatches = of === 'batches';
    const title = text(`train.${id}`);
    return {
      title,
      label: this.#description(title, isOfBatches, measure),
      ...(isOfBatches ? this.#ofBatches(measure) : this.#ofEpochs(measure)),
      yLabel: text(`train.${measure}`),
      isShare: measure === 'accuracy',
    };
  }

  /** Returns means over groups of batches, at most MOST_POINTS of them, each at its last batch. */
  #ofBatches(measure) {
    const size = Math.max(1, Math.ceil(this.#batches.length / MOST_POINTS));
    const starts = Array.from(
      { length: Math.ceil(this.#batches.length / size) },
      (_, at) => at * size,
    );
    const groups = starts.map((start) => this.#batches.slice(start, start + size));
    const sum = (group) => group.reduce((total, batch) => total + batch[measure], 0);
    return {
      x: groups.map((group, at) => starts[at] + group.length),
      lines: [groups.map((group) => sum(group) / group.length)],
      series: [text('train.series_training')],
      xLabel: size === 1 ? text('train.batch') : text('train.batches', { count: size }),
    };
  }

  #ofEpochs(measure) {
    const validation = measure === 'loss' ? 'validationLoss' : 'validationAccuracy';
    // The first batch's values are from before the first update.
    const points = this.#epochs.length
      ? [{ ...this.#batches[0], ...this.#untrained }, ...this.#epochs]
      : [];
    return {
      x: points.map((_, at) => at),
      lines: [measure, validation].map((name) => points.map((point) => point[name] ?? null)),
      series: [text('train.series_training'), text('train.series_validation')],
      xLabel: text('train.epoch'),
    };
  }

  #description(title, isOfBatches, measure) {
    const found = isOfBatches ? this.#batches : this.#epochs;
    if (found.length === 0) {
      return text('train.chart_empty', { title });
    }
    const written = measure === 'loss' ? (value) => number(value, 3) : percent;
    const last = found.at(-1);
    if (isOfBatches) {
      const [first, now] = [found[0], last].map((batch) => written(batch[measure]));
      return text('train.chart_last', { title, count: found.length, first, last: now });
    }
    const validation = measure === 'loss' ? last.validationLoss : last.validationAccuracy;
    const values = { training: written(last[measure]), validation: written(validation) };
    return text('train.chart_lasts', { title, count: found.length, ...values });
  }
}
