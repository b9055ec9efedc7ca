/** Draws the live charts of a training with tfjs-vis. */

import { element } from '../ui/elements.js';
import { number, percent, text } from '../texts/texts.js';
import { loadCharts } from '../base/tf.js';
import { Redrawing } from '../ui/redrawing.js';

const HEIGHT = 210;
/** Milliseconds between two redraws while training; a redraw takes tens of milliseconds. */
const PAUSE = 1000;
/** The most points in a line: each redraw takes time from training for all points. */
const MOST_POINTS = 500;
/** Blue and orange, which are distinguishable with every kind of colour blindness. */
const COLORS = ['#1f5fa8', '#d9660a'];

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
  #figures = [];
  #drawnAt = 0;
  #drawing = new Redrawing(() => this.#drawAll());

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#figures = KINDS.map((kind) => {
      const caption = element('figcaption', { id: `${kind.id}-caption` });
      // Vega sets its own label on the element that it draws in.
      const plot = element('div', { className: 'plot' });
      const chart = element('div', { className: 'chart' }, plot);
      chart.setAttribute('role', 'img');
      place.append(element('figure', { id: kind.id }, caption, chart));
      return { ...kind, caption, chart, plot };
    });
    new ResizeObserver(() => this.draw()).observe(place);
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
    if (!this.#drawing.isDrawing && performance.now() - this.#drawnAt > PAUSE) {
      this.draw();
    }
  }

  /** @param {{loss: number, accuracy: number, validationLoss: number,
   *   validationAccuracy: number}} epoch */
  addEpoch(epoch) {
    this.#epochs.push(epoch);
    this.draw();
  }

  /** Draws all charts, and again if values were added meanwhile. */
  async draw() {
    await this.#drawing.ask();
  }

  async #drawAll() {
    for (const figure of this.#figures) {
      await this.#drawOne(figure);
    }
    this.#drawnAt = performance.now();
  }

  async #drawOne({ id, of, measure, caption, chart, plot }) {
    caption.textContent = text(`train.${id}`);
    const width = chart.clientWidth;
    // While the other page is shown, the chart has no width.
    if (width === 0) {
      return;
    }
    const isOfBatches = of === 'batches';
    chart.setAttribute('aria-label', this.#description(id, isOfBatches, measure));
    if ((isOfBatches ? this.#batches : this.#epochs).length === 0) {
      plot.replaceChildren(text('train.nothing_yet'));
      // So that they are there for the first batch.
      loadCharts().catch(() => {});
      return;
    }
    const { values, series, xLabel } = isOfBatches
      ? this.#ofBatches(measure)
      : this.#ofEpochs(measure);
    const yLabel = text(`train.${measure}`);
    await drawLines(plot, {
      values,
      series,
      width,
      xLabel,
      yLabel,
      isShare: measure === 'accuracy',
    });
  }

  /** Returns means over groups of batches, at most MOST_POINTS of them. */
  #ofBatches(measure) {
    const size = Math.ceil(this.#batches.length / MOST_POINTS);
    const groups = Math.ceil(this.#batches.length / size);
    const values = Array.from({ length: groups }, (_, at) => {
      const group = this.#batches.slice(at * size, (at + 1) * size);
      return { x: at + 1, y: group.reduce((sum, batch) => sum + batch[measure], 0) / group.length };
    });
    const xLabel = size === 1 ? text('train.batch') : text('train.batches', { count: size });
    // tfjs-vis counts x from 0, but batches count from 1.
    return {
      values: [[{ x: 0, y: null }, ...values]],
      series: [text('train.series_training')],
      xLabel,
    };
  }

  #ofEpochs(measure) {
    const validation = measure === 'loss' ? 'validationLoss' : 'validationAccuracy';
    // The first batch's values are from before the first update.
    const points = [{ ...this.#batches[0], ...this.#untrained }, ...this.#epochs];
    const line = (name) => points.map((point, x) => ({ x, y: point[name] }));
    const series = [text('train.series_training'), text('train.series_validation')];
    return { values: [line(measure), line(validation)], series, xLabel: text('train.epoch') };
  }

  #description(id, isOfBatches, measure) {
    const title = text(`train.${id}`);
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

/**
 * Draws a line for each series, or says that the charts cannot be loaded.
 * @param {HTMLElement} plot
 * @param {{values: {x: number, y: number | null}[][], series: string[], width: number,
 *   xLabel: string, yLabel: string, isShare: boolean}} chart isShare: from 0 to 1
 */
export async function drawLines(plot, { values, series, width, xLabel, yLabel, isShare }) {
  const tfvis = await loadCharts().catch(() => null);
  if (!tfvis) {
    plot.replaceChildren(text('train.charts_missing'));
    return;
  }
  await tfvis.render.linechart(
    plot,
    { values, series },
    {
      width,
      height: HEIGHT,
      xLabel,
      yLabel,
      seriesColors: colorsOf(series),
      ...(isShare ? { yAxisDomain: [0, 1] } : {}),
    },
  );
}

/** Vega assigns colours in alphabetical order; this keeps each line's colour in every language. */
function colorsOf(series) {
  return [...series].sort().map((name) => COLORS[series.indexOf(name)]);
}
