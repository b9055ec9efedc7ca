/** What a training has done so far: charts, the table of epochs, progress in words. */

import { Charts } from './charts.js';
import { fillTable } from '../ui/elements.js';
import { number, percent, text } from '../texts/texts.js';

const byId = (id) => document.getElementById(id);

/** What stands below the buttons of the training. */
export class TrainingRecord {
  #charts = new Charts(byId('charts'));
  #epochs = [];
  #batch = null;

  /** How many epochs are over. */
  get epochs() {
    return this.#epochs.length;
  }

  /** Whether there was no batch yet. */
  get isEmpty() {
    return this.#batch === null;
  }

  /** Forgets everything, for a network that was never trained here. */
  reset() {
    [this.#epochs, this.#batch] = [[], null];
    this.#charts.reset();
    this.#fillEpochs();
    byId('progress').value = 0;
  }

  /** @param {{loss: number, accuracy: number}} validation before the first batch */
  begin(validation) {
    this.#charts.begin(validation);
  }

  /**
   * @param {object} batch as Training's onBatch is given it
   * @param {number} asked epochs when all is done, with those that were over before
   */
  addBatch(batch, asked) {
    this.#batch = batch;
    this.#charts.addBatch(batch);
    byId('progress').value = (this.epochs + batch.batch / batch.batches) / asked;
    byId('training-state').textContent = text('train.running', {
      epoch: this.epochs + 1,
      epochs: asked,
      batch: batch.batch,
      batches: batch.batches,
      loss: number(batch.loss, 3),
      accuracy: percent(batch.accuracy),
    });
  }

  /** @param {object} epoch as Training's onEpoch is given it */
  addEpoch(epoch) {
    this.#epochs.push(epoch);
    this.#charts.addEpoch(epoch);
    this.#fillEpochs();
    const cells = rowOf(epoch, this.epochs);
    const heads = headsOfEpochs();
    const said = cells.map((cell, at) => `${heads[at]} ${cell}`).join(', ');
    byId('training-spoken').textContent = said;
  }

  /** Draws the charts anew, which cannot be done while the other page is shown. */
  draw() {
    this.#charts.draw();
  }

  /**
   * Writes everything, also after another language was chosen.
   * @param {'ready' | 'running' | 'paused' | 'stopped' | 'finished'} state of the training
   */
  fillTexts(state) {
    this.#fillEpochs();
    this.showState(state);
    this.#charts.draw();
  }

  /** Says in words how far it is; what is running says so with each batch. */
  showState(state) {
    const said = {
      ready: () => text('train.ready'),
      paused: () => text('train.paused', { epoch: this.epochs + 1 }),
      stopped: () => this.#saidOfStop(),
      finished: () => this.#saidOfEnd(),
    }[state]?.();
    if (said) {
      byId('training-state').textContent = said;
    }
  }

  #saidOfStop() {
    const { batch, batches } = this.#batch ?? { batch: 0, batches: 0 };
    return text('train.stopped', { epochs: this.epochs, batches: batch === batches ? 0 : batch });
  }

  #saidOfEnd() {
    const seconds = this.#epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    const accuracy = percent(this.#epochs.at(-1).validationAccuracy);
    return text('train.finished', { epochs: this.epochs, seconds: number(seconds, 1), accuracy });
  }

  #fillEpochs() {
    const rows = this.#epochs.map((epoch, at) => rowOf(epoch, at + 1)).reverse();
    fillTable(byId('epoch-table'), headsOfEpochs(), rows);
    byId('epoch-table').parentElement.hidden = rows.length === 0;
  }
}

function headsOfEpochs() {
  const [loss, accuracy] = [text('train.loss'), text('train.accuracy')];
  const [training, validation] = [text('train.series_training'), text('train.series_validation')];
  return [
    text('train.epoch'),
    `${loss}, ${training}`,
    `${accuracy}, ${training}`,
    `${loss}, ${validation}`,
    `${accuracy}, ${validation}`,
    text('train.seconds'),
  ];
}

function rowOf({ loss, accuracy, validationLoss, validationAccuracy, seconds }, count) {
  return [
    number(count),
    number(loss, 3),
    percent(accuracy),
    number(validationLoss, 3),
    percent(validationAccuracy),
    number(seconds, 1),
  ];
}
