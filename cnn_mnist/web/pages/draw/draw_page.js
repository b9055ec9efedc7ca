/** The page Draw: frames the drawing as MNIST's digits are, and asks the chosen model. */

import { AnswerPanel } from './answer_panel.js';
import { answersOf, bestOf, labelFor } from './answers.js';
import { Drawing } from './drawing.js';
import { ExampleForm } from './example_form.js';
import { ExplanationPanel } from './explanation_panel.js';
import { fillSelect } from '../ui/elements.js';
import { showFeatureMaps } from './feature_maps.js';
import { digitOf, inkOf } from '../images/digit_framing.js';
import { frame } from '../images/framing.js';
import { severalDigits } from '../images/several_digits.js';
import { areSeveral } from '../models/readings.js';
import { isBlank } from '../models/calibration.js';
import { FeatureMaps } from '../models/feature_maps.js';
import { classesOf } from '../models/model.js';
import { modelChoices } from '../ui/model_names.js';
import { calibrationOf } from '../models/own_calibration.js';
import { PaperMode } from './paper_mode.js';
import { PaperTools } from './paper_tools.js';
import { PictureChoice, pictureOfImage } from './picture_choice.js';
import { sharedSamples } from '../images/shared_data.js';
import { text } from '../texts/texts.js';
import { paintGrey, paintTogether } from '../ui/thumbnails.js';

const byId = (id) => document.getElementById(id);

/** Everything under the heading Draw. */
export class DrawPage {
  #models;
  #fault;
  #drawing = new Drawing(byId('canvas'));
  #answer = new AnswerPanel();
  #explanation;
  #examples;
  #pictures;
  #entry = null;
  #model = null;
  #maps = null;
  #calibration = null;
  #mode = new PaperMode(this.#drawing, () => this.#framed());
  #tools = new PaperTools(this.#drawing, this.#mode);
  #isStale = false;
  #isSubmitted = false;
  #isPredicting = false;
  #working = 0;
  #openings = 0;
  #shown = 0;
  #wanted = null;
  #tried = new Set();
  #isTakingFirst = false;

  /**
   * @param {import('../models/model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault shows errors
   * @param {import('../images/example_store.js').ExampleStore} examples
   */
  constructor(models, fault, examples) {
    [this.#models, this.#fault] = [models, fault];
    this.#examples = new ExampleForm(examples, fault);
    this.#explanation = new ExplanationPanel(fault);
    this.#pictures = new PictureChoice(fault, (picture) => {
      fault.clear();
      this.#drawing.show(picture);
    });
    this.#mode.addEventListener('draw', () => this.#predictSoon());
    byId('submit').addEventListener('click', () => {
      this.#isSubmitted = true;
      this.#predictSoon();
    });
    byId('live').addEventListener('change', () => this.#predictSoon());
    models.addEventListener('change', () => this.#fillModels());
    byId('draw-model').addEventListener('change', (event) => this.choose(event.target.value));
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#fillModels();
    this.#tools.fillTexts();
    this.#pictures.fillTexts();
    this.#fillClasses();
    this.#explanation.fillTexts();
    this.#examples.fillTexts();
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

  /**
   * Shows a test image on the paper, or on the grid if that is shown.
   * @param {{pixels: Uint8Array, label: string, classes: string[]}} image pixels [784]
   */
  showImage({ pixels, label, classes }) {
    this.#pictures.take(pictureOfImage(pixels, label, classes));
  }

  /**
   * Switches to a model; returns whether it could be opened, and shows the error if not. Until it is
   * there, and if it cannot be opened, the model that was chosen before answers.
   */
  async #take(id) {
    const opening = (this.#openings += 1);
    this.#wanted = id;
    byId('draw-model').value = id;
    this.#work(1);
    try {
      const model = await this.#models.open(id);
      const entry = this.#models.entries.find((one) => one.id === id);
      const calibration = await calibrationOf(entry, model, this.#models.entries);
      if (opening > this.#shown && entry) {
        this.#shown = opening;
        this.#calibration = calibration;
        [this.#entry, this.#model, this.#maps] = [entry, model, new FeatureMaps(model)];
        byId('draw-model').value = this.#wanted ?? id;
        this.#fillClasses();
        this.#predictSoon();
        this.#offerPictures(() => opening === this.#shown);
      }
      return true;
    } catch (error) {
      if (opening === this.#openings) {
        this.#wanted = null;
        byId('draw-model').value = this.#entry?.id ?? id;
        this.#fault.show(error);
        this.#predictSoon();
      }
      return false;
    } finally {
      this.#work(-1);
    }
  }

  /** Says to screen readers, and to tests, whether the answer is about to change. */
  #work(change) {
    this.#working += change;
    byId('bars').ariaBusy = String(this.#working > 0);
  }

  async #offerPictures(isShown) {
    let data = null;
    try {
      data = await this.#dataOf(this.#entry, this.#model);
    } catch (error) {
      if (isShown()) {
        this.#fault.show(error);
      }
    }
    if (isShown()) {
      this.#pictures.show(data);
    }
  }

  #fillModels() {
    const entries = this.#models.entries;
    const [wanted, current] = [this.#wanted, this.#entry?.id].map((named) =>
      entries.find(({ id }) => id === named),
    );
    fillSelect(byId('draw-model'), modelChoices(entries), (wanted ?? current)?.id);
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
    this.#explanation.take(null, null);
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
      this.#examples.setClasses(classes);
      const names = classes.join(', ');
      byId('draw-heading').textContent = text(digits ? 'draw.heading' : 'draw.heading_classes');
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
      const data = await sharedSamples(url);
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
    this.#work(1);
    while (this.#isStale) {
      this.#isStale = false;
      await this.#predict();
      await new Promise(requestAnimationFrame);
    }
    this.#isPredicting = false;
    this.#work(-1);
  }

  async #predict() {
    const [model, maps, isSubmitted] = [this.#model, this.#maps, this.#isSubmitted];
    this.#isSubmitted = false;
    try {
      const content = this.#mode.isGrid ? this.#squares() : this.#drawn();
      paintGrey(byId('seen'), content.pixels);
      this.#pictures.mark(content.picture);
      this.#examples.take({
        pixels: content.pixels,
        isBlank: isBlank(content.pixels),
        isOne: content.parts.length < 2,
        label: model && content.picture ? labelFor(model, content.picture) : null,
      });
      const isAsked = isSubmitted || byId('live').checked;
      byId('maps').classList.toggle('waiting', !isAsked);
      if (!isAsked) {
        this.#mode.showChanges();
        this.#answer.wait();
      } else if (model) {
        this.#answer.isSubmitted = isSubmitted;
        await this.#ask(model, maps, content);
      } else {
        this.#answer.load(this.#models.isLoading);
      }
    } catch (error) {
      // An error of a model that was disposed of meanwhile does not matter.
      if (model === this.#model) {
        this.#fault.show(error);
      }
    }
  }

