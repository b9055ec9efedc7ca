/** Saves, loads, removes and downloads networks, and opens them in Draw. */

import { element } from '../ui/elements.js';
import { ModelOpening } from './model_opening.js';
import * as storage from '../models/storage.js';
import { date, number, text } from '../texts/texts.js';

// Letters of every language, but no characters that file names or URLs cannot hold.
const NAME = /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N} _-]{0,59}$/u;

const byId = (id) => document.getElementById(id);

/** The part below the heading Keep. */
export class KeptModels {
  #models;
  #fault;
  #page;
  #message = null;
  #isBusy = false;

  /**
   * @param {import('../models/model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   * @param {{current(): object | null, startFrom(id: string): Promise<boolean>,
   *   draw(id: string): void}} page returns the LayersModel that it trains, loads another, and
   *   opens one in Draw
   */
  constructor(models, fault, page) {
    [this.#models, this.#fault, this.#page] = [models, fault, page];
    byId('model-name').value = 'my-digits';
    byId('save').addEventListener('click', () => this.#withName((name) => this.#save(name)));
    byId('download').addEventListener('click', () => this.#withName((name) => this.#take(name)));
    models.addEventListener('change', () => this.#fill());
    new ModelOpening(models, fault, (name) => this.#opened(name));
  }

  /** @param {boolean} isBusy whether training runs, so that no other network can be loaded */
  set isBusy(isBusy) {
    this.#isBusy = isBusy;
    for (const button of document.querySelectorAll('#stored .load')) {
      button.disabled = isBusy;
    }
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#fill();
    this.#show(this.#message);
  }

  async #withName(action) {
    this.#fault.clear();
    const name = byId('model-name').value.trim();
    const isRight = NAME.test(name);
    byId('model-name').setAttribute('aria-invalid', String(!isRight));
    if (!isRight) {
      this.#show({ key: 'train.name_wrong' });
      byId('model-name').focus();
      return;
    }
    try {
      await action(name);
    } catch (error) {
      this.#show(null);
      this.#fault.show(error);
    }
  }

  async #save(name) {
    await storage.save(this.#page.current(), name);
    await this.#models.readStored();
    this.#show({ key: 'train.saved', name });
  }

  async #take(name) {
    await storage.download(this.#page.current(), name);
    this.#show({ key: 'train.downloaded', name });
  }

  #opened(name) {
    this.#show({ key: 'train.opened_model', name });
    if (!byId('draw-page').hidden) {
      this.#page.draw(`stored:${name}`);
    }
  }

  async #remove(name) {
    this.#fault.clear();
    this.#show(null);
    try {
      await storage.remove(name);
      this.#show({ key: 'train.removed', name });
    } catch (error) {
      this.#fault.show(error);
    }
    await this.#models.readStored();
    // The button that had the focus no longer exists.
    byId('stored').focus();
  }

  async #load({ id, name }) {
    this.#show(null);
    if (await this.#page.startFrom(id)) {
      this.#show({ key: 'train.loaded', name });
    } else {
      await this.#models.readStored();
    }
  }

  #fill() {
    const stored = this.#models.entries.filter(({ kind }) => kind === 'stored');
    const rows = stored.map((entry) => this.#row(entry));
    byId('stored').replaceChildren(
      ...(rows.length ? rows : [element('li', {}, text('train.stored_none'))]),
    );
  }

  #row(entry) {
    const { name, date: saved, bytes } = entry;
    const size = Math.ceil(bytes / 1000);
    const facts = text('train.stored_item', { name, date: date(saved), size });
    const load = element(
      'button',
      { type: 'button', className: 'load', disabled: this.#isBusy },
      text('train.load'),
    );
    load.setAttribute('aria-label', text('train.load_named', { name }));
    load.addEventListener('click', () => this.#load(entry));
    const remove = element('button', { type: 'button' }, text('train.remove'));
    remove.setAttribute('aria-label', text('train.remove_named', { name }));
    remove.addEventListener('click', () => this.#remove(name));
    return element('li', {}, element('span', {}, facts), load, remove);
  }

  #show(message) {
    this.#message = message;
    byId('keep-result').textContent = message
      ? text(message.key, { name: message.name ?? '' })
      : '';
  }
}
