/** Keeps what is drawn, with its label, as an example of your own. */

import { text } from '../texts/texts.js';
import { fillSelect } from '../ui/elements.js';

const byId = (id) => document.getElementById(id);

/** The card “Keep it as an example”. */
export class ExampleForm {
  #examples;
  #fault;
  #classes = [];
  #content = null;
  #message = null;

  /**
   * @param {import('../images/example_store.js').ExampleStore} examples
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   */
  constructor(examples, fault) {
    [this.#examples, this.#fault] = [examples, fault];
    examples.addEventListener('change', () => this.#showCount());
    byId('example-label').addEventListener('change', () => this.#showState());
    byId('keep-example').addEventListener('click', () => this.#keep());
  }

  /** @param {string[]} classes of the model */
  setClasses(classes) {
    this.#classes = classes;
    this.fillTexts();
  }

  /**
   * @param {{pixels: Uint8Array, isBlank: boolean, isOne: boolean, label: string | null}} content
   *   as the model sees it; label: if it is a labelled picture
   */
  take(content) {
    if (content.label !== null && content.label !== this.#content?.label) {
      byId('example-label').value = content.label;
    }
    this.#content = content;
    this.#showState();
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    const names = this.#classes.map((name) => ({ value: name, name }));
    fillSelect(byId('example-label'), [{ value: '', name: text('examples.choose') }, ...names]);
    this.#showState();
    this.#showCount();
  }

  async #keep() {
    this.#fault.clear();
    const { pixels } = this.#content;
    const label = byId('example-label').value;
    try {
      await this.#examples.add(this.#classes, [{ label, pixels }]);
      this.#message = label;
      this.#showCount();
    } catch (error) {
      this.#fault.show(error);
    }
  }

  /** The button also stays enabled for a second example of the same label. */
  #showState() {
    const { isBlank = true, isOne = true } = this.#content ?? {};
    const hasLabel = byId('example-label').value !== '';
    byId('keep-example').disabled = isBlank || !isOne || !hasLabel;
    byId('example-hint').textContent = isOne ? '' : text('examples.one');
  }

  #showCount() {
    const count = this.#examples.of(this.#classes).length;
    const kept = this.#message && text('examples.kept', { label: this.#message, count });
    byId('example-kept').textContent = kept ?? text('examples.count', { count });
  }
}