  get #isOfDigits() {
    return this.#model ? classesOf(this.#model).digits : true;
  }

  /** Returns the drawing or picture as the model sees it, [784]. */
  #framed() {
    return this.#drawn().pixels;
  }

  #drawn() {
    const { picture } = this.#drawing;
    const { pixels, parts } = picture ? this.#partsOf(picture) : this.#partsOfInk();
    const others = parts.length > 1 ? parts.map((part) => part.pixels) : [];
    return { pixels, picture, parts, others };
  }

  #partsOf(picture) {
    const digits = this.#isOfDigits;
    return { pixels: picture.framed(digits), parts: digits ? picture.parts : [] };
  }

  #partsOfInk() {
    const side = byId('canvas').width;
    const grey = { pixels: this.#drawing.ink(), width: side, height: side };
    if (!this.#isOfDigits) {
      const pixels = frame(grey.pixels, side, side, { invert: 'never', digits: false });
      return { pixels, parts: [] };
    }
    // Both look at the same ink: finding it takes most of the time of a move of the pen.
    const found = inkOf(grey, 'never');
    return { pixels: digitOf(found), parts: severalDigits(grey, 'never', found) };
  }

  /** Returns the squares exactly as they are; a label is that of the unchanged picture. */
  #squares() {
    const { pixels, start, changes } = this.#mode.grid;
    const picture = changes ? null : this.#drawing.picture;
    return { pixels, picture, parts: [], others: changes && !isBlank(start) ? [start] : [] };
  }

  /** Of a paper full of ink the framing takes the ink for a shadow on the paper. */
  #whyBlank(picture) {
    const isInked = !this.#mode.isGrid && this.#drawing.ink().some((ink) => ink > 0.5);
    return picture ? 'blank' : isInked ? 'no_digit' : 'nothing';
  }

  /** Shows the answer for pixels; the others are those of the parts, or of the grid before. */
  async #ask(model, maps, { pixels, picture, parts, others }) {
    let names = [];
    if (isBlank(pixels)) {
      this.#answer.clear(this.#whyBlank(picture));
    } else {
      const images = [pixels, ...others];
      const { answers, milliseconds } = await answersOf(model, images, this.#calibration);
      const [whole, ...each] = answers;
      if (parts.length && each.length && areSeveral(each, whole)) {
        const boxes = parts.map(({ box }) => box);
        this.#answer.showSeveral({ answers: each, boxes, milliseconds });
        paintTogether(byId('seen'), others);
      } else {
        this.#answer.show({ ...whole, milliseconds, label: labelFor(model, picture) });
      }
      names = parts.length ? [] : answers.map((answer) => bestOf(model, answer));
    }
    this.#mode.showChanges(...names);
    showFeatureMaps(byId('maps'), await maps.of(pixels));
    if (model === this.#model) {
      this.#explanation.take(model, pixels);
    }
  }
}
