/** The page Train: data, network, training, test, and what becomes of the network. */

import { Charts } from './charts.js';
import { splitForTraining } from './data.js';
import { element, fillSelect, fillTable } from './elements.js';
import { evaluate } from './evaluation.js';
import { KeptModels } from './kept_models.js';
import { describeLayers, newModel } from './model.js';
import { modelName } from './model_names.js';
import { sharedData } from './shared_data.js';
import { TestResults } from './test_results.js';
import { number, percent, text } from './texts.js';
import { randomIndices, thumbnail } from './thumbnails.js';
import { Training } from './training.js';
import { readSettings } from './training_settings.js';

const SIDE = 28;
const SAMPLES = 24;
const SOME_EXAMPLES = 5500;

const byId = (id) => document.getElementById(id);

/** Everything under the heading Train. */
export class TrainPage {
  #models;
  #fault;
  #charts = new Charts(byId('charts'));
  #results = new TestResults();
  #kept;
  #data = null;
  #dataUrl = null;
  #model = null;
  #startedFrom = 'fresh';
  #training = null;
  #settings = null;
  #epochs = [];
  #batch = null;
  #asked = 0;
  #failed = false;
  #isTesting = false;
  #opening = 0;

  /**
   * @param {import('./model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault where errors are told
   * @param {(id: string) => void} draw shows Draw with a model of the list
   */
  constructor(models, fault, draw) {
    [this.#models, this.#fault] = [models, fault];
    this.#kept = new KeptModels(models, fault, () => this.#model);
    models.addEventListener('change', () => this.#fillChoices());
    byId('data-set').addEventListener('change', ({ target }) => this.#takeData(target.value));
    byId('start-from').addEventListener('change', ({ target }) => this.#startFrom(target.value));
    byId('other-samples').addEventListener('click', () => this.#showSamples());
    const does = {
      start: () => this.#start(),
      pause: () => this.#pauseOrGoOn(),
      stop: () => this.#training.stop(),
      afresh: () => this.#startFrom(this.#startedFrom),
      test: () => this.#test(),
      use: () => {
        models.offerTrained(this.#model, this.#dataUrl);
        draw('trained');
      },
    };
    for (const [id, action] of Object.entries(does)) {
      byId(id).addEventListener('click', action);
    }
    byId('settings').addEventListener('submit', (event) => event.preventDefault());
    addEventListener('beforeunload', (event) => {
      if (this.#isTraining) {
        event.preventDefault();
      }
    });
  }

  /** Loads what the page shows, the first time that it is shown. */
  async open() {
    this.#charts.draw();
    if (!this.#model) {
      await this.#startFrom('fresh');
    }
    if (!this.#data && this.#models.dataUrls.length) {
      await this.#takeData(byId('data-set').value || this.#models.dataUrls[0]);
    }
  }

  /** Fills in all texts, also after another language was chosen. */
  fillTexts() {
    this.#fillChoices();
    this.#fillData();
    this.#fillLayers();
    this.#fillEpochs();
    this.#results.fillTexts();
    this.#kept.fillTexts();
    this.#charts.draw();
    this.#showState();
  }

  get #state() {
    return this.#training?.state ?? 'ready';
  }

  get #isTraining() {
    return ['running', 'paused'].includes(this.#state);
  }

  // The data.

  async #takeData(url) {
    byId('data-facts').textContent = text('train.data_loading');
    this.#fault.clear();
    try {
      const data = await sharedData(url);
      [this.#data, this.#dataUrl] = [data, url];
      this.#training = null;
      this.#results.show(null, data);
      if (this.#model && this.#startedFrom === 'fresh') {
        this.#model.setUserDefinedMetadata(meaningOf(data));
      }
    } catch (error) {
      this.#fault.show(error);
    }
    this.#fillData();
    this.#showState();
  }

  #fillData() {
    const urls = this.#models.dataUrls;
    byId('data-field').hidden = urls.length < 2;
    byId('data-set').value = this.#dataUrl ?? '';
    if (!this.#data) {
      byId('data-facts').textContent = '';
      return;
    }
    const { dataset, train, test } = this.#data;
    byId('data-facts').textContent = text('train.data_facts', {
      dataset,
      train: train.count,
      test: test.count,
    });
    this.#fillExamples();
    this.#showSamples();
  }

  #fillExamples() {
    const { training, validation } = splitForTraining(this.#data);
    const counts = [SOME_EXAMPLES, training.length].filter((count) => count <= training.length);
    fillSelect(
      byId('examples'),
      counts.map((count) => ({
        value: String(count),
        name:
          count === training.length
            ? text('train.examples_all', { count, validation: validation.length })
            : text('train.examples_some', { count }),
      })),
    );
  }

  #showSamples() {
    if (!this.#data) {
      return;
    }
    const { classes, digits, train } = this.#data;
    byId('samples').classList.toggle('named', !digits);
    byId('samples').replaceChildren(
      ...randomIndices(SAMPLES, train.count).map((at) => {
        const label = classes[train.labels[at]];
        const pixels = train.images.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
        const image = thumbnail(pixels, text('train.sample', { label }));
        return element('figure', {}, image, element('figcaption', { ariaHidden: 'true' }, label));
      }),
    );
  }

  // The network.

  #fillChoices() {
    const entries = this.#models.entries.filter(({ kind }) => kind !== 'trained');
    const choices = entries.map((entry) => ({ value: entry.id, name: modelName(entry) }));
    const fresh = { value: 'fresh', name: text('model.fresh') };
    fillSelect(byId('start-from'), [fresh, ...choices], this.#startedFrom);
    const sets = this.#models.dataUrls.map((url) => ({ value: url, name: this.#nameOf(url) }));
    fillSelect(byId('data-set'), sets, this.#dataUrl ?? undefined);
    byId('data-field').hidden = sets.length < 2;
  }

  #nameOf(url) {
    return this.#models.entries.find(({ data }) => data === url)?.name ?? url;
  }

  async #startFrom(id) {
    const opening = (this.#opening += 1);
    this.#fault.clear();
    try {
      const model = id === 'fresh' ? newModel(meaningOf(this.#data)) : await this.#models.load(id);
      if (opening !== this.#opening) {
        model.dispose();
        return;
      }
      this.#models.withdrawTrained();
      await this.#training?.dispose();
      this.#model?.dispose();
      [this.#model, this.#startedFrom, this.#training] = [model, id, null];
      this.#forgetTraining();
    } catch (error) {
      this.#fault.show(error);
    }
    byId('start-from').value = this.#startedFrom;
    this.#fillLayers();
    this.#showState();
  }

  #forgetTraining() {
    [this.#epochs, this.#batch, this.#asked, this.#failed] = [[], null, 0, false];
    this.#charts.reset();
    this.#fillEpochs();
    this.#results.show(null, this.#data);
    byId('progress').value = 0;
  }

  #fillLayers() {
    if (!this.#model) {
      return;
    }
    const layers = describeLayers(this.#model);
    const heads = ['layer', 'kind', 'shape', 'parameters'].map((key) => text(`train.${key}`));
    const rows = layers.map(({ name, kind, settings, shape, parameters }) => [
      name,
      element('td', { className: 'text' }, written(kind, settings)),
      shape.join('×'),
      number(parameters),
    ]);
    const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
    fillTable(byId('layers'), heads, [...rows, [text('train.total'), '', '', number(total)]]);
    byId('layers')
      .querySelectorAll('thead th')
      .forEach((head, at) => {
        head.classList.toggle('text', at < 2);
      });
  }

  // Training.

  #start() {
    const settings = readSettings(this.#data);
    if (!settings) {
      return;
    }
    this.#fault.clear();
    this.#failed = false;
    this.#prepare(settings);
    this.#run(settings.epochs);
  }

  /** Keeps the optimizer where nothing but the epochs was changed. */
  #prepare({ epochs, ...settings }) {
    if (this.#training && JSON.stringify(settings) === JSON.stringify(this.#settings)) {
      return;
    }
    this.#training?.dispose();
    this.#settings = settings;
    this.#training = new Training({
      model: this.#model,
      data: this.#data,
      ...settings,
      onBatch: (batch) => this.#batchDone(batch),
      onEpoch: (epoch) => this.#epochDone(epoch),
      onState: () => this.#showState(),
    });
  }

  async #run(epochs) {
    const training = this.#training;
    this.#asked = this.#epochs.length + epochs;
    this.#results.show(null, this.#data);
    try {
      await this.#validateUntrained();
      await training.run(epochs);
    } catch (error) {
      this.#failed = true;
      this.#fault.show(error);
    }
    if (training !== this.#training) {
      return;
    }
    this.#charts.draw();
    this.#showState();
    if (!this.#failed) {
      this.#models.offerTrained(this.#model, this.#dataUrl);
      await this.#test();
    }
  }

  async #validateUntrained() {
    if (this.#batch === null) {
      const { validation } = splitForTraining(this.#data);
      this.#charts.begin(await evaluate(this.#model, this.#data.train, { indices: validation }));
    }
  }

  #pauseOrGoOn() {
    if (this.#state === 'paused') {
      this.#training.goOn();
    } else {
      this.#training.pause();
    }
  }

  #batchDone(batch) {
    this.#charts.addBatch(batch);
    this.#batch = batch;
    const done = this.#epochs.length + batch.batch / batch.batches;
    byId('progress').value = done / this.#asked;
    byId('training-state').textContent = text('train.running', {
      epoch: this.#epochs.length + 1,
      epochs: this.#asked,
      batch: batch.batch,
      batches: batch.batches,
      loss: number(batch.loss, 3),
      accuracy: percent(batch.accuracy),
    });
  }

