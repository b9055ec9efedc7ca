/** Shows the table of a network's layers. */

import { element, fillTable } from '../ui/elements.js';
import { number, text } from '../texts/texts.js';

/**
 * @param {HTMLTableElement} table
 * @param {object[]} layers as `describeLayers` and `describeNetwork` return them
 */
export function showLayers(table, layers) {
  const heads = ['layer', 'kind', 'shape', 'parameters'].map((key) => text(`train.${key}`));
  const rows = layers.map(({ name, kind, settings, shape, parameters }) => [
    breakable(name),
    element('td', { className: 'text' }, written(kind, settings)),
    shape.map((size) => number(size)).join('×'),
    number(parameters),
  ]);
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  fillTable(table, heads, [...rows, [text('train.total'), '', '', number(total)]]);
  table.querySelectorAll('thead th').forEach((head, at) => head.classList.toggle('text', at < 2));
}

/** A name that may go on in a second line after its first `_`, as on a phone. */
function breakable(name) {
  const at = name.indexOf('_') + 1;
  const whole = document.createDocumentFragment();
  whole.append(name.slice(0, at), document.createElement('wbr'), name.slice(at));
  return whole;
}

/** Returns a layer's kind and settings; strides only where they are not the usual ones. */
function written(kind, settings) {
  const { activation, filters, kernelSize, padding, poolSize, rate, strides, units } = settings;
  const stride = (usual) => (strides[0] === usual ? [] : [`stride ${strides[0]}`]);
  const pooling = () => [
    poolSize.join('×'),
    ...(padding === 'same' ? [padding] : []),
    ...stride(poolSize[0]),
  ];
  const details =
    {
      Conv2D: () => [[...kernelSize, filters].join('×'), padding, ...stride(1), activation],
      MaxPooling2D: pooling,
      AveragePooling2D: pooling,
      Activation: () => [activation],
      Dense: () => [number(units), activation],
      Dropout: () => [String(rate)],
    }[kind]?.() ?? [];
  return [kind, ...details].join(' ');
}
