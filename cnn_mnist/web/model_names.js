/** What a model is called in the lists to choose from. */

import { date, text } from './texts.js';

/**
 * @param {import('./model_list.js').Entry} entry
 * @returns {string}
 */
export function modelName({ kind, name, date: made }) {
  const when = made === null ? '' : date(made);
  return text(`model.${kind}`, { name, folder: name, date: when });
}
