/** Keeps your own examples in this browser, and lists those of a set of classes. */

import { PageError } from '../base/page_error.js';

const DATABASE = 'cnn_mnist_examples';
const STORE = 'examples';
const MOST = 5000;

/**
 * @typedef {object} Example
 * @property {number} id
 * @property {string} set names the classes that it belongs to
 * @property {string} label one of these classes
 * @property {Uint8Array} pixels [784], as a model sees it
 */

const nameOf = (classes) => classes.join('\n');

/** The examples of this browser; fires 'change' when they change. */
export class ExampleStore extends EventTarget {
  #all = [];

  /** Reads all examples; there are none if the browser refuses storage. */
  async read() {
    this.#all = await transact('readonly', (store) => store.getAll()).catch(() => []);
    this.dispatchEvent(new Event('change'));
  }

  /**
   * @param {string[]} classes
   * @returns {Example[]} those of these classes, the oldest first
   */
  of(classes) {
    const set = nameOf(classes);
    return this.#all.filter((example) => example.set === set);
  }

  /**
   * @param {string[]} classes
   * @param {{label: string, pixels: Uint8Array}[]} examples
   * @throws {PageError} examples_many, examples_full, examples_refused: none is kept
   */
  async add(classes, examples) {
    if (this.#all.length + examples.length > MOST) {
      throw new PageError('examples_many', { most: MOST });
    }
    const set = nameOf(classes);
    await transact('readwrite', (store) => {
      for (const { label, pixels } of examples) {
        store.add({ set, label, pixels: Uint8Array.from(pixels) });
      }
    });
    await this.read();
  }

  /**
   * @param {number[]} ids
   * @throws {PageError} examples_refused
   */
  async remove(ids) {
    await transact('readwrite', (store) => ids.forEach((id) => store.delete(id)));
    await this.read();
  }
}

/** Runs a transaction; returns the result of the request that `act` returns, if it returns one. */
async function transact(mode, act) {
  try {
    const database = await opened();
    try {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      return request?.result;
    } finally {
      database.close();
    }
  } catch (error) {
    if (error?.name === 'QuotaExceededError') {
      throw new PageError('examples_full');
    }
    throw new PageError('examples_refused', {
      detail: error?.message ?? String(error),
    });
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = globalThis.indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, {
        keyPath: 'id',
        autoIncrement: true,
      });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
