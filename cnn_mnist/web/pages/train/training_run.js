/** Runs the trainings of one network after the other, and shows what they report. */

import { splitForTraining } from '../images/data.js';
import { evaluate } from '../models/evaluation.js';
import { Training } from '../models/training.js';

/** Keeps the optimizer from one run to the next if nothing but the number of epochs has changed. */
export class TrainingRun {
  #training = null;
  #key = null;
  #total = 0;
  #parts;
  #onState;

  /**
   * @param {object} parts of the page that show something
   * @param {import('./training_record.js').TrainingRecord} parts.record
   * @param {import('./kernel_pictures.js').KernelPictures} parts.kernels
   * @param {import('./step_report.js').StepReport} parts.stepReport
   * @param {import('./own_examples.js').OwnExamples} parts.own
   * @param {() => void} onState called when the state has changed
   */
  constructor(parts, onState) {
    [this.#parts, this.#onState] = [parts, onState];
  }

  /** @returns {'ready' | 'running' | 'paused' | 'stopped' | 'finished'} */
  get state() {
    return this.#training?.state ?? 'ready';
  }

  get isPaused() {
    return this.state === 'paused';
  }

  get isTraining() {
    return this.isPaused || this.state === 'running';
  }

  /**
   * Trains a network further.
   * @param {object} model
   * @param {object} data as `loadData` returns it
   * @param {object} settings as `readSettings` returns them
   * @param {{isStep?: boolean}} options as `Training.run` takes them
   * @throws {PageError} training_failed
   */
  async run(model, data, { epochs, ...settings }, options) {
    const { record, own } = this.#parts;
    if (record.isEmpty) {
      const { validation } = splitForTraining(data);
      record.begin(await evaluate(model, data.train, { indices: validation }));
    }
    await own.test(model, 'before');
    await this.#prepare(model, data, settings);
    this.#total = record.epochs + epochs;
    await this.#training.run(epochs, options);
  }

  /** Pauses, or goes on. */
  pauseOrGoOn() {
    if (this.isPaused) {
      this.#training.goOn();
    } else {
      this.#training.pause();
    }
  }

  /** While paused, trains on one batch. */
  step() {
    this.#training.step();
  }

  /** Ends the run after the current batch. */
  stop() {
    this.#training.stop();
  }

  /** Ends the training of a network; the next run begins another. */
  async dispose() {
    const training = this.#training;
    this.#training = null;
    await training?.dispose();
  }

  async #prepare(model, data, settings) {
    const { record, kernels, stepReport, own } = this.#parts;
    const key = JSON.stringify([settings, own.key]);
    if (this.#training && key === this.#key) {
      return;
    }
    await this.#training?.dispose();
    this.#key = key;
    this.#training = new Training({
      model,
      ...own.joinedTo(data),
      ...settings,
      onBatch: (batch) => {
        record.addBatch(batch, this.#total);
        record.showState(this.state);
        kernels.update();
      },
      onEpoch: (epoch) => {
        record.addEpoch(epoch);
        kernels.fillTexts();
      },
      onStep: (changes) => stepReport.show(changes),
      onState: () => {
        this.#onState();
        if (this.isPaused) {
          record.draw();
        }
      },
    });
  }
}
