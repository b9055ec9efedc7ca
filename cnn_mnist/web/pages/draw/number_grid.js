/** Shows numbers as tables with tinted cells, and maps as pictures with a marked area. */

import { element } from '../ui/elements.js';
import { number } from '../texts/texts.js';
import { paintGrey } from '../ui/thumbnails.js';

/** The darkest tint; the number stays readable on it. */
const DEEPEST = 0.4;

/** @returns {string} a number with a few decimals; what rounds to 0 has no sign */
export function decimal(value, decimals = 3) {
  return number(Math.abs(value) < 0.5 * 10 ** -decimals ? 0 : value, decimals);
}

/**
 * @param {string} caption
 * @param {ArrayLike<number | null>} values row by row; null outside the input
 * @param {number} columns in a row
 * @param {object} options
 * @param {{top: number, left: number} | null} options.from the row and column of the first cell,
 *   counted from 0, for a head of each row and column; null for none
 * @param {number | null} options.marked the number of a cell to mark
 * @param {string} options.outside what stands in cells outside the input
 * @returns {HTMLTableElement}
 */
export function numberGrid(caption, values, columns, { from = null, marked = null, outside } = {}) {
  const most = Math.max(...Array.from(values, (value) => Math.abs(value ?? 0)), 1e-9);
  const cells = Array.from(values, (value, at) => {
    const cell = element('td', {}, value === null ? outside : decimal(value, 2));
    cell.classList.toggle('outside', value === null);
    cell.classList.toggle('negative', value < 0);
    cell.classList.toggle('marked', at === marked);
    cell.style.setProperty('--depth', ((DEEPEST * Math.abs(value ?? 0)) / most).toFixed(3));
    return cell;
  });
  const rows = Array.from({ length: cells.length / columns }, (_, row) => {
    const head = from && element('th', { scope: 'row' }, number(from.top + row + 1));
    const own = cells.slice(row * columns, (row + 1) * columns);
    return element('tr', {}, ...(head ? [head] : []), ...own);
  });
  const table = element('table', { className: 'grid' }, element('caption', {}, caption));
  if (from) {
    const heads = Array.from({ length: columns }, (_, at) =>
      element('th', { scope: 'col' }, number(from.left + at + 1)),
    );
    table.append(element('thead', {}, element('tr', {}, element('td', {}), ...heads)));
  }
  table.append(element('tbody', {}, ...rows));
  return table;
}

/** @returns {import('../models/layer_arithmetic.js').Maps} */
export function asMaps(values, [height, width, channels]) {
  return { height, width, channels, values };
}

/** @returns {number} the highest value, at least a little more than 0, to divide by */
export function highest(values) {
  return values.reduce((most, value) => Math.max(most, value), 1e-6);
}

/**
 * Paints one map, and returns the values of it.
 * @param {HTMLCanvasElement} canvas
 * @param {import('../models/layer_arithmetic.js').Maps} maps
 * @param {number} channel
 * @param {number} white the value that is shown as white; 0 and less are black
 * @returns {Float32Array} [height * width]
 */
export function paintMap(canvas, maps, channel, white) {
  const { height, width, channels, values } = maps;
  const own = Float32Array.from(
    { length: height * width },
    (_, at) => values[at * channels + channel],
  );
  const grey = own.map((value) => (255 * value) / white);
  paintGrey(canvas, grey, width, height);
  return own;
}

/**
 * Puts a frame around an area of a map's picture; it may reach beyond the picture.
 * @param {HTMLElement} frame above the picture, positioned
 * @param {import('../models/layer_arithmetic.js').Maps} maps
 * @param {import('../models/layer_arithmetic.js').Area} area
 */
export function frameArea(frame, { height, width }, area) {
  const [down, across] = [100 / height, 100 / width];
  frame.style.top = `${area.top * down}%`;
  frame.style.left = `${area.left * across}%`;
  frame.style.height = `${area.height * down}%`;
  frame.style.width = `${area.width * across}%`;
}

/** @returns {HTMLElement} a picture of one map of an input, with its window framed */
export function inputPicture(maps, channel, white, area) {
  const canvas = element('canvas', {});
  canvas.setAttribute('aria-hidden', 'true');
  paintMap(canvas, maps, channel, white);
  const frame = element('span', { className: 'area' });
  frameArea(frame, maps, area);
  return element('div', { className: 'pixels' }, canvas, frame);
}
