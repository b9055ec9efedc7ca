/** Lists the models to choose from: exported, saved in this browser, or trained on this page. */

import { loadModel } from './model.js';
import { PageError } from '../base/page_error.js';
import * as storage from './storage.js';

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {'exported' | 'stored' | 'trained'} kind
 * @property {string} name
 * @property {number | null} date milliseconds since 1970
 * @property {string | null} data the URL of its data.json, if there is one
 * @property {string | null} [calibration] the URL of its calibration.json, if there is one
 */

/** The models to choose from; fires 'change' when the list changes. */
export class ModelList extends EventTarget {
  #exported = [];
  #stored = [];
  #trained = null;
  #opened = new Map();
  #loads = 0;
  #isSettled = false;

  /** Whether WebAssembly with threads can be loaded; a site of files comes without it. */
  areThreadsThere = true;

  constructor() {
    super();
    storage.whenOthersChange(() => this.readStored());
  }

  /** Done once TensorFlow.js can load models; fails as it did. */
  started = Promise.resolve();

  /** @param {Promise<void>} started what to wait for before a model is loaded */
  waitFor(started) {
    this.started = started;
  }

  /** Whether models are still to come: the lists are being read, or a model is being loaded. */
  get isLoading() {
    return !this.#isSettled || this.#loads > 0;
  }

  /** Notes that the lists were read, whatever they held. */
  settle() {
    this.#isSettled = true;
  }

  /** @returns {Entry[]} the newly trained model first, then exports, then saved models */
  get entries() {
    const trained = this.#trained ? [this.#trained.entry] : [];
    return [...trained, ...this.#exported, ...this.#stored];
  }

  /** @returns {{url: string, folder: string}[]} each data.json once, with its folder */
  get dataSets() {
    const folders = new Map(this.#exported.map(({ data, name }) => [data, name]));
    folders.delete(null);
    return [...folders].map(([url, folder]) => ({ url, folder }));
  }

  /**
   * Reads models.json.
   * @throws {PageError} models_missing
   */
  async readExported() {
    const answer = await fetch('models.json').catch(() => null);
    const found = answer?.ok ? await answer.json().catch(() => null) : null;
    if (!found?.models?.length) {
      throw new PageError('models_missing');
    }
    this.areThreadsThere = found.threads !== false;
    this.#exported = found.models.map((model) => ({
      id: model.url,
      kind: 'exported',
      name: model.folder,
      // An export's version is the second in which it was written.
      date: model.version * 1000,
      data: model.data,
      calibration: model.calibration ?? null,
    }));
    this.#changed();
  }

  /** Reads the list of saved models; it is empty if the browser refuses storage. */
  async readStored() {
    const found = await storage.list().catch(() => []);
    this.#stored = found.map(({ name, date, bytes }) => ({
      id: `stored:${name}`,
      kind: 'stored',
      name,
      date: Number(date),
      bytes,
      data: null,
    }));
    const outdated = this.#takeOutdated();
    this.#changed();
    // After the event, these models are no longer in use.
    outdated.forEach((model) => model.dispose());
  }

  /**
   * Adds a model that was trained here; it still belongs to the page that trains it.
   * @param {object} model a LayersModel
   * @param {string | null} data the URL of the data.json that it was trained on
   */
  offerTrained(model, data) {
    const entry = { id: 'trained', kind: 'trained', name: '', date: null, data };
    this.#trained = { entry, model };
    this.#changed();
  }

  /** Removes the trained model, before it is disposed of. */
  withdrawTrained() {
    if (this.#trained) {
      this.#trained = null;
      this.#changed();
    }
  }

  /**
   * @param {string} id of an entry
   * @returns {Promise<object>} its LayersModel, which is cached
   * @throws {PageError} model_missing, model_broken, weights_length, model_unfit, storage_missing,
   *   storage_broken, storage_refused
   */
  async open(id) {
    if (id === 'trained') {
      return this.#trained.model;
    }
    if (!this.#opened.has(id)) {
      const model = await this.load(id);
      // Another call may have opened it first.
      if (this.#opened.has(id)) {
        model.dispose();
      } else {
        this.#opened.set(id, { model, date: this.#dateOf(id) });
      }
    }
    return this.#opened.get(id).model;
  }

  /** Like `open`, but returns a new model, which the caller disposes of. */
  async load(id) {
    this.#loads += 1;
    try {
      await this.started;
      const isStored = id.startsWith('stored:');
      return await (isStored ? storage.load(id.slice('stored:'.length)) : loadModel(id));
    } finally {
      this.#loads -= 1;
    }
  }

  #dateOf(id) {
    return this.entries.find((entry) => entry.id === id)?.date ?? null;
  }

  /** Removes and returns the opened models that were deleted, or replaced under the same name. */
  #takeOutdated() {
    const ids = [...this.#opened.keys()].filter(
      (id) => id.startsWith('stored:') && this.#opened.get(id).date !== this.#dateOf(id),
    );
    const models = ids.map((id) => this.#opened.get(id).model);
    ids.forEach((id) => this.#opened.delete(id));
    return models;
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
