/** The pages' texts in the chosen language. A further language is one file and one line here. */

import en from './en.js';
import ko from './ko.js';

export const LANGUAGES = {
  en: { name: 'English', texts: en },
  ko: { name: '한국어', texts: ko },
};

let chosen = 'en';

/** @returns {string} The code of the language in use. */
export function language() {
  return chosen;
}

/**
 * Takes a language, and English where there is no such one.
 * @param {string} code
 */
export function setLanguage(code) {
  chosen = code in LANGUAGES ? code : 'en';
}

/**
 * @param {readonly string[]} preferred as in navigator.languages
 * @returns {string} the first of them that there is, else 'en'
 */
export function languageOf(preferred) {
  const codes = preferred.map((tag) => tag.toLowerCase().split('-')[0]);
  return codes.find((code) => code in LANGUAGES) ?? 'en';
}

/**
 * @param {string} key as in texts/en.js, such as 'draw.undo'
 * @param {Record<string, string | number>} values for its {places}; numbers are written as the
 *   language does
 * @returns {string}
 * @throws {Error} where there is no such key, or no value for a place
 */
export function text(key, values = {}) {
  const [section, name] = key.split('.');
  const found = LANGUAGES[chosen].texts[section]?.[name];
  if (found === undefined) {
    throw new Error(`no text ${key}`);
  }
  return found.replace(/\{(\w+)\}/g, (_, place) => {
    if (!(place in values)) {
      throw new Error(`text ${key} needs {${place}}`);
    }
    const value = values[place];
    return typeof value === 'number' ? number(value) : value;
  });
}

/** @returns {string} a number in the language's own way, with at most so many decimals */
export function number(value, decimals = 0) {
  return formatted(value, { maximumFractionDigits: decimals, minimumFractionDigits: decimals });
}

/** @returns {string} a share from 0 to 1 as a percentage with one decimal */
export function percent(share) {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return formatted(share, { style: 'percent', ...digits });
}

/** @returns {string} a date and time of this machine's clock */
export function date(value, withSeconds = false) {
  const parts = { year: 'numeric', month: 'short', day: 'numeric' };
  const options = { ...parts, hour: '2-digit', minute: '2-digit' };
  if (withSeconds) {
    options.second = '2-digit';
  }
  return new Intl.DateTimeFormat(chosen, options).format(value);
}

/** Fills what `data-text` and `data-label` (a name for those who do not see it) mark in a part. */
export function fillTexts(root) {
  for (const element of root.querySelectorAll('[data-text]')) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of root.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', text(element.dataset.label));
  }
}

function formatted(value, options) {
  return new Intl.NumberFormat(chosen, options).format(value);
}
