/** Returns texts in the chosen language. To add a language, add a file, and a line here. */

import en from './en.js';
import ko from './ko.js';

export const LANGUAGES = {
  en: { name: 'English', texts: en },
  ko: { name: '한국어', texts: ko },
};

const LONGEST_VALUE = 500; // characters of a value, which may come from a file

let chosen = 'en';

/** @returns {string} The code of the language in use. */
export function language() {
  return chosen;
}

/**
 * Sets the language; English if the language is unknown.
 * @param {string} code
 */
export function setLanguage(code) {
  chosen = code in LANGUAGES ? code : 'en';
}

/**
 * @param {readonly string[]} preferred as in navigator.languages
 * @returns {string} the first of them that is available, else 'en'
 */
export function languageOf(preferred) {
  const codes = preferred.map((tag) => tag.toLowerCase().split('-')[0]);
  return codes.find((code) => code in LANGUAGES) ?? 'en';
}

/**
 * @param {string} key as in texts/en.js, such as 'draw.undo'
 * @param {Record<string, string | number>} values for its {places}; numbers are formatted for the
 *   language
 * @returns {string}
 * @throws {Error} if the key is unknown, or a place has no value
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
    return typeof value === 'number' ? number(value) : shortened(String(value));
  });
}

function shortened(value) {
  return value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
}

/** @returns {string} a number formatted for the language, with this many decimals */
export function number(value, decimals = 0) {
  return formatted(value, { maximumFractionDigits: decimals, minimumFractionDigits: decimals });
}

/** @returns {string} a share from 0 to 1 as a percentage, with one decimal or with this many */
export function percent(share, decimals = 1) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return formatted(share, { style: 'percent', ...digits });
}

/** @returns {string} a date and time in the local time zone */
export function date(value, withSeconds = false) {
  const parts = { year: 'numeric', month: 'short', day: 'numeric' };
  const options = { ...parts, hour: '2-digit', minute: '2-digit' };
  if (withSeconds) {
    options.second = '2-digit';
  }
  return formatted(value, options, Intl.DateTimeFormat);
}

/** Fills in the texts of the elements with `data-text`, and the `aria-label`s of `data-label`. */
export function fillTexts(root) {
  for (const element of root.querySelectorAll('[data-text]')) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of root.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', text(element.dataset.label));
  }
}

const formats = new Map();

/** Reuses formats: making one takes longer than many numbers. */
function formatted(value, options, Format = Intl.NumberFormat) {
  const key = `${chosen} ${JSON.stringify(options)}`;
  if (!formats.has(key)) {
    formats.set(key, new Format(chosen, options));
  }
  return formats.get(key).format(value);
}
