/** The page Train: data, network, training, test results, and saving the network. */

import { imageAt, splitForTraining } from '../images/data.js';
import { fillSelect } from '../ui/elements.js';
import { evaluate } from '../models/evaluation.js';
import { KernelPictures } from './kernel_pictures.js';
import { KeptModels } from './kept_models.js';
import { showLayers } from './layer_table.js';
import { newModel } from '../models/model.js';
import { modelChoices } from '../ui/model_names.js';
import { sharedData } from '../images/shared_data.js';
import { TestResults } from './test_results.js';
import { text } from '../texts/texts.js';
import { Training } from '../models/training.js';
import { TrainingData } from './training_data.js';
import { TrainingRecord } from './training_record.js';
import { fillSettingsTexts, readSettings } from './training_settings.js';

/** The value of the choice “A new network”. */
const FRESH = 'fresh';
const FIELDS = ['data-set', 'start-from', 'examples', 'epochs', 'batch-size', 'learning-rate'];

const byId = (id) => document.getElementById(id);

/** Everything under the heading Train. */
export class TrainPage {
  #models;
  #fault;
  #dataSection;
  #record = new TrainingRecord();
  #results;
  #kernels;
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
  #pressed = null;

  /**
   * @param {import('../models/model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   * @param {(id: string, image?: object) => void} draw opens Draw with a model of the list, and
   *   with an image as its `showImage` takes it
   */
  constructor(models, fault, draw) {
    [this.#models, this.#fault] = [models, fault];
    this.#kernels = new KernelPictures(fault);
    this.#dataSection = new TrainingData(models, (url) => this.#takeData(url));
    this.#kept = new KeptModels(models, fault, {
      current: () => this.#model,
      startFrom: (id) => this.#startFrom(id),
    });
    const openInDraw = (image) => {
      models.offerTrained(this.#model, this.#dataUrl);
      draw('trained', image);
    };
    this.#results = new TestResults((at) => openInDraw(this.#testImage(at)));
    models.addEventListener('change', () => this.#fillStarts());
    byId('start-from').addEventListener('change', ({ target }) => this.#startFrom(target.value));
    const actions = {
      start: () => this.#start(),
      pause: () => this.#pauseOrGoOn(),
      stop: () => this.#training.stop(),
      afresh: () => this.#startFrom(this.#startedFrom),
      test: () => this.#while(() => this.#test()),
      use: () => openInDraw(),
    };
    for (const [id, action] of Object.entries(actions)) {
      byId(id).addEventListener('click', () => {
        this.#pressed = id;
        action();
      });
    }
    addEventListener('pointerdown', () => (this.#pressed = null), true);
    byId('settings').addEventListener('submit', (event) => event.preventDefault());
    addEventListener('beforeunload', (event) => {
      if (this.#isTraining) {
        event.preventDefault();
      }
    });
  }

  /** Loads the page's content when the page is first shown. */
  async open() {
    this.#record.draw();
    const [set] = this.#models.dataSets;
    const lacksData = !this.#data && set;
    if (this.#isBusy || (this.#model && !lacksData)) {
      return;
    }
    await this.#while(async () => {
      if (!this.#model) {
        await this.#load(FRESH);
      }
      if (lacksData) {
        await this.#loadData(set.url);
      }
    });
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#fillStarts();
    this.#dataSection.fillTexts();
    this.#record.fillTexts(this.#state);
    this.#results.fillTexts();
    this.#kernels.fillTexts();
    this.#kept.fillTexts();
    fillSettingsTexts();
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

  /** Runs a long action, blocks other actions meanwhile, and shows its error. */
  async #while(action) {
    this.#isBusy = true;
    this.#showState();
    try {
      await action();
    } catch (error) {
      this.#fault.show(error);
    }
    this.#isBusy = false;
    this.#showState();
  }

  #takeData(url) {
    this.#fault.clear();
    return this.#while(() => this.#loadData(url));
  }

  async #loadData(url) {
    this.#dataSection.showLoading();
    try {
      this.#data = await sharedData(url);
      this.#dataUrl = url;
      await this.#load(this.#startedFrom);
    } finally {
      this.#dataSection.show(this.#data, this.#dataUrl);
    }
  }

  #fillStarts() {
    const entries = this.#models.entries.filter(({ kind }) => kind !== 'trained');
    const choices = [{ value: FRESH, name: text('model.fresh') }, ...modelChoices(entries)];
    // A removed network can be trained further, but not started from again.
    if (!choices.some(({ value }) => value === this.#startedFrom)) {
      this.#startedFrom = FRESH;
    }
    fillSelect(byId('start-from'), choices, this.#startedFrom);
  }

  /** Loads a network to start from; returns whether that succeeded. */
  async #startFrom(id) {
    this.#fault.clear();
    let isLoaded = false;
    await this.#while(async () => {
      await this.#load(id);
      isLoaded = true;
    });
    return isLoaded;
  }

  async #load(id) {
    try {
      const model = id === FRESH ? newModel(this.#meaning) : await this.#models.load(id);
      await this.#replaceModel(model);
      this.#startedFrom = id;
    } finally {
      byId('start-from').value = this.#startedFrom;
      byId('start-note').hidden = this.#startedFrom === FRESH;
    }
  }

  async #replaceModel(model) {
    this.#models.withdrawTrained();
    const [before, training] = [this.#model, this.#training];
    [this.#model, this.#training, this.#failed] = [model, null, false];
    this.#record.reset();
    this.#record.showState('ready');
    this.#results.show(null, this.#data);
    showLayers(byId('layers'), model);
    this.#kernels.show(model);
    await training?.dispose();
    before?.dispose();
  }

  /** The classes of the data; by default digits. */
  get #meaning() {
    return this.#data ? { classes: this.#data.classes, digits: this.#data.digits } : {};
  }

  #start() {
    const settings = readSettings();
    if (!settings) {
      return;
    }
    this.#fault.clear();
    this.#while(async () => {
      // Reset below if the run succeeds.
      this.#failed = true;
      try {
        await this.#run(settings);
      } finally {
        this.#record.draw();
      }
      this.#failed = false;
      this.#models.offerTrained(this.#model, this.#dataUrl);
      await this.#test();
    });
  }

  async #run({ epochs, ...settings }) {
    // From now on the network has the classes of these data.
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

  /** Prepares a training; keeps the optimizer if only the number of epochs has changed. */
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
      onBatch: (batch) => {
        this.#record.addBatch(batch, this.#asked);
        this.#record.showState(this.#state);
        this.#kernels.update();
      },
      onEpoch: (epoch) => {
        this.#record.addEpoch(epoch);
        this.#kernels.fillTexts();
      },
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

  /** Enables the buttons and fields that can be used now, and shows the state of training. */
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
    this.#keepFocus();
  }

  /** Moves the focus on from a button that was pressed by key and is now disabled. */
  #keepFocus() {
    if (this.#pressed && document.activeElement === document.body) {
      const next = [this.#pressed, 'pause', 'start'].find((id) => !byId(id).disabled);
      // If none is enabled yet, the next change of state enables one.
      if (next) {
        byId(next).focus({ preventScroll: true });
      }
    }
  }

  #testImage(at) {
    const { classes, test } = this.#data;
    return { pixels: imageAt(test, at), label: classes[test.labels[at]], classes };
  }

  async #test() {
    const result = await evaluate(this.#model, this.#data.test, {
      onProgress: (far) => {
        byId('test-result').textContent = text('train.testing', far);
      },
    });
    this.#results.show(result, this.#data);
  }
}
