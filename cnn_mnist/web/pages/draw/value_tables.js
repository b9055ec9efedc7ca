/** The tables and sentences that explanations are made of. */

import { element, fillTable } from '../ui/elements.js';
import { decimal } from './number_grid.js';
import { text } from '../texts/texts.js';

/** @returns {HTMLElement} the terms of a sum, the sum, and what the activation makes of it */
export function ledger(terms, sum, activation, value) {
  const rows = [...terms, [text('explain.sum'), sum]];
  if (activation !== 'linear') {
    const isRelu = activation === 'relu';
    const name = isRelu ? `ReLU: max(0, ${decimal(sum)})` : activation;
    rows.push([name, value]);
  }
  const table = termTable(rows);
  table.tBodies[0].rows[terms.length].classList.add('total');
  return table;
}

/**
 * @param {[string, number][]} rows names and numbers; the last is the result
 * @returns {HTMLElement}
 */
export function termTable(rows) {
  const table = element('table', { className: 'ledger' });
  const heads = [text('explain.term'), text('explain.value')];
  fillLeft(
    table,
    heads,
    rows.map(([name, number]) => [name, decimal(number)]),
  );
  table.tBodies[0].rows[rows.length - 1].classList.add('total');
  return table;
}

/** Fills a table whose first column is text. */
export function fillLeft(table, heads, rows) {
  fillTable(table, heads, rows);
  table.querySelector('thead th').classList.add('text');
}

export function scrolled(table, label) {
  const region = element('div', { className: 'wide', tabIndex: 0 }, table);
  region.setAttribute('role', 'region');
  region.setAttribute('aria-label', label);
  return region;
}

export function paragraph(key, values) {
  return element('p', {}, text(key, values));
}
