/** The page Draw: frames the drawing as MNIST's digits are, and asks the chosen model. */

import { AnswerPanel } from './answer_panel.js';
import { Drawing } from './drawing.js';
import { fillSelect } from '../ui/elements.js';
import { showFeatureMaps } from './feature_maps.js';
import { frame, SIZE } from '../images/framing.js';
import { severalDigits } from '../images/several_digits.js';
import { areSeveral } from '../models/readings.js';
import { isBlank, loadCalibration } from '../models/calibration.js';
import { classesOf, FeatureMaps, predict } from '../models/model.js';
import { modelChoices } from '../ui/model_names.js';
import { PaperTools } from './paper_tools.js';
import { PictureChoice } from './picture_choice.js';
import { sharedData } from '../images/shared_data.js';
import { text } from '../texts/texts.js';
import { paintGrey } from '../ui/thumbnails.js';

const byId = (id) => document.getElementById(id);

/** Everything under the heading Draw. */
export class DrawPage {
  #models;
  #fault;
  #drawing = new Drawing(byId('canvas'));
  #tools = new PaperTools(this.#drawing);
  #answer = new AnswerPanel();
  #pictures;
  #entry = null;
  #model = null;
  #maps = null;
  #calibration = null;
  #isStale = false;
  #isPredicting = false;
  #opening = 0;
  #tried = new Set();
  #isTakingFirst = false;

  /**
   * @param {import('../models/model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   */
  constructor(models, fault) {
    [this.#models, this.#fault] = [models, fault];
    this.#pictures = new PictureChoice(fault, (picture) => {
      fault.clear();
      this.#drawing.show(picture);
    });
    this.#drawing.addEventListener('draw', () => this.#predictSoon());
    models.addEventListener('change', () => this.#fillModels());
    byId('draw-model').addEventListener('change', (event) => this.choose(event.target.value));
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#fillModels();
    this.#tools.fillTexts();
    this.#pictures.fillTexts();
    this.#fillClasses();
    this.#predictSoon();
  }

  /**
   * Switches to another model.
   * @param {string} id of an entry of the list
   */
  async choose(id) {
    this.#fault.clear();
    await this.#take(id);
  }

  /** Switches to a model; returns whether it could be opened, and shows the error if not. */
  async #take(id) {
    const opening = (this.#opening += 1);
    const isLatest = () => opening === this.#opening;
    try {
      const model = await this.#models.open(id);
      const entry = this.#models.entries.find((one) => one.id === id);
      const calibration = await loadCalibration(entry?.calibration ?? null);
      if (isLatest() && entry) {
        this.#calibration = calibration;
        [this.#entry, this.#model, this.#maps] = [entry, model, new FeatureMaps(model)];
        byId('draw-model').value = id;
        this.#fillClasses();
        this.#predictSoon();
        await this.#offerPictures(isLatest);
      }
      return true;
    } catch (error) {
      if (isLatest()) {
        byId('draw-model').value = this.#entry?.id ?? id;
        this.#fault.show(error);
      }
      return false;
    }
  }

  async #offerPictures(isLatest) {
    let data = null;
    try {
      data = await this.#dataOf(this.#entry, this.#model);
    } catch (error) {
      if (isLatest()) {
        this.#fault.show(error);
      }
    }
    if (isLatest()) {
      this.#pictures.show(data);
    }
  }

  #fillModels() {
    const entries = this.#models.entries;
    const current = entries.find(({ id }) => id === this.#entry?.id);
    fillSelect(byId('draw-model'), modelChoices(entries), this.#entry?.id);
    // A newly trained or saved model can have the same id as the one before.
    if (current && (current.kind === 'trained' || current.date !== this.#entry.date)) {
      this.#letGo();
      this.#take(current.id);
    } else if (!current) {
      this.#letGo();
      this.#takeFirst();
    }
  }

  #letGo() {
    [this.#entry, this.#model, this.#maps] = [null, null, null];
  }

  /** Switches to the first model that can be opened; does not retry models that cannot. */
  async #takeFirst() {
    if (this.#isTakingFirst) {
      return;
    }
    this.#isTakingFirst = true;
    const untried = () => this.#models.entries.find(({ id }) => !this.#tried.has(id));
    while (!this.#model && untried()) {
      const { id } = untried();
      this.#tried.add(id);
      if (await this.#take(id)) {
        this.#tried.delete(id);
        break;
      }
    }
    this.#isTakingFirst = false;
  }

  #fillClasses() {
    if (this.#model) {
      const { classes, digits } = classesOf(this.#model);
      this.#answer.setClasses(classes);
      const names = classes.join(', ');
      byId('draw-lead').textContent = digits
        ? text('draw.lead_digits')
        : text('draw.lead_classes', { classes: names });
    }
  }

  /** Returns the data of the model's export, or the first with the same classes, or null. */
  async #dataOf(entry, model) {
    const classes = classesOf(model).classes.join();
    const all = this.#models.dataSets.map(({ url }) => url);
    for (const url of entry.data ? [entry.data] : all) {
      const data = await sharedData(url);
      if (data.classes.join() === classes) {
        return data;
      }
    }
    return null;
  }

