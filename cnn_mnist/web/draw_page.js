/** The page Draw: what is drawn is framed as MNIST is, and the chosen model answers. */

import { AnswerPanel } from './answer_panel.js';
import { Drawing } from './drawing.js';
import { fillSelect } from './elements.js';
import { showFeatureMaps } from './feature_maps.js';
import { frame } from './framing.js';
import { classesOf, FeatureMaps, predict } from './model.js';
import { modelName } from './model_names.js';
import { PaperTools } from './paper_tools.js';
import { PictureChoice } from './picture_choice.js';
import { sharedData } from './shared_data.js';
import { text } from './texts.js';
import { paintGrey } from './thumbnails.js';

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
  #isStale = false;
  #isPredicting = false;
  #opening = 0;

  /**
   * @param {import('./model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault where errors are told
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

  /** Fills in all texts, also after another language was chosen. */
  fillTexts() {
    this.#fillModels();
    this.#tools.fillTexts();
    this.#pictures.fillTexts();
    this.#fillClasses();
    this.#predictSoon();
  }

  /**
   * Takes another model.
   * @param {string} id of an entry of the list
   */
  async choose(id) {
    this.#fault.clear();
    await this.#take(id);
  }

  async #take(id) {
    const opening = (this.#opening += 1);
    try {
      const model = await this.#models.open(id);
      const entry = this.#models.entries.find((one) => one.id === id);
      if (opening !== this.#opening || !entry) {
        return;
      }
      [this.#entry, this.#model, this.#maps] = [entry, model, new FeatureMaps(model)];
      byId('draw-model').value = id;
      this.#fillClasses();
      this.#predictSoon();
      const data = await this.#dataOf(entry, model);
      if (opening === this.#opening) {
        this.#pictures.show(data);
      }
    } catch (error) {
      byId('draw-model').value = this.#entry?.id ?? id;
      this.#fault.show(error);
    }
  }

  #fillModels() {
    const entries = this.#models.entries;
    const options = entries.map((entry) => ({ value: entry.id, name: modelName(entry) }));
    fillSelect(byId('draw-model'), options, this.#entry?.id);
    if (this.#entry && !entries.some(({ id }) => id === this.#entry.id)) {
      [this.#entry, this.#model, this.#maps] = [null, null, null];
    }
    // What is trained anew goes by the same name, and is another model.
    if (entries.length && (!this.#entry || this.#entry.kind === 'trained')) {
      this.#take(this.#entry?.id ?? entries[0].id);
    }
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

  /** The data that a model came with, or else the first with the same classes; null for none. */
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

  /** At once, but once a frame at most, never two at a time, and always after the last change. */
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
      paintGrey(byId('seen'), pixels);
      this.#pictures.mark(picture);
      if (model) {
        await this.#ask(model, maps, pixels, picture);
      }
    } catch (error) {
      // A model that was disposed of meanwhile is no fault.
      if (model === this.#model) {
        this.#fault.show(error);
      }
    }
  }

  #framed(digits) {
    const side = byId('canvas').width;
    return frame(this.#drawing.ink(), side, side, { invert: 'never', digits });
  }

  async #ask(model, maps, pixels, picture) {
    if (pixels.every((value) => value === 0)) {
      this.#answer.clear();
    } else {
      const { probabilities, milliseconds } = await predict(model, pixels);
      this.#answer.show(probabilities, milliseconds, picture?.label ?? null);
    }
    showFeatureMaps(byId('maps'), await maps.of(pixels));
  }
}
