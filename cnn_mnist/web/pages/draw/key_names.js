/** Names the keys of a keyboard with any layout. */

const PLACE = /^Key([A-Z])$/;

/**
 * Returns what a key is called in a table of keys: a Latin letter in lower case, or another key's
 * own name.
 *
 * Where a layout writes other letters, as Hangul's, the key counts by its place. A Latin layout's
 * letters count as they are written, since a German Z is at another place than an English one.
 *
 * @param {{key: string, code: string}} event a KeyboardEvent
 * @returns {string}
 */
export function keyName({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  const [, letter] = PLACE.exec(code) ?? [];
  return letter ? letter.toLowerCase() : key;
}
