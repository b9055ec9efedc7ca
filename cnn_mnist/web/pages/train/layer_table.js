/** Shows the table of a network's layers. */

import { element, fillTable } from '../ui/elements.js';
import { describeLayers } from '../models/model.js';
import { number, text } from '../texts/texts.js';

/**
 * @param {HTMLTableElement} table
 * @param {object} model a LayersModel
 */
export function showLayers(table, model) {
  const layers = describeLayers(model);
  const heads = ['layer', 'kind', 'shape', 'parameters'].map((key) => text(`train.${key}`));
  const rows = layers.map(({ name, kind, settings, shape, parameters }) => [
    name,
    element('td', { className: 'text' }, written(kind, settings)),
    shape.join('×'),
    number(parameters),
  ]);
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  fillTable(table, heads, [...rows, [text('train.total'), '', '', number(total)]]);
  table.querySelectorAll('thead th').forEach((head, at) => head.classList.toggle('text', at < 2));
}

/** Returns a layer in the notation of --architecture. */
function written(kind, settings) {
  const { activation, filters, kernelSize, padding, poolSize, rate, units } = settings;
  const details =
    {
      Conv2D: () => [[...kernelSize, filters].join('×'), padding, activation],
      MaxPooling2D: () => [poolSize.join('×')],
      Dense: () => [number(units), activation],
      Dropout: () => [String(rate)],
    }[kind]?.() ?? [];
  return [kind, ...details].join(' ');
}
