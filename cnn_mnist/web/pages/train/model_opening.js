/** Opens downloaded models by the file picker, or dropped anywhere on the pages. */

import { areOfModel, openModelFiles } from '../models/model_files.js';
import * as storage from '../models/storage.js';

const LONGEST_NAME = 60;

const byId = (id) => document.getElementById(id);

/** Saves opened models in this browser, beside those that were trained here. */
export class ModelOpening {
  #models;
  #fault;
  #opened;

  /**
   * @param {import('../models/model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   * @param {(name: string) => void} opened called with the name under which a model was saved
   */
  constructor(models, fault, opened) {
    [this.#models, this.#fault, this.#opened] = [models, fault, opened];
    byId('model-files').addEventListener('change', ({ target }) => {
      const files = [...target.files];
      // Allow the same files to be chosen again.
      target.value = '';
      if (files.length) {
        this.#open(files);
      }
    });
    document.addEventListener('drop', ({ dataTransfer }) => {
      if (areOfModel(dataTransfer.files)) {
        this.#open([...dataTransfer.files]);
      }
    });
  }

  async #open(files) {
    this.#fault.clear();
    try {
      const { model, name } = await openModelFiles(files);
      const free = this.#freeName(name);
      try {
        await storage.save(model, free);
      } finally {
        model.dispose();
      }
      await this.#models.readStored();
      this.#opened(free);
    } catch (error) {
      this.#fault.show(error);
    }
  }

  /** Returns the name, or with a number if a saved model has it: opening replaces none. */
  #freeName(name) {
    const taken = new Set(this.#models.entries.map(({ id }) => id));
    for (let number = 1; ; number += 1) {
      const ending = number === 1 ? '' : ` ${number}`;
      const free = name.slice(0, LONGEST_NAME - ending.length) + ending;
      if (!taken.has(`stored:${free}`)) {
        return free;
      }
    }
  }
}
