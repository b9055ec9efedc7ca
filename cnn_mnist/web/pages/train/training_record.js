/** Shows the progress of a training: charts, the table of epochs, and a line of text. */

import { Charts } from './charts.js';
import { fillTable } from '../ui/elements.js';
import { number, percent, text } from '../texts/texts.js';

const byId = (id) => document.getElementById(id);

/** The part below the buttons of the training. */
export class TrainingRecord {
  #charts = new Charts(byId('charts'));
  #epochs = [];
  #batch = null;

  /** The number of completed epochs. */
  get epochs() {
    return this.#epochs.length;
  }

  /** Whether no batch has been trained yet. */
  get isEmpty() {
    return this.#batch === null;
  }

  /** Removes everything, for a network that was not trained here yet. */
  reset() {
    [this.#epochs, this.#batch] = [[], null];
    this.#charts.reset();
    this.#fillEpochs();
    byId('progress').value = 0;
  }

  /** @param {{loss: number, accuracy: number}} validation the results before the first batch */
  begin(validation) {
    this.#charts.begin(validation);
  }

  /**
   * @param {object} batch as Training passes it to onBatch
   * @param {number} total the number of epochs at the end, with those completed before
   */
  addBatch(batch, total) {
    this.#batch = batch;
    this.#charts.addBatch(batch);
    byId('progress').value = (this.epochs + batch.batch / batch.batches) / total;
    byId('training-state').textContent = text('train.running', {
      epoch: this.epochs + 1,
      epochs: total,
      batch: batch.batch,
      batches: batch.batches,
      loss: number(batch.loss, 3),
      accuracy: percent(batch.accuracy),
    });
  }

  /** @param {object} epoch as Training passes it to onEpoch */
  addEpoch(epoch) {
    this.#epochs.push(epoch);
    this.#charts.addEpoch(epoch);
    this.#fillEpochs();
    const cells = rowOf(epoch, this.epochs);
    const heads = headsOfEpochs();
    const spoken = cells.map((cell, at) => `${heads[at]} ${cell}`).join(', ');
    byId('training-spoken').textContent = spoken;
  }

  /** Redraws the charts, which cannot be drawn while the other page is shown. */
  draw() {
    this.#charts.draw();
  }

  /**
   * Fills in all texts, at the start and when the language changes.
   * @param {'ready' | 'running' | 'paused' | 'stopped' | 'finished'} state of the training
   */
  fillTexts(state) {
    this.#fillEpochs();
    this.showState(state);
    this.#charts.draw();
  }

  /** Shows the state in words; a running training updates them with each batch. */
  showState(state) {
    const message = {
      ready: () => text('train.ready'),
      paused: () => text('train.paused', { epoch: this.epochs + 1 }),
      stopped: () => this.#stoppedText(),
      finished: () => this.#finishedText(),
    }[state]?.();
    if (message) {
      byId('training-state').textContent = message;
    }
  }

  #stoppedText() {
    const { batch, batches } = this.#batch ?? { batch: 0, batches: 0 };
    return text('train.stopped', { epochs: this.epochs, batches: batch === batches ? 0 : batch });
  }

  #finishedText() {
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
