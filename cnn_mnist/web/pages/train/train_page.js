/** The page Train: data, network, training, test results, and saving the network. */

import { imageAt } from '../images/data.js';
import { fillSelect } from '../ui/elements.js';
import { evaluate } from '../models/evaluation.js';
import { Comparison } from './comparison.js';
import { KernelPictures } from './kernel_pictures.js';
import { KeptModels } from './kept_models.js';
import { showLayers } from './layer_table.js';
import { OwnExamples } from './own_examples.js';
import { describeLayers, newModel } from '../models/model.js';
import { modelChoices } from '../ui/model_names.js';
import { NetworkChoice } from './network_choice.js';
import { calibrate, calibrationOnData } from '../models/own_calibration.js';
import { sharedData } from '../images/shared_data.js';
import { StepReport } from './step_report.js';
import { TestResults } from './test_results.js';
import { TestRun } from './test_run.js';
import { text } from '../texts/texts.js';
import { TrainingButtons } from './training_buttons.js';
import { TrainingData } from './training_data.js';
import { TrainingRecord } from './training_record.js';
import { TrainingRun } from './training_run.js';
import { fillSettingsTexts, readSettings } from './training_settings.js';

/** The value of the choice “A new network”. */
const FRESH = 'fresh';

const byId = (id) => document.getElementById(id);

/** Everything under the heading Train. */
export class TrainPage {
  #models;
  #fault;
  #dataSection;
  #record = new TrainingRecord();
  #results;
  #test;
  #kernels;
  #own;
  #kept;
  #network;
  #comparison;
  #buttons;
  #stepReport = new StepReport();
  #data = null;
  #dataUrl = null;
  #model = null;
  #startedFrom = FRESH;
  #run;
  #isBusy = false;
  #failed = false;

