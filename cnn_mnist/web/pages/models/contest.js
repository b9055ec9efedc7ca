/** Trains two networks on the same images, an epoch of one after an epoch of the other. */

import { splitForTraining } from '../images/data.js';
import { evaluate } from './evaluation.js';
import { newModel } from './model.js';
import { Training } from './training.js';

/**
 * @typedef {object} Run
 * @property {number} parameters
 * @property {{loss: number, accuracy: number}[]} validations before training and after each epoch
 * @property {number} seconds of training
 * @property {{right: number, count: number, accuracy: number} | null} test null until the end
 */

/** Can be stopped; then the test follows. */
export class Contest {
  #trainings = [];
  #isStopped = false;

  /** Ends the training after the current batch. */
  stop() {
    this.#isStopped = true;
    this.#trainings.forEach((training) => training.stop());
  }

  /**
   * @param {{layers: object[], initializer: string}[]} networks as `newModel` takes them
   * @param {object} data as `loadData` returns it
   * @param {{epochs: number}} settings the others are those of `Training`
   * @param {(runs: Run[], place: {at: number, epoch: number, batch: number, batches: number} | null)
   *   => void} onProgress place: null for a new result, also while testing
   * @returns {Promise<Run[]>}
   * @throws {PageError} training_failed
   */
  async run(networks, data, { epochs, ...settings }, onProgress) {
    const { classes, digits } = data;
    const models = networks.map((network) => newModel({ classes, digits }, network));
    const runs = models.map((model) => ({
      parameters: model.countParams(),
      validations: [],
      seconds: 0,
      test: null,
    }));
    try {
      this.#trainings = models.map((model, at) =>
        trainingOf({ model, data, ...settings }, runs[at], (batch) =>
          onProgress(runs, { at, ...batch }),
        ),
      );
      await this.#validate(models, data, runs);
      onProgress(runs, null);
      for (let epoch = 1; epoch <= epochs && !this.#isStopped; epoch++) {
        for (const training of this.#isStopped ? [] : this.#trainings) {
          await training.run(1);
          onProgress(runs, null);
        }
      }
      for (const [at, model] of models.entries()) {
        runs[at].test = await evaluate(model, data.test);
        onProgress(runs, null);
      }
      return runs;
    } finally {
      await Promise.all(this.#trainings.map((training) => training.dispose()));
      models.forEach((model) => model.dispose());
    }
  }

  async #validate(models, data, runs) {
    const { validation: indices } = splitForTraining(data);
    for (const [at, model] of models.entries()) {
      runs[at].validations.push(await evaluate(model, data.train, { indices }));
    }
  }
}

function trainingOf(options, run, onBatch) {
  return new Training({
    ...options,
    onBatch,
    onEpoch: ({ validationLoss, validationAccuracy, seconds }) => {
      run.validations.push({ loss: validationLoss, accuracy: validationAccuracy });
      run.seconds += seconds;
    },
  });
}
