/** Draws a chart of lines with uPlot, and shows its numbers as a table. */

import { loadCharts } from '../base/tf.js';
import { number, percent, text } from '../texts/texts.js';
import { element, fillTable } from '../ui/elements.js';
import { isPrinted, onNewLook } from '../ui/new_look.js';
import { whenResized } from '../ui/resizing.js';

/** The height without the legend, in units of the font size. */
const HEIGHT = 16;
/** On paper: CSS pixels of half a page; drawn larger and shown smaller, the lines are sharp. */
const [PAPER_WIDTH, PAPER_FONT, PAPER_SCALE] = [340, 11, 3];
/** The second line has dashes too: colour is not the only sign. */
const DASHES = [[], [7, 4]];
/** Epochs and batches are counted in whole numbers, and shares in whole percents. */
const STEPS = [1, 2, 5].map((digit) => [0, 1, 2, 3, 4, 5, 6].map((power) => digit * 10 ** power));
const WHOLE_STEPS = STEPS.flat().sort((one, other) => one - other);
const SHARE_STEPS = [0.1, 0.2, 0.5, 1];

/** A figure: caption, chart, legend with the values under the pointer, and a table on request. */
export class LineChart {
  #caption = element('figcaption');
  #plot = element('div', { className: 'plot' });
  #chart = element('div', { className: 'chart' }, this.#plot);
  #summary = element('summary');
  #table = element('table');
  #region = element('div', { className: 'wide', tabIndex: 0 }, this.#table);
  #numbers = element('details', { className: 'keys' }, this.#summary, this.#region);
  #shown = null;
  #drawn = null;
  #isMissing = false;
  #options = '';

