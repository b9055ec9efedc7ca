/** What the page can tell a reader in one line: a key of `errors` in texts/, and its values. */
export class PageError extends Error {
  /**
   * @param {string} key one of `errors` in texts/.
   * @param {Object<string, string|number>} values what the text names.
   */
  constructor(key, values = {}) {
    super(`${key} ${JSON.stringify(values)}`);
    this.name = 'PageError';
    this.key = key;
    this.values = values;
  }
}
