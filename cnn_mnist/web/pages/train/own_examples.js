/** Your own examples on Train: shown, trained on, tested before and after, downloaded and loaded. */

import { examplesOf, fileOf } from '../images/example_files.js';
import { joined, splitOf } from '../images/joined.js';
import { evaluate } from '../models/evaluation.js';
import { percent, text } from '../texts/texts.js';
import { element } from '../ui/elements.js';
import { thumbnail } from '../ui/thumbnails.js';

const NAME = 'my-examples';
const MOST_SHOWN = 200;

const byId = (id) => document.getElementById(id);

/** The part “Your own examples” of the data. */
export class OwnExamples {
  #store;
  #fault;
  #data = null;
  #results = { before: null, after: null };
  #message = null;

  /**
   * @param {import('../images/example_store.js').ExampleStore} store
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   */
  constructor(store, fault) {
    [this.#store, this.#fault] = [store, fault];
    store.addEventListener('change', () => {
      this.forget();
      this.fillTexts();
    });
    byId('own-download').addEventListener('click', () => this.#try(() => this.#download()));
    byId('own-file').addEventListener('change', ({ target }) => {
      const [file] = target.files;
      // Allow the same file to be chosen again.
      this.#try(() => this.#load(file)).finally(() => (target.value = ''));
    });
    byId('own-clear').addEventListener('click', () =>
      this.#try(() => this.#store.remove(this.#examples.map(({ id }) => id))),
    );
  }

  /** @param {object | null} data whose classes the examples must have */
  setData(data) {
    this.#data = data;
    this.forget();
    this.fillTexts();
  }

  /** @returns {string} changes when a training needs other images */
  get key() {
    return this.#isUsed ? `${this.#examples.map(({ id }) => id)} ${this.#times}` : '';
  }

  /** @returns {{data: object, more: number[]}} as `joined` returns them, if they are trained on */
  joinedTo(data) {
    return this.#isUsed ? joined(data, this.#split, this.#times) : { data, more: [] };
  }

  /** Forgets the results, for another network or other examples. */
  forget() {
    this.#results = { before: null, after: null };
    this.#showResult();
  }

  /**
   * Tests a network on the examples, and marks them.
   * @param {object} model
   * @param {'before' | 'after'} when
   */
  async test(model, when) {
    if (this.#examples.length > 0) {
      this.#results[when] = await evaluate(model, this.#split);
    }
    if (when === 'after') {
      this.#showExamples();
    }
    this.#showResult();
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    const { length } = this.#examples;
    byId('own-facts').textContent = text(length ? 'examples.facts' : 'examples.none', {
      count: length,
    });
    for (const id of ['own-download', 'own-clear', 'own-used', 'own-times']) {
      byId(id).disabled = length === 0;
    }
    byId('own-message').textContent = this.#message
      ? text('examples.loaded', { count: this.#message })
      : '';
    this.#showExamples();
    this.#showResult();
  }

  get #examples() {
    return this.#data ? this.#store.of(this.#data.classes) : [];
  }

  get #split() {
    return splitOf(this.#examples, this.#data.classes);
  }

  get #isUsed() {
    return byId('own-used').checked && this.#examples.length > 0;
  }

  get #times() {
    return Number(byId('own-times').value);
  }

  async #try(action) {
    this.#fault.clear();
    try {
      await action();
    } catch (error) {
      this.#fault.show(error);
    }
  }

  async #download() {
    const url = URL.createObjectURL(await fileOf(this.#examples, NAME));
    element('a', { href: url, download: `${NAME}.zip` }).click();
    // The browser has begun to read by then.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async #load(file) {
    const { classes } = this.#data;
    const found = await examplesOf(file, classes);
    this.#message = found.length;
    await this.#store.add(classes, found);
  }

  #showExamples() {
    const { after } = this.#results;
    const shown = this.#examples.slice(-MOST_SHOWN).reverse();
    const start = this.#examples.length - 1;
    byId('own-examples').replaceChildren(
      ...shown.map((example, at) => this.#figure(example, after && after.predicted[start - at])),
    );
  }

  #figure({ id, label, pixels }, answer) {
    const { classes } = this.#data;
    const isWrong = answer !== null && classes[answer] !== label;
    const lines = [label];
    if (answer !== null) {
      lines.push(isWrong ? `✗ ${classes[answer]}` : '✓');
    }
    const picture = thumbnail(pixels, text('examples.example', { label }));
    const remove = element('button', { type: 'button' }, text('examples.remove'));
    remove.setAttribute('aria-label', text('examples.remove_named', { label }));
    remove.addEventListener('click', () =>
      this.#try(async () => {
        await this.#store.remove([id]);
        byId('own-examples').focus();
      }),
    );
    const className = isWrong ? 'mistake' : '';
    const caption = element('figcaption', {}, lines.join(' '));
    return element('figure', { className }, picture, caption, remove);
  }

  #showResult() {
    const { before, after } = this.#results;
    const written = (result) => ({
      right: result.right,
      count: result.count,
      accuracy: percent(result.accuracy),
    });
    const parts = [
      before && text('examples.before', written(before)),
      after && text(before ? 'examples.after' : 'examples.now', written(after)),
      after && before && text(this.#isUsed ? 'examples.were_used' : 'examples.were_not_used'),
    ];
    byId('own-result').textContent = parts.filter(Boolean).join(' ');
  }
}
