/** Creates elements, and fills tables and selects. */

/**
 * @param {string} name such as 'td'
 * @param {object} properties such as {className: 'text', scope: 'row'}
 * @param {...(string | Node)} contents
 * @returns {HTMLElement}
 */
export function element(name, properties = {}, ...contents) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...contents);
  return made;
}

/**
 * Fills a table.
 * @param {HTMLTableElement} table
 * @param {string[]} heads
 * @param {(string | Node)[][]} rows the first cell of each row is its header
 */
export function fillTable(table, heads, rows) {
  const head = element('tr', {}, ...heads.map((name) => element('th', { scope: 'col' }, name)));
  const body = rows.map(([first, ...others]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, first),
      ...others.map((cell) =>
        cell instanceof HTMLTableCellElement ? cell : element('td', {}, cell),
      ),
    ),
  );
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...body));
}

/** Fills a select with {value, name} pairs, and keeps the chosen value if it still exists. */
export function fillSelect(select, options, chosen = select.value) {
  select.replaceChildren(...options.map(({ value, name }) => new Option(name, value)));
  if (options.some(({ value }) => value === chosen)) {
    select.value = chosen;
  }
}
