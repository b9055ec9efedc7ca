import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { afterEach, test } from 'node:test';
import {
  date,
  LANGUAGES,
  languageOf,
  number,
  percent,
  setLanguage,
  text,
} from '../../cnn_mnist/web/pages/texts/texts.js';

const PAGES = new URL('../../cnn_mnist/web/pages/', import.meta.url);
const LANGUAGE_FILES = Object.keys(LANGUAGES).map((code) => `texts/${code}.js`);

afterEach(() => setLanguage('en'));

function flat({ texts }) {
  return Object.entries(texts).flatMap(([section, group]) =>
    Object.entries(group).map(([name, value]) => [`${section}.${name}`, value]),
  );
}

/** Returns the paths of all files except those of the languages. */
async function filesBelow(folder, before = '') {
  const found = [];
  for (const entry of await readdir(new URL(before, folder), { withFileTypes: true })) {
    const path = before + entry.name;
    if (entry.isDirectory()) {
      found.push(...(await filesBelow(folder, `${path}/`)));
    } else if (!LANGUAGE_FILES.includes(path)) {
      found.push(path);
    }
  }
  return found;
}

const placesOf = (value) => [...new Set(value.match(/\{\w+\}/g) ?? [])].sort().join();

test('every language has the same texts with the same places', () => {
  const [english, ...others] = Object.values(LANGUAGES).map((one) =>
    flat(one).map(([key, value]) => `${key} ${placesOf(value)}`),
  );
  others.forEach((other) => assert.deepEqual(other, english));
  assert.ok(english.length > 100);
});

test('no text is empty, and no text of another language is in English', () => {
  const english = Object.fromEntries(flat(LANGUAGES.en));
  for (const [code, other] of Object.entries(LANGUAGES)) {
    for (const [key, value] of flat(other)) {
      assert.ok(value.trim(), `${code} ${key}`);
      const isWords = /[a-z]{3}/i.test(value.replace(/\{\w+\}|cnn_mnist/g, ''));
      assert.ok(code === 'en' || !isWords || value !== english[key], `${code} ${key}`);
    }
  }
});

test('every text that is used exists, and every text is used', async () => {
  const names = (await filesBelow(PAGES)).filter((name) => /\.(js|html)$/.test(name));
  assert.ok(names.length > 30);
  const sources = await Promise.all(names.map((name) => readFile(new URL(name, PAGES), 'utf8')));
  const source = sources.join('\n');
  const keys = new Set(flat(LANGUAGES.en).map(([key]) => key));
  const marked = [...source.matchAll(/data-(?:text|label)="([^"]+)"/g)].map(([, key]) => key);
  const called = [
    ...source.matchAll(
      /'((?:page|model|draw|explain|train|network|step|compare|examples|errors)\.\w+)'/g,
    ),
  ].map(([, key]) => key);
  const thrown = [...source.matchAll(/PageError\(\s*'(\w+)'/g)].map(([, key]) => `errors.${key}`);
  const named = new Set([...marked, ...called, ...thrown]);
  assert.deepEqual(
    [...named].filter((key) => !keys.has(key)),
    [],
  );
  const isNamed = (key) =>
    named.has(key) ||
    source.includes(`'${key.split('.')[1]}'`) ||
    // Keys that are put together from a part and a value.
    /^(model|page\.backend|network\.name|network\.note)[._]/.test(key) ||
    /^(draw|train)\.page$/.test(key);
  assert.deepEqual(
    [...keys].filter((key) => !isNamed(key)),
    [],
  );
});

test('numbers in a text are formatted for the language', () => {
  assert.equal(
    text('train.data_facts', { dataset: 'mnist', train: 55_000, test: 10_000, classes: 47 }),
    '55,000 training images and 10,000 test images of mnist, 28×28 pixels each, in 47 classes.',
  );
  setLanguage('ko');
  assert.match(
    text('train.data_facts', { dataset: 'mnist', train: 55_000, test: 10_000, classes: 47 }),
    /55,000장.*클래스는 47개/,
  );
  assert.equal(percent(0.98765), '98.8%');
  assert.equal(number(1234.5678, 2), '1,234.57');
  assert.match(date(0), /1970|1969/);
});

test('a value of any length, as from a file, does not fill the page', () => {
  const shown = text('train.data_facts', {
    dataset: 'x'.repeat(1e6),
    train: 1,
    test: 1,
    classes: 2,
  });
  assert.ok(shown.includes('x…,') && shown.length < 700);
});

test('an unknown key and a place without a value are refused', () => {
  assert.throws(() => text('draw.nonsense'), /no text draw\.nonsense/);
  assert.throws(() => text('draw.time'), /draw\.time needs \{milliseconds\}/);
});

test('the language is the first available of those that the user prefers', () => {
  assert.equal(languageOf(['fr-FR', 'ko-KR', 'en']), 'ko');
  assert.equal(languageOf(['en-GB', 'ko']), 'en');
  assert.equal(languageOf(['fr']), 'en');
  setLanguage('xx');
  assert.equal(text('draw.undo'), 'Undo');
});