  #epochDone(epoch) {
    this.#epochs.push(epoch);
    this.#charts.addEpoch(epoch);
    this.#fillEpochs();
    const last = this.#epochRow(epoch, this.#epochs.length).join(', ');
    byId('training-spoken').textContent = `${text('train.epoch')} ${last}`;
  }

  #epochRow({ loss, accuracy, validationLoss, validationAccuracy, seconds }, count) {
    return [
      number(count),
      number(loss, 3),
      percent(accuracy),
      number(validationLoss, 3),
      percent(validationAccuracy),
      number(seconds, 1),
    ];
  }

  #fillEpochs() {
    const [loss, accuracy] = [text('train.loss'), text('train.accuracy')];
    const [training, validation] = [text('train.series_training'), text('train.series_validation')];
    const heads = [
      text('train.epoch'),
      `${loss}, ${training}`,
      `${accuracy}, ${training}`,
      `${loss}, ${validation}`,
      `${accuracy}, ${validation}`,
      text('train.seconds'),
    ];
    const rows = this.#epochs.map((epoch, at) => this.#epochRow(epoch, at + 1)).reverse();
    fillTable(byId('epoch-table'), heads, rows);
    byId('epoch-table').parentElement.hidden = rows.length === 0;
  }

  #showState() {
    const [state, isTraining] = [this.#state, this.#isTraining];
    const isReady = this.#model !== null && this.#data !== null;
    const isUsed = this.#batch !== null;
    byId('start').textContent = text(isUsed ? 'train.more' : 'train.start');
    byId('start').disabled = !isReady || isTraining || this.#failed;
    byId('pause').textContent = text(state === 'paused' ? 'train.resume' : 'train.pause');
    byId('pause').disabled = byId('stop').disabled = !isTraining;
    byId('afresh').disabled = isTraining || !isUsed;
    byId('test').disabled = !isReady || isTraining || this.#isTesting;
    byId('use').disabled = byId('save').disabled = byId('download').disabled = !this.#model;
    for (const id of [
      'data-set',
      'start-from',
      'examples',
      'epochs',
      'batch-size',
      'learning-rate',
    ]) {
      byId(id).disabled = isTraining;
    }
    const said = this.#saidOfState(state);
    if (said) {
      byId('training-state').textContent = said;
    }
  }

  #saidOfState(state) {
    const epochs = this.#epochs.length;
    if (state === 'ready') {
      return text('train.ready');
    }
    if (state === 'paused') {
      return text('train.paused', { epoch: epochs + 1 });
    }
    if (state === 'stopped') {
      const { batch, batches } = this.#batch ?? { batch: 0, batches: 1 };
      return text('train.stopped', { epochs, batches: batch === batches ? 0 : batch });
    }
    if (state === 'finished') {
      const seconds = this.#epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
      const accuracy = percent(this.#epochs.at(-1)?.validationAccuracy ?? 0);
      return text('train.finished', { epochs, seconds: number(seconds, 1), accuracy });
    }
    return null;
  }

  // The test.

  async #test() {
    const [model, data] = [this.#model, this.#data];
    this.#isTesting = true;
    this.#showState();
    try {
      const result = await evaluate(model, data.test, {
        onProgress: (done) => {
          byId('test-result').textContent = text('train.testing', { done, count: data.test.count });
        },
      });
      if (model === this.#model && data === this.#data) {
        this.#results.show(result, data);
      }
    } catch (error) {
      // A network that was given up meanwhile is no fault.
      if (model === this.#model) {
        this.#fault.show(error);
      }
    } finally {
      this.#isTesting = false;
      this.#showState();
    }
  }
}

/** What a new network's ten answers mean; digits until the data are known. */
function meaningOf(data) {
  return data ? { classes: data.classes, digits: data.digits } : {};
}

/** A layer in the notation of --architecture. */
function written(kind, settings) {
  const { activation, filters, kernelSize, padding, poolSize, rate, units } = settings;
  const said =
    {
      Conv2D: () => [[...kernelSize, filters].join('×'), padding, activation],
      MaxPooling2D: () => [poolSize.join('×')],
      Dense: () => [number(units), activation],
      Dropout: () => [String(rate)],
    }[kind]?.() ?? [];
  return [kind, ...said].join(' ');
}
