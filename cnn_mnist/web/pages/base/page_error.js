/** An error that the page shows in one line: a key of `errors` in texts/, and its values. */
export class PageError extends Error {
  /**
   * @param {string} key a key of `errors` in texts/.
   * @param {Object<string, string|number>} values the values for the text's {places}.
   */
  constructor(key, values = {}) {
    super(`${key} ${JSON.stringify(values)}`);
    this.name = 'PageError';
    this.key = key;
    this.values = values;
  }
}
