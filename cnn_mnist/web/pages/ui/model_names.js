/** Returns the names of models for the lists to choose from. */

import { date, text } from '../texts/texts.js';

/**
 * @param {import('../models/model_list.js').Entry[]} entries
 * @returns {{value: string, name: string}[]} names include seconds if two would otherwise be
 *   the same
 */
export function modelChoices(entries) {
  const names = entries.map((entry) => nameOf(entry));
  return entries.map((entry, at) => {
    const isShared = names.indexOf(names[at]) !== names.lastIndexOf(names[at]);
    return { value: entry.id, name: isShared ? nameOf(entry, true) : names[at] };
  });
}

function nameOf({ kind, name, date: made }, withSeconds = false) {
  const when = made === null ? '' : date(made, withSeconds);
  return text(`model.${kind}`, { name, folder: name, date: when });
}
