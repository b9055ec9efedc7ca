/** Shows how one value of a layer is computed, as tables of numbers. */

import { element } from '../ui/elements.js';
import {
  convolutionAt,
  denseAt,
  poolingAt,
  softmaxOf,
  strongest,
} from '../models/layer_arithmetic.js';
import { asMaps, decimal, highest, inputPicture, numberGrid } from './number_grid.js';
import { number, percent, text } from '../texts/texts.js';
import { normalization, relu } from './elementwise.js';
import { fillLeft, ledger, paragraph, scrolled } from './value_tables.js';

/** So many input maps of a convolution are shown in full; the others as one sum. */
const MOST_MAPS = 3;
/** So many inputs of a dense unit are shown; the others as one sum. */
const MOST_INPUTS = 10;

/**
 * @param {import('../models/layer_values.js').Step} step
 * @param {object} found as `LayerValues.of` returns it
 * @param {{map: number, row: number, column: number}} place of the value; a unit has only `map`
 * @param {{classes: string[], mapsBefore: number[]}} context classes: names; mapsBefore: the shape
 *   of a dense layer's inputs before they were flattened
 * @returns {HTMLElement[]}
 */
export function explanation(step, found, place, context) {
  const explain = { convolution, pooling, relu, normalization, dense, softmax }[step.kind];
  return explain(step, found, place, context);
}

function convolution(step, found, place) {
  const input = asMaps(found.input, found.inputShape);
  const { area, channels, bias, sum } = convolutionAt(input, { ...step, ...found }, place);
  const white = highest(found.input);
  const sums = channels.map((channel) => channel.sum);
  const { shown, rest, restCount } = strongest(sums, MOST_MAPS);
  const name = (channel) =>
    step.isImage ? text('explain.image') : text('explain.input_map', { map: channel + 1 });
  const blocks = shown.map((channel) =>
    products(name(channel), channels[channel], inputPicture(input, channel, white, area), area),
  );
  const output = asMaps(found.output, found.outputShape);
  const value =
    output.values[(place.row * output.width + place.column) * output.channels + place.map];
  const others = text('explain.other_maps', { count: restCount });
  const terms = [
    ...shown.map((channel) => [name(channel), sums[channel]]),
    ...(restCount ? [[others, rest]] : []),
  ];
  const note = restCount
    ? [paragraph('explain.strongest_maps', { shown: shown.length, count: sums.length })]
    : [];
  const isOutside = channels[0].inputs.includes(null);
  return [
    ...note,
    ...blocks,
    ...(isOutside ? [paragraph('explain.outside')] : []),
    ledger([...terms, [text('explain.bias'), bias]], sum, step.activation, value),
  ];
}

/** Shows input × kernel = products of one input map, with the sum below. */
function products(name, { inputs, weights, products: all, sum }, picture, area) {
  const sign = (written) => {
    const one = element('span', { className: 'sign' }, written);
    one.setAttribute('aria-hidden', 'true');
    return one;
  };
  const { width: columns } = area;
  return element(
    'section',
    { className: 'products' },
    element('h4', {}, name),
    element(
      'div',
      { className: 'terms' },
      picture,
      numberGrid(text('explain.window'), inputs, columns, { from: area, outside: number(0) }),
      sign('×'),
      numberGrid(text('explain.kernel'), weights, columns),
      sign('='),
      numberGrid(text('explain.products'), all, columns),
    ),
    paragraph('explain.products_sum', { sum: decimal(sum) }),
  );
}

function pooling(step, found, place) {
  const input = asMaps(found.input, found.inputShape);
  const { area, inputs, winner, count, value } = poolingAt(input, step, place);
  const grid = numberGrid(text('explain.window'), inputs, area.width, {
    from: area,
    marked: winner,
    outside: '–',
  });
  const inside = inputs.filter((one) => one !== null).map((one) => decimal(one));
  const name = text('explain.input_map', { map: place.map + 1 });
  const sentence = step.isMean
    ? paragraph('explain.mean', { terms: inside.join(' + '), count, value: decimal(value) })
    : paragraph('explain.largest', {
        count,
        value: decimal(value),
        row: area.top + Math.floor(winner / area.width) + 1,
        column: area.left + (winner % area.width) + 1,
      });
  const picture = inputPicture(input, place.map, highest(found.input), area);
  return [
    element(
      'section',
      { className: 'products' },
      element('h4', {}, name),
      element('div', { className: 'terms' }, picture, grid),
    ),
    ...(count < inputs.length ? [paragraph('explain.outside_pooling')] : []),
    sentence,
  ];
}

function dense(step, found, { map: unit }, { mapsBefore }) {
  const { weights, products: all, bias, sum } = denseAt(found.input, found, unit);
  const { shown, rest, restCount } = strongest(all, MOST_INPUTS);
  const rows = shown.map((at) => [
    inputName(at, mapsBefore),
    decimal(found.input[at]),
    decimal(weights[at]),
    decimal(all[at]),
  ]);
  const table = element('table', {});
  fillLeft(
    table,
    ['input', 'value', 'weight', 'product'].map((key) => text(`explain.${key}`)),
    rows,
  );
  const terms = [
    [text('explain.shown_products'), sum - bias - rest],
    ...(restCount ? [[text('explain.other_products', { count: restCount }), rest]] : []),
    [text('explain.bias'), bias],
  ];
  const values = { shown: shown.length, count: all.length };
  const isLogit = step.activation === 'softmax';
  return [
    ...(restCount ? [paragraph('explain.strongest_inputs', values)] : []),
    scrolled(table, text('explain.strongest_table')),
    ledger(terms, sum, isLogit ? 'linear' : step.activation, found.output[unit]),
    ...(isLogit ? [paragraph('explain.logit_note')] : []),
  ];
}

function inputName(at, shape) {
  if (shape.length < 3) {
    return text('explain.input_unit', { unit: at + 1 });
  }
  const [, width, channels] = shape;
  const cell = Math.floor(at / channels);
  const place = { row: Math.floor(cell / width) + 1, column: (cell % width) + 1 };
  return channels === 1
    ? text('explain.input_pixel', place)
    : text('explain.input_place', { map: (at % channels) + 1, ...place });
}

function softmax(step, found, place, { classes }) {
  const logits = Array.from(found.output, (_, unit) => denseAt(found.input, found, unit).sum);
  const { powers, sum } = softmaxOf(logits);
  const rows = logits.map((logit, at) => [
    classes[at],
    decimal(logit),
    decimal(powers[at], 4),
    percent(found.output[at]),
  ]);
  const table = element('table', {});
  const [name, logit, share] = ['train.class', 'explain.logit', 'explain.probability'].map((key) =>
    text(key),
  );
  const heads = [name, `${logit} z`, 'e^(z − max)', share];
  fillLeft(table, heads, [...rows, [text('explain.sum'), '', decimal(sum, 4), percent(1)]]);
  return [
    formula(),
    paragraph('explain.softmax_note', { largest: decimal(Math.max(...logits)) }),
    scrolled(table, text('explain.softmax_table')),
  ];
}

function formula() {
  const power = (letter) =>
    element('span', {}, 'e', element('sup', {}, 'z', element('sub', {}, letter)));
  const line = element('p', { className: 'formula' }, 'p', element('sub', {}, 'i'), ' = ');
  line.append(power('i'), ' / Σ', element('sub', {}, 'j'), ' ', power('j'));
  return line;
}
