/** Tests a network on all test images, unless that is left out. */

import { evaluate } from '../models/evaluation.js';
import { text } from '../texts/texts.js';

const byId = (id) => document.getElementById(id);

/** The test after a training, or when it is asked for. */
export class TestRun {
  #results;
  #changed;
  #isWanted = true;

  /** Whether a test is going on. */
  isRunning = false;

  /**
   * @param {import('./test_results.js').TestResults} results shows what was found
   * @param {() => void} changed called when a test begins
   */
  constructor(results, changed) {
    [this.#results, this.#changed] = [results, changed];
  }

  /**
   * @param {tf.LayersModel} model
   * @param {object} data as `loadData` returns it
   * @returns {Promise<object | null>} as `evaluate` returns it; null if it was left out
   */
  async run(model, data) {
    [this.#isWanted, this.isRunning] = [true, true];
    this.#changed();
    try {
      const result = await evaluate(model, data.test, {
        isWanted: () => this.#isWanted,
        onProgress: (far) => {
          byId('test-result').textContent = text('train.testing', far);
        },
      });
      if (result) {
        this.#results.show(result, data);
      } else {
        byId('test-result').textContent = text('train.test_left_out');
      }
      return result;
    } finally {
      this.isRunning = false;
    }
  }

  /** Leaves out the rest of a test. */
  leaveOut() {
    this.#isWanted = false;
  }
}
