/** A trained network used in Draw, saved in the browser, loaded from it, downloaded. */

import { element } from '../ui/elements.js';
import * as storage from '../models/storage.js';
import { date, number, text } from '../texts/texts.js';

// Of every language, but nothing that a file's name or an address could not hold.
const NAME = /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N} _-]{0,59}$/u;

const byId = (id) => document.getElementById(id);

/** What stands below the heading Keep. */
export class KeptModels {
  #models;
  #fault;
  #page;
  #said = null;
  #isBusy = false;

  /**
   * @param {import('../models/model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault where errors are told
   * @param {{current(): object | null, startFrom(id: string): Promise<boolean>}} page gives the
   *   LayersModel that it trains now, and takes another
   */
  constructor(models, fault, page) {
    [this.#models, this.#fault, this.#page] = [models, fault, page];
    byId('model-name').value = 'my-digits';
    byId('save').addEventListener('click', () => this.#withName((name) => this.#save(name)));
    byId('download').addEventListener('click', () => this.#withName((name) => this.#take(name)));
    models.addEventListener('change', () => this.#fill());
  }

  /** @param {boolean} isBusy whether the network is trained now, so that no other is loaded */
  set isBusy(isBusy) {
    this.#isBusy = isBusy;
    for (const button of document.querySelectorAll('#stored .load')) {
      button.disabled = isBusy;
    }
  }

  /** Writes everything, also after another language was chosen. */
  fillTexts() {
    this.#fill();
    this.#say(this.#said);
  }

  async #withName(action) {
    this.#fault.clear();
    const name = byId('model-name').value.trim();
    const isRight = NAME.test(name);
    byId('model-name').setAttribute('aria-invalid', String(!isRight));
    if (!isRight) {
      this.#say({ key: 'train.name_wrong' });
      byId('model-name').focus();
      return;
    }
    try {
      await action(name);
    } catch (error) {
      this.#say(null);
      this.#fault.show(error);
    }
  }

  async #save(name) {
    await storage.save(this.#page.current(), name);
    await this.#models.readStored();
    this.#say({ key: 'train.saved', name });
  }

  async #take(name) {
    await storage.download(this.#page.current(), name);
    this.#say({ key: 'train.downloaded', name });
  }

  async #remove(name) {
    this.#fault.clear();
    this.#say(null);
    try {
      await storage.remove(name);
      this.#say({ key: 'train.removed', name });
    } catch (error) {
      this.#fault.show(error);
    }
    await this.#models.readStored();
    // The button that had the focus is gone.
    byId('stored').focus();
  }

  async #load({ id, name }) {
    this.#say(null);
    if (await this.#page.startFrom(id)) {
      this.#say({ key: 'train.loaded', name });
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

  #say(said) {
    this.#said = said;
    byId('keep-result').textContent = said ? text(said.key, { name: said.name ?? '' }) : '';
  }
}
