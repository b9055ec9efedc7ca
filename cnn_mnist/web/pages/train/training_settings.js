/** Reads and checks the fields of a training. */

import { number, text } from '../texts/texts.js';
import { fillSelect } from '../ui/elements.js';

const FIELDS = [
  { id: 'epochs', name: 'train.epochs', least: 1, most: 1000, isWhole: true },
  { id: 'batch-size', name: 'train.batch_size', least: 1, most: 5500, isWhole: true },
  { id: 'learning-rate', name: 'train.learning_rate', least: 0.00001, most: 1, isWhole: false },
];

const byId = (id) => document.getElementById(id);

const OPTIMIZERS = { adam: 'Adam', sgd: 'SGD', momentum: 'SGD, momentum 0.9' };

/** The field with a wrong value, whose error is shown; or null. */
let shown = null;

/** Shows the error of the wrong field, also when the language changes. */
export function fillSettingsTexts() {
  const options = Object.entries(OPTIMIZERS).map(([value, name]) => ({ value, name }));
  fillSelect(byId('optimizer'), options);
  byId('settings-wrong').textContent = shown ? sentence(shown) : '';
}

/** Fills in the settings of a tutorial. */
export function fillSettings({ optimizer, learningRate, batchSize }) {
  fillSettingsTexts();
  byId('optimizer').value = optimizer;
  byId('learning-rate').value = String(learningRate);
  byId('batch-size').value = String(batchSize);
}

/** @returns {{optimizer: string, learningRate: number, batchSize: number}} unchecked */
export function readRecipeSettings() {
  return {
    optimizer: byId('optimizer').value,
    learningRate: byId('learning-rate').valueAsNumber,
    batchSize: byId('batch-size').valueAsNumber,
  };
}

/**
 * Reads the fields; if one is wrong, shows the error, focuses the field and returns null.
 * @returns {{examples: number, epochs: number, batchSize: number, learningRate: number,
 *   optimizer: string, augmentation: boolean} | null}
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
    optimizer: byId('optimizer').value,
    augmentation: byId('augmentation').checked,
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
