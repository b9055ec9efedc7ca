/** Shows how layers compute that make one number of one number: ReLU and batch normalization. */

import { normalizedAt } from '../models/layer_arithmetic.js';
import { number, text } from '../texts/texts.js';
import { element } from '../ui/elements.js';
import { asMaps, decimal, highest, inputPicture } from './number_grid.js';
import { paragraph, termTable } from './value_tables.js';

/** @returns {HTMLElement[]} as `explanation` does */
export function relu(step, found, place) {
  const { value, at, shown } = inputAt(found, place);
  const rows = [
    [`${text('explain.input')} x`, value],
    [`max(0, ${decimal(value)})`, found.output[at]],
  ];
  const note = paragraph(value > 0 ? 'explain.relu_stays' : 'explain.relu_cut');
  return [formula('max(0, x)'), ...shown, termTable(rows), note];
}

/** @returns {HTMLElement[]} as `explanation` does */
export function normalization({ epsilon }, found, place) {
  const { value, at, shown } = inputAt(found, place);
  const by = normalizedAt(value, found.normalization, epsilon, place.map);
  const rows = [
    [`${text('explain.input')} x`, value],
    [`${text('explain.mean_name')} μ`, by.mean],
    ['x − μ', by.centred],
    [`${text('explain.variance')} σ²`, by.variance],
    [`√(σ² + ${number(epsilon, 3)})`, by.deviation],
    ['(x − μ) / √(σ² + ε)', by.normalized],
    [`${text('explain.scale')} γ`, by.gamma],
    [`${text('explain.shift')} β`, by.beta],
    [`${decimal(by.normalized)} · ${term(by.gamma)} + ${term(by.beta)}`, found.output[at]],
  ];
  return [
    formula('(x − μ) / √(σ² + ε) · γ + β'),
    ...shown,
    termTable(rows),
    paragraph('explain.normalization_note', { epsilon: number(epsilon, 3) }),
  ];
}

/** Returns the one number that the value is computed from, and its map with the pixel framed. */
function inputAt({ input, inputShape }, { map, row, column }) {
  if (inputShape.length < 3) {
    return { value: input[map], at: map, shown: [] };
  }
  const maps = asMaps(input, inputShape);
  const at = (row * maps.width + column) * maps.channels + map;
  const area = { top: row, left: column, height: 1, width: 1 };
  const picture = inputPicture(maps, map, highest(input), area);
  const shown = element(
    'section',
    { className: 'products' },
    element('h4', {}, text('explain.input_map', { map: map + 1 })),
    picture,
  );
  return { value: input[at], at, shown: [shown] };
}

/** Returns a number as it stands after an operator. */
function term(value) {
  const written = decimal(value);
  return value < 0 ? `(${written})` : written;
}

function formula(written) {
  return element('p', { className: 'formula' }, written);
}