  /**
   * @param {import('../models/model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   * @param {import('../images/example_store.js').ExampleStore} examples
   * @param {(id: string, image?: object) => void} draw opens Draw with a model of the list, and
   *   with an image as its `showImage` takes it
   */
  constructor(models, fault, examples, draw) {
    [this.#models, this.#fault] = [models, fault];
    this.#kernels = new KernelPictures(fault);
    this.#own = new OwnExamples(examples, fault);
    this.#run = new TrainingRun(
      {
        record: this.#record,
        kernels: this.#kernels,
        stepReport: this.#stepReport,
        own: this.#own,
      },
      () => this.#showState(),
    );
    this.#dataSection = new TrainingData(models, (url) => this.#takeData(url));
    this.#kept = new KeptModels(models, fault, {
      current: () => this.#model,
      startFrom: (id) => this.#startFrom(id),
      draw,
    });
    const openInDraw = (image) => {
      models.offerTrained(this.#model, this.#dataUrl);
      draw('trained', image);
    };
    this.#results = new TestResults((at) => openInDraw(this.#testImage(at)));
    this.#test = new TestRun(this.#results, () => this.#showState());
    models.addEventListener('change', () => this.#fillStarts());
    byId('start-from').addEventListener('change', ({ target }) => this.#startFrom(target.value));
    this.#network = new NetworkChoice(
      () => this.#showNetwork(),
      () => this.#rebuild(),
    );
    this.#comparison = new Comparison(this.#network);
    this.#buttons = new TrainingButtons({
      start: () => this.#start(),
      step: () => this.#step(),
      pause: () => this.#run.pauseOrGoOn(),
      stop: () => this.#stop(),
      afresh: () => this.#startFrom(this.#startedFrom),
      test: () => this.#while(() => this.#testAll()),
      use: () => openInDraw(),
      compare: () => this.#compare(),
      'compare-stop': () => this.#comparison.stop(),
    });
    byId('settings').addEventListener('submit', (event) => event.preventDefault());
    addEventListener('beforeunload', (event) => {
      if (this.#isUnderWay || this.#comparison.isRunning) {
        event.preventDefault();
        // What older browsers ask for.
        event.returnValue = true;
      }
    });
    // Nothing can be pressed before there are a network and data.
    this.#showState();
  }

  /** Loads the page's content when the page is first shown. */
  async open() {
    this.#record.draw();
    this.#comparison.draw();
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
    this.#record.fillTexts(this.#run.state);
    this.#results.fillTexts();
    this.#kernels.fillTexts();
    this.#kept.fillTexts();
    fillSettingsTexts();
    this.#network.fillTexts();
    this.#own.fillTexts();
    this.#comparison.fillTexts();
    this.#stepReport.fillTexts();
    this.#showState();
  }

  /** Whether leaving the page would end a training, also while that is being prepared. */
  get #isUnderWay() {
    return this.#run.isTraining || (this.#isBusy && this.#failed);
  }

  /** Stops a training, or leaves out the rest of the test after it. */
  #stop() {
    if (this.#run.isTraining) {
      this.#run.stop();
    } else {
      this.#test.leaveOut();
    }
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
      this.#network.setClasses(this.#data.classes.length);
      this.#own.setData(this.#data);
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

  /** Shows the layers of the network in the fields, or of the one that was loaded. */
  #showNetwork() {
    const isFresh = this.#startedFrom === FRESH;
    const layers = isFresh ? this.#network.described : this.#model && describeLayers(this.#model);
    if (layers) {
      showLayers(byId('layers'), layers);
    }
    byId('own-network').hidden = !isFresh;
    byId('start-note').hidden = isFresh;
    byId('layers').classList.toggle('outdated', !layers);
    byId('network-pending').hidden = !this.#isPending || this.#record.isEmpty || !layers;
    this.#showState();
  }

  /** Builds the network of the fields, unless that would throw away a training. */
  #rebuild() {
    if (this.#isPending && this.#record.isEmpty && !this.#isBusy && this.#network.network) {
      return this.#startFrom(FRESH);
    }
    this.#showNetwork();
    return null;
  }

  /** Whether the fields are of another network than the one that would be trained. */
  get #isPending() {
    return this.#startedFrom === FRESH && this.#network.isChanged;
  }

  /** Loads a network to start from; returns whether that succeeded. */
  async #startFrom(id) {
    if (id === FRESH && this.#network.refuse()) {
      byId('start-from').value = this.#startedFrom;
      return false;
    }
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
      const model = id === FRESH ? this.#newModel() : await this.#models.load(id);
      await this.#replaceModel(model);
      this.#startedFrom = id;
    } finally {
      byId('start-from').value = this.#startedFrom;
      this.#showNetwork();
    }
  }

  /** Returns the network of the fields; if their line is wrong, that of the first recipe. */
  #newModel() {
    const model = newModel(this.#meaning, this.#network.network ?? undefined);
    this.#network.markBuilt();
    return model;
  }

  async #replaceModel(model) {
    this.#models.withdrawTrained();
    const before = this.#model;
    [this.#model, this.#failed] = [model, false];
    const disposing = this.#run.dispose();
    this.#record.reset();
    this.#record.showState('ready');
    this.#results.show(null, this.#data);
    this.#stepReport.show(null);
    this.#own.forget();
    this.#kernels.show(model);
    await disposing;
    before?.dispose();
  }

  /** The classes of the data; by default digits. */
  get #meaning() {
    return this.#data ? { classes: this.#data.classes, digits: this.#data.digits } : {};
  }

  #start(options = {}) {
    const settings = readSettings();
    if (!settings || (this.#isPending && this.#network.refuse())) {
      return;
    }
    this.#fault.clear();
    this.#while(async () => {
      if (this.#isPending) {
        await this.#load(FRESH);
      }
      // Reset below if the run succeeds.
      this.#failed = true;
      try {
        await this.#train(settings, options);
      } finally {
        this.#record.draw();
      }
      this.#failed = false;
      this.#models.offerTrained(this.#model, this.#dataUrl);
      await this.#testAll();
    });
  }

  /** Trains on one batch, and pauses. */
  #step() {
    if (this.#run.isPaused) {
      this.#run.step();
    } else {
      this.#start({ isStep: true });
    }
  }

  #compare() {
    const settings = readSettings();
    if (settings) {
      this.#fault.clear();
      this.#while(() => {
        const running = this.#comparison.run(this.#data, settings);
        this.#showState();
        return running;
      });
    }
  }

  async #train(settings, options) {
    // From now on the network has the classes of these data.
    this.#model.setUserDefinedMetadata(this.#meaning);
    this.#results.show(null, this.#data);
    await this.#run.run(this.#model, this.#data, settings, options);
  }

  /** Enables the buttons and fields that can be used now, and shows the state of training. */
  #showState() {
    const isUsed = !this.#record.isEmpty;
    this.#buttons.show({
      hasModel: this.#model !== null,
      hasData: this.#data !== null,
      isBusy: this.#isBusy,
      isUsed,
      isContinued: isUsed && !this.#isPending,
      hasFailed: this.#failed && !this.#isPending,
      isTraining: this.#run.isTraining,
      isTesting: this.#test.isRunning,
      isPaused: this.#run.isPaused,
      isComparing: this.#comparison.isRunning,
    });
    this.#kept.isBusy = this.#isBusy;
    this.#record.showState(this.#run.state);
  }

  #testImage(at) {
    const { classes, test } = this.#data;
    return {
      pixels: imageAt(test, at),
      label: classes[test.labels[at]],
      classes,
    };
  }

  async #testAll() {
    const result = await this.#test.run(this.#model, this.#data);
    if (result && !this.#record.isEmpty) {
      await this.#calibrate(result);
    }
    await this.#own.test(this.#model, 'after');
  }

  /** Notes in the network what *Draw* marks its answers by. */
  async #calibrate({ probabilities }) {
    const { entries } = this.#models;
    const theirs = await calibrationOnData(entries, this.#dataUrl);
    const calibration = theirs && (await calibrate(theirs, this.#data.test, probabilities));
    this.#model.setUserDefinedMetadata({ ...this.#meaning, calibration });
    // *Draw* may have begun to use it meanwhile.
    this.#models.offerTrained(this.#model, this.#dataUrl);
  }
}