  /**
   * @param {HTMLElement} place where the figure is added
   * @param {object} properties of the figure, such as {id: 'batch_loss'}
   */
  constructor(place, properties = {}) {
    this.#chart.setAttribute('role', 'img');
    this.#region.setAttribute('role', 'region');
    this.#numbers.addEventListener('toggle', () => this.#fillTable());
    place.append(element('figure', properties, this.#caption, this.#chart, this.#numbers));
    whenResized(this.#chart, () => this.#paint());
    onNewLook(() => this.#paint());
  }

  /**
   * Draws a line for each series, or says that there is nothing yet.
   * @param {object} shown
   * @param {string} shown.title
   * @param {string} shown.label what a screen reader says of the chart
   * @param {number[]} shown.x whole numbers that rise; empty for nothing yet
   * @param {(number | null)[][]} shown.lines for each series a number for each x; null for none
   * @param {string[]} shown.series their names, at most two
   * @param {string} shown.xLabel
   * @param {string} shown.yLabel
   * @param {boolean} shown.isShare whether the numbers are shares, from 0 to 1
   */
  async show(shown) {
    this.#shown = shown;
    this.#caption.textContent = shown.title;
    this.#chart.setAttribute('aria-label', shown.label);
    this.#numbers.hidden = shown.x.length === 0;
    this.#summary.textContent = text('train.numbers');
    this.#region.setAttribute('aria-label', text('train.numbers_of', { title: shown.title }));
    this.#fillTable();
    // While the other page is shown, the chart has no width.
    if (!globalThis.uPlot && this.#chart.clientWidth > 0) {
      this.#paint();
      // It is loaded before there are numbers, so that it is there for the first batch.
      this.#isMissing = !(await loadCharts().catch(() => null));
    }
    this.#paint();
  }

  #fillTable() {
    if (this.#numbers.hidden || !this.#numbers.open) {
      return;
    }
    const { x, lines, series, xLabel, isShare } = this.#shown;
    const rows = x.map((at, row) => [
      number(at),
      ...lines.map((line) => (line[row] === null ? '–' : written(line[row], isShare))),
    ]);
    fillTable(this.#table, [xLabel, ...series], rows);
  }

  /** Draws what is shown now, unless the page is hidden, where the chart has no width. */
  #paint() {
    if (!this.#shown || this.#chart.clientWidth === 0) {
      return;
    }
    const { x, lines } = this.#shown;
    if (x.length === 0) {
      this.#clear(text('train.nothing_yet'));
      return;
    }
    if (!globalThis.uPlot) {
      this.#clear(this.#isMissing ? text('train.charts_missing') : '');
      return;
    }
    const look = lookOf(this.#plot, this.#chart.clientWidth);
    const { title, series, xLabel, yLabel, isShare } = this.#shown;
    const options = JSON.stringify([title, series, xLabel, yLabel, isShare, look]);
    if (this.#drawn && options === this.#options) {
      this.#drawn.setData([x, ...lines]);
      return;
    }
    this.#clear('');
    this.#options = options;
    this.#drawn = new uPlot(optionsOf(this.#shown, look), [x, ...lines], this.#plot);
  }

  #clear(message) {
    this.#drawn?.destroy();
    this.#drawn = null;
    this.#plot.replaceChildren(message);
  }
}

/** Returns sizes in CSS pixels and colours, as style.css gives them. */
function lookOf(plot, room) {
  const { fontSize, fontFamily } = getComputedStyle(plot);
  const onPaper = isPrinted();
  const scale = onPaper ? PAPER_SCALE : 1;
  // uPlot reads whole pixels.
  const size = Math.round(onPaper ? PAPER_FONT * scale : parseFloat(fontSize));
  const width = onPaper ? PAPER_WIDTH * scale : room;
  // A property of its own says light-dark(…); a colour says which one of both it is.
  const probe = element('span');
  plot.append(probe);
  const [ink, line, ...colors] = ['--quiet', '--line', '--curve', '--other-curve'].map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return { size, width, scale, font: `${size}px ${fontFamily}`, ink, line, colors };
}

function optionsOf({ series, xLabel, yLabel, isShare }, look) {
  const { size, width, scale, colors } = look;
  return {
    width,
    height: HEIGHT * size,
    // Half the last number of the axis of x, which may end with the lines.
    padding: [0.6 * size, 1.8 * size, 0, 0],
    scales: {
      x: { time: false, range: (chart, _, last) => [0, Math.max(1, last)] },
      y: { range: (chart, _, most) => (isShare ? [0, 1] : [0, 1.05 * most || 1]) },
    },
    axes: [axisOfX(xLabel, look), axisOfY(yLabel, isShare, look)],
    series: [
      { label: xLabel, value: (chart, value) => (value === null ? '' : number(value)) },
      ...series.map((label, at) => ({
        label,
        stroke: colors[at],
        width: 2 * scale,
        dash: DASHES[at].map((part) => part * scale),
        value: (chart, value) => (value === null ? '' : written(value, isShare)),
        points: { size: 5 * scale, fill: colors[at] },
      })),
    ],
    // Dragging would zoom, and nothing on the page says how to come back.
    cursor: { y: false, drag: { x: false, y: false, setScale: false } },
    legend: { markers: { width: 3, dash: (chart, at) => (at > 1 ? 'dashed' : 'solid') } },
    hooks: { ready: [showLast], setData: [showLast], setCursor: [showLast] },
  };
}

/** Shows the last numbers in the legend while no others are pointed at. */
function showLast(chart) {
  if (!(chart.cursor.left >= 0)) {
    chart.setLegend({ idx: chart.data[0].length - 1 }, false);
  }
}

function axisOfX(label, look) {
  return {
    ...axisOf(label, look),
    size: 1.7 * look.size,
    space: 4 * look.size,
    incrs: WHOLE_STEPS,
    values: (chart, splits) => splits.map((value) => number(value)),
  };
}

function axisOfY(label, isShare, look) {
  return {
    ...axisOf(label, look),
    space: 2 * look.size,
    size: (chart, values) =>
      look.size * (0.7 + 0.6 * Math.max(2, ...(values ?? []).map((one) => one.length))),
    ...(isShare ? { incrs: SHARE_STEPS } : {}),
    values: (chart, splits, at, space, step) =>
      splits.map((value) => (isShare ? percent(value, 0) : number(value, decimalsOf(step)))),
  };
}

function axisOf(label, { size, scale, font, ink, line }) {
  const stroke = { stroke: line, width: scale };
  return {
    label,
    labelSize: 1.5 * size,
    labelFont: font,
    font,
    stroke: ink,
    gap: 0.35 * size,
    grid: stroke,
    ticks: { show: false },
    border: { show: true, ...stroke },
  };
}

/** Returns how many decimals tell the numbers of an axis apart. */
function decimalsOf(step) {
  return Math.max(0, -Math.floor(Math.log10(step)));
}

function written(value, isShare) {
  return isShare ? percent(value) : number(value, 3);
}
