import { augmented } from '../images/augmentation.js';
import { batchOf, shuffled, splitForTraining } from '../images/data.js';
import { evaluate } from './evaluation.js';
import { countOf } from './model.js';
import { newOptimizer } from './optimizers.js';
import { watched } from './step_changes.js';
import { PageError } from '../base/page_error.js';
import { tf } from '../base/tf.js';
import { Breaks } from '../base/yielding.js';

// Random answers give 2.3; only a network that is sure of wrong answers, or broken, gives this.
const SUSPICIOUS = 10;

/**
 * Trains a model on the cross entropy; it can be paused between two batches.
 *
 * States: 'ready', 'running', 'paused', 'stopped' (by `stop` or an error), 'finished'. The page can
 * run other tasks between batches.
 */
export class Training {
  #model;
  #data;
  #indices;
  #options;
  #optimizer;
  #state = 'ready';
  #stopping = false;
  #isStep = false;
  #pause = null;
  #ending = Promise.resolve();
  #steps = 0;
  #epochs = 0;

  /**
   * @param {Object} options
   * @param {tf.LayersModel} options.model is compiled again; the caller disposes of it.
   * @param {{train: {images: Uint8Array, labels: Uint8Array, count: number}}} options.data
   * @param {number} [options.examples] how many images to train on; by default all but those
   *     for validation.
   * @param {number[]} [options.more] indices of further images in `data.train`, also repeated ones,
   *     to train on beside them.
   * @param {number} [options.batchSize]
   * @param {'adam' | 'sgd' | 'momentum'} [options.optimizer]
   * @param {number} [options.learningRate]
   * @param {boolean} [options.augmentation] moves, turns and scales each image at random.
   * @param {function(): number} [options.random] in [0, 1), for the order of images.
   * @param {function({step: number, epoch: number, batch: number, batches: number, loss: number,
   *     accuracy: number}): void} [options.onBatch] counts start at 1; loss and accuracy are those of the batch.
   * @param {function({epoch: number, loss: number, accuracy: number, validationLoss: number,
   *     validationAccuracy: number, seconds: number}): void} [options.onEpoch] means over the
   *     epoch's images, measured while it trains; seconds without pauses.
   * @param {function(import('./step_changes.js').StepChanges): void} [options.onStep] what a single
   *     step changed.
   * @param {function(string): void} [options.onState] the new state.
   */
  constructor({
    model,
    data,
    examples,
    more = [],
    batchSize = 64,
    optimizer = 'adam',
    learningRate = 0.005,
    augmentation = false,
    random = Math.random,
    onBatch,
    onEpoch,
    onStep,
    onState,
  }) {
    this.#model = model;
    this.#data = data;
    const { training, validation } = splitForTraining(data, examples);
    this.#indices = { training: Int32Array.from([...training, ...more]), validation };
    this.#options = { batchSize, augmentation, random, onBatch, onEpoch, onStep, onState };
    this.#optimizer = newOptimizer(optimizer, learningRate);
    model.compile({
      optimizer: this.#optimizer,
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
  }

  get state() {
    return this.#state;
  }

  /**
   * Trains; may be called again once it has ended, and then continues. An epoch that was stopped
   * starts again.
   *
   * @param {number} epochs passes over the images.
   * @param {{isStep?: boolean}} [options] isStep: pauses after the first batch, as `step` does.
   * @returns {Promise<void>} after the last epoch, or soon after `stop`.
   * @throws {PageError} training_failed: the loss or a weight is not finite, or the backend
   *     failed.
   * @throws {Error} it is running, or was disposed of.
   */
  run(epochs, { isStep = false } = {}) {
    if (this.#state === 'running' || this.#state === 'paused' || !this.#optimizer) {
      return Promise.reject(new Error(`a training that is ${this.#state} cannot be run`));
    }
    this.#stopping = false;
    this.#isStep = isStep;
    this.#endPause();
    this.#enter('running');
    const running = this.#epochsOf(epochs);
    this.#ending = running.catch(() => {});
    return running;
  }

  /**
   * Pauses before the next batch, or before the run ends, until `goOn` or `stop`. Does nothing if it
   * is not running.
   */
  pause() {
    if (this.#state !== 'running' || this.#stopping) {
      return;
    }
    this.#pause ??= newPause();
    this.#enter('paused');
  }

  /** Ends a pause. */
  goOn() {
    if (this.#state === 'paused') {
      this.#endPause();
      this.#enter('running');
    }
  }

  /** Ends a pause for one batch, whose changes go to `onStep`. */
  step() {
    if (this.#state === 'paused') {
      this.#isStep = true;
      this.goOn();
    }
  }

  /** Ends the run after the current batch; `run` then returns. */
  stop() {
    this.#stopping = true;
    this.#endPause();
  }

  /** Stops, and frees the optimizer's variables, but not the model. */
  async dispose() {
    this.stop();
    await this.#ending;
    this.#optimizer?.dispose();
    this.#optimizer = null;
  }

  async #epochsOf(epochs) {
    try {
      for (let i = 0; i < epochs && !this.#stopping; i++) {
        await this.#epoch(this.#epochs + 1);
        // It may have been paused during validation.
        await this.#paused();
      }
    } catch (error) {
      this.#endPause();
      this.#enter('stopped');
      throw error;
    }
    this.#endPause();
    this.#enter(this.#stopping ? 'stopped' : 'finished');
  }

  async #epoch(epoch) {
    const { batchSize, random, onBatch, onEpoch } = this.#options;
    const order = shuffled(this.#indices.training, random);
    const batches = Math.ceil(order.length / batchSize);
    const sums = { loss: 0, right: 0 };
    const breaks = new Breaks();
    let start = performance.now();
    for (let batch = 1; batch <= batches; batch++) {
      const indices = order.subarray((batch - 1) * batchSize, batch * batchSize);
      const isStep = this.#isStep;
      this.#isStep = false;
      const { loss, accuracy } = await this.#step(indices, isStep);
      sums.loss += loss * indices.length;
      sums.right += accuracy * indices.length;
      onBatch?.({ step: this.#steps, epoch, batch, batches, loss, accuracy });
      if (isStep) {
        this.pause();
      }
      await breaks.take();
      start += await this.#paused();
      if (this.#stopping) {
        return;
      }
    }
    await this.#checkWeights();
    const { validation } = this.#indices;
    const validated = await evaluate(this.#model, this.#data.train, { indices: validation });
    this.#epochs = epoch;
    onEpoch?.({
      epoch,
      loss: sums.loss / order.length,
      accuracy: sums.right / order.length,
      validationLoss: validated.loss,
      validationAccuracy: validated.accuracy,
      seconds: (performance.now() - start) / 1000,
    });
  }

  async #step(indices, isWatched) {
    const classes = countOf(this.#model);
    const { augmentation, random, onStep } = this.#options;
    const change = augmentation ? (pixels) => augmented(pixels, random) : undefined;
    const { xs, ys } = batchOf(this.#data.train, indices, classes, change);
    const images = tf.tensor4d(xs, [indices.length, 28, 28, 1]);
    const labels = tf.tensor2d(ys, [indices.length, classes]);
    const train = () => this.#model.trainOnBatch(images, labels);
    let [loss, accuracy, changes] = [NaN, NaN, null];
    try {
      if (isWatched) {
        const one = await watched(this.#model, images, labels, train);
        [[loss, accuracy], changes] = [one.result, one.changes];
      } else {
        [loss, accuracy] = await train();
      }
    } catch (error) {
      throw new PageError('training_failed', { detail: error.message });
    } finally {
      tf.dispose([images, labels]);
    }
    this.#steps += 1;
    if (!Number.isFinite(loss)) {
      throw this.#notANumber();
    }
    if (loss > SUSPICIOUS) {
      await this.#checkWeights();
    }
    if (changes) {
      onStep?.(changes);
    }
    return { loss, accuracy };
  }

  /** Checks the weights: WebAssembly clips NaN in activations and in the loss, but not in weights. */
  async #checkWeights() {
    for (const weight of this.#model.trainableWeights) {
      if (!(await weight.read().data()).every(Number.isFinite)) {
        throw this.#notANumber();
      }
    }
  }

  #notANumber() {
    return new PageError('training_failed', { detail: `NaN, step ${this.#steps}` });
  }

  /** Waits for the end of a pause; returns its milliseconds. */
  async #paused() {
    const start = performance.now();
    while (this.#pause) {
      await this.#pause.over;
    }
    return performance.now() - start;
  }

  #endPause() {
    this.#pause?.end();
    this.#pause = null;
  }

  #enter(state) {
    this.#state = state;
    this.#options.onState?.(state);
  }
}

function newPause() {
  let end;
  const over = new Promise((resolve) => {
    end = resolve;
  });
  return { over, end };
}
