/** The page Train: data, network, training, test, and what becomes of the network. */

import { splitForTraining } from './data.js';
import { fillSelect } from './elements.js';
import { evaluate } from './evaluation.js';
import { KeptModels } from './kept_models.js';
import { showLayers } from './layer_table.js';
import { newModel } from './model.js';
import { modelName } from './model_names.js';
import { sharedData } from './shared_data.js';
import { TestResults } from './test_results.js';
import { text } from './texts.js';
import { Training } from './training.js';
import { TrainingData } from './training_data.js';
import { TrainingRecord } from './training_record.js';
import { readSettings } from './training_settings.js';

/** A new network, in the list of those to start from. */
const FRESH = 'fresh';
const FIELDS = ['data-set', 'start-from', 'examples', 'epochs', 'batch-size', 'learning-rate'];

const byId = (id) => document.getElementById(id);

/** Everything under the heading Train. */
export class TrainPage {
  #models;
  #fault;
  #dataSection;
  #record = new TrainingRecord();
  #results = new TestResults();
  #kept;
  #data = null;
  #dataUrl = null;
  #model = null;
  #startedFrom = FRESH;
  #training = null;
  #settings = null;
  #asked = 0;
  #isBusy = false;
  #failed = false;
  #opening = 0;

  /**
   * @param {import('./model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault where errors are told
   * @param {(id: string) => void} draw shows Draw with a model of the list
   */
  constructor(models, fault, draw) {
    [this.#models, this.#fault] = [models, fault];
    this.#dataSection = new TrainingData(models, (url) => this.#takeData(url));
    this.#kept = new KeptModels(models, fault, () => this.#model);
    models.addEventListener('change', () => this.#fillStarts());
    byId('start-from').addEventListener('change', ({ target }) => this.#startFrom(target.value));
    const actions = {
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
    for (const [id, action] of Object.entries(actions)) {
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
    this.#record.draw();
    if (!this.#data && this.#models.dataSets.length) {
      await this.#takeData(byId('data-set').value);
    } else if (!this.#model) {
      await this.#startFrom(FRESH);
    }
  }

  /** Fills in all texts, also after another language was chosen. */
  fillTexts() {
    this.#fillStarts();
    this.#dataSection.fillTexts();
    this.#record.fillTexts(this.#state);
    this.#results.fillTexts();
    this.#kept.fillTexts();
    if (this.#model) {
      showLayers(byId('layers'), this.#model);
    }
    this.#showState();
  }

  get #state() {
    return this.#training?.state ?? 'ready';
  }

  get #isTraining() {
    return ['running', 'paused'].includes(this.#state);
  }

  async #takeData(url) {
    this.#dataSection.showLoading();
    this.#fault.clear();
    let fault = null;
    try {
      this.#data = await sharedData(url);
      this.#dataUrl = url;
    } catch (error) {
      fault = error;
    }
    this.#dataSection.show(this.#data, this.#dataUrl);
    await this.#startFrom(this.#startedFrom);
    if (fault) {
      this.#fault.show(fault);
    }
  }

  #fillStarts() {
    const entries = this.#models.entries.filter(({ kind }) => kind !== 'trained');
    const choices = entries.map((entry) => ({ value: entry.id, name: modelName(entry) }));
    const fresh = { value: FRESH, name: text('model.fresh') };
    fillSelect(byId('start-from'), [fresh, ...choices], this.#startedFrom);
  }

  async #startFrom(id) {
    const opening = (this.#opening += 1);
    this.#fault.clear();
    try {
      const model = id === FRESH ? newModel(this.#meaning) : await this.#models.load(id);
      if (opening === this.#opening) {
        await this.#replaceModel(model);
        this.#startedFrom = id;
      } else {
        model.dispose();
      }
    } catch (error) {
      this.#fault.show(error);
    }
    byId('start-from').value = this.#startedFrom;
    this.#showState();
  }

  async #replaceModel(model) {
    this.#models.withdrawTrained();
    const [before, training] = [this.#model, this.#training];
    [this.#model, this.#training, this.#failed] = [model, null, false];
    this.#record.reset();
    this.#record.showState('ready');
    this.#results.show(null, this.#data);
    showLayers(byId('layers'), model);
    await training?.dispose();
    before?.dispose();
  }

  /** What the ten answers mean; digits where no data are known. */
  get #meaning() {
    return this.#data ? { classes: this.#data.classes, digits: this.#data.digits } : {};
  }

  async #start() {
    const settings = readSettings();
    if (!settings || this.#isBusy) {
      return;
    }
    this.#fault.clear();
    this.#isBusy = true;
    this.#showState();
    try {
      await this.#run(settings);
    } catch (error) {
      this.#failed = true;
      this.#fault.show(error);
    }
    this.#isBusy = false;
    this.#record.draw();
    this.#showState();
    if (!this.#failed) {
      this.#models.offerTrained(this.#model, this.#dataUrl);
      await this.#test();
    }
  }

  async #run({ epochs, ...settings }) {
    // Whatever it knew before, it now learns these.
    this.#model.setUserDefinedMetadata(this.#meaning);
    this.#results.show(null, this.#data);
    if (this.#record.isEmpty) {
      const { validation } = splitForTraining(this.#data);
      this.#record.begin(await evaluate(this.#model, this.#data.train, { indices: validation }));
    }
    await this.#prepare(settings);
    this.#asked = this.#record.epochs + epochs;
    await this.#training.run(epochs);
  }

  /** Keeps the optimizer where nothing but the epochs was changed. */
  async #prepare(settings) {
    if (this.#training && JSON.stringify(settings) === JSON.stringify(this.#settings)) {
      return;
    }
    await this.#training?.dispose();
    this.#settings = settings;
    this.#training = new Training({
      model: this.#model,
      data: this.#data,
      ...settings,
      onBatch: (batch) => this.#record.addBatch(batch, this.#asked),
      onEpoch: (epoch) => this.#record.addEpoch(epoch),
      onState: () => this.#showState(),
    });
  }

  #pauseOrGoOn() {
    if (this.#state === 'paused') {
      this.#training.goOn();
    } else {
      this.#training.pause();
    }
  }

  /** Which buttons and fields may be used now, and how far training is. */
  #showState() {
    const isReady = this.#model !== null && this.#data !== null && !this.#isBusy;
    const isUsed = !this.#record.isEmpty;
    byId('start').textContent = text(isUsed ? 'train.more' : 'train.start');
    byId('start').disabled = !isReady || this.#failed;
    const isPaused = this.#state === 'paused';
    byId('pause').textContent = text(isPaused ? 'train.resume' : 'train.pause');
    byId('pause').disabled = byId('stop').disabled = !this.#isTraining;
    byId('afresh').disabled = this.#isBusy || !(isUsed || this.#failed);
    byId('test').disabled = !isReady;
    byId('use').disabled = byId('save').disabled = byId('download').disabled = !this.#model;
    for (const id of FIELDS) {
      byId(id).disabled = this.#isBusy;
    }
    this.#kept.isBusy = this.#isBusy;
    this.#record.showState(this.#state);
  }

  async #test() {
    const [model, data] = [this.#model, this.#data];
    this.#isBusy = true;
    this.#showState();
    try {
      const result = await evaluate(model, data.test, {
        onProgress: (far) => {
          byId('test-result').textContent = text('train.testing', far);
        },
      });
      this.#results.show(result, data);
    } catch (error) {
      this.#fault.show(error);
    }
    this.#isBusy = false;
    this.#showState();
  }
}
