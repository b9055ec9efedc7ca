/** What the fields of a training say. */

import { number, text } from '../texts/texts.js';

const FIELDS = [
  { id: 'epochs', name: 'train.epochs', least: 1, most: 1000, isWhole: true },
  { id: 'batch-size', name: 'train.batch_size', least: 1, most: 5500, isWhole: true },
  { id: 'learning-rate', name: 'train.learning_rate', least: 0.00001, most: 1, isWhole: false },
];

const byId = (id) => document.getElementById(id);

/** The field that is wrong, and was said to be. */
let shown = null;

/** Writes what is wrong, also after another language was chosen. */
export function fillSettingsTexts() {
  byId('settings-wrong').textContent = shown ? sentence(shown) : '';
}

/**
 * Reads the fields; where one is wrong, says so beside them and puts the focus there.
 * @returns {{examples: number, epochs: number, batchSize: number, learningRate: number} | null}
 */
export function readSettings() {
  const wrong = FIELDS.filter((field) => !isRight(field));
  for (const { id } of FIELDS) {
    byId(id).setAttribute('aria-invalid', String(wrong.some((field) => field.id === id)));
  }
  shown = wrong[0] ?? null;
  fillSettingsTexts();
  if (wrong.length) {
    byId(wrong[0].id).focus();
    return null;
  }
  return {
    examples: Number(byId('examples').value),
    epochs: byId('epochs').valueAsNumber,
    batchSize: byId('batch-size').valueAsNumber,
    learningRate: byId('learning-rate').valueAsNumber,
  };
}

function isRight({ id, least, most, isWhole }) {
  const value = byId(id).valueAsNumber;
  return value >= least && value <= most && (!isWhole || Number.isInteger(value));
}

function sentence({ id, name, least, most, isWhole }) {
  if (!byId(id).value) {
    return text('train.number_missing', { field: text(name), least: String(least), most });
  }
  return text(isWhole ? 'train.whole_number_wrong' : 'train.number_wrong', {
    field: text(name),
    given: byId(id).value,
    least: isWhole ? least : String(least),
    most: number(most),
  });
}