  /** Predicts at most once per frame, one at a time, and always after the last change. */
  async #predictSoon() {
    this.#isStale = true;
    if (this.#isPredicting) {
      return;
    }
    this.#isPredicting = true;
    while (this.#isStale) {
      this.#isStale = false;
      await this.#predict();
      await new Promise(requestAnimationFrame);
    }
    this.#isPredicting = false;
  }

  async #predict() {
    const [model, maps, { picture }] = [this.#model, this.#maps, this.#drawing];
    const digits = model ? classesOf(model).digits : true;
    try {
      const pixels = picture ? picture.framed(digits) : this.#framed(digits);
      const parts = !digits ? [] : (picture?.parts ?? this.#drawnParts());
      paintGrey(byId('seen'), pixels);
      this.#pictures.mark(picture);
      if (model) {
        await this.#ask(model, maps, pixels, picture, parts);
      }
    } catch (error) {
      // An error of a model that was disposed of meanwhile does not matter.
      if (model === this.#model) {
        this.#fault.show(error);
      }
    }
  }

  #framed(digits) {
    const side = byId('canvas').width;
    return frame(this.#drawing.ink(), side, side, { invert: 'never', digits });
  }

  #drawnParts() {
    const side = byId('canvas').width;
    return severalDigits({ pixels: this.#drawing.ink(), width: side, height: side }, 'never');
  }

  async #ask(model, maps, pixels, picture, parts) {
    if (isBlank(pixels)) {
      this.#answer.clear(picture !== null);
    } else {
      const calibration = this.#calibration;
      const images = [pixels, ...(parts.length > 1 ? parts.map((part) => part.pixels) : [])];
      const { answers, milliseconds } = await answersOf(model, images, calibration);
      const [whole, ...each] = answers;
      if (each.length && areSeveral(each, whole)) {
        const boxes = parts.map(({ box }) => box);
        this.#answer.showSeveral({ answers: each, boxes, milliseconds });
        paintTogether(byId('seen'), images.slice(1));
      } else {
        this.#answer.show({
          ...whole,
          milliseconds,
          label: labelFor(model, picture),
        });
      }
    }
    showFeatureMaps(byId('maps'), await maps.of(pixels));
  }
}

/** Returns the answer for each image, [784], and the time of all. */
async function answersOf(model, images, calibration) {
  const all = new Uint8Array(images.length * SIZE ** 2);
  images.forEach((pixels, at) => all.set(pixels, at * SIZE ** 2));
  const { probabilities, milliseconds } = await predict(model, all);
  const classes = probabilities.length / images.length;
  const answers = images.map((pixels, at) => {
    const own = probabilities.subarray(at * classes, (at + 1) * classes);
    return { probabilities: own, mark: calibration?.mark(pixels, own) ?? null };
  });
  return { answers, milliseconds };
}

/** Paints images in as many columns as rows. */
function paintTogether(canvas, images) {
  const columns = Math.ceil(Math.sqrt(images.length));
  const side = columns * SIZE;
  const whole = new Uint8Array(side * side);
  images.forEach((pixels, at) => {
    const [down, across] = [Math.floor(at / columns) * SIZE, (at % columns) * SIZE];
    for (let row = 0; row < SIZE; row += 1) {
      whole.set(pixels.subarray(row * SIZE, (row + 1) * SIZE), (down + row) * side + across);
    }
  });
  paintGrey(canvas, whole, side, side);
}

/** Returns a picture's label if the model has the same classes, else null. */
function labelFor(model, picture) {
  const isKnown = picture?.classes?.join() === classesOf(model).classes.join();
  return isKnown ? picture.label : null;
}
