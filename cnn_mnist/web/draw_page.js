/** The page Draw: what is drawn is framed as MNIST is, and the chosen model answers. */

import { Bars } from './bars.js';
import { Drawing } from './drawing.js';
import { element, fillSelect } from './elements.js';
import { showFeatureMaps } from './feature_maps.js';
import { frame, framePicture } from './framing.js';
import { classesOf, FeatureMaps, predict } from './model.js';
import { modelName } from './model_names.js';
import { readPicture } from './picture_file.js';
import { sharedData } from './shared_data.js';
import { number, percent, text } from './texts.js';
import { greyImage, paintGrey, randomIndices, thumbnail } from './thumbnails.js';

const SIDE = 28;
const TEST_IMAGES = 24;
/** Milliseconds without a change until a screen reader is told; it would not keep up else. */
const UNTIL_SPOKEN = 900;

const byId = (id) => document.getElementById(id);

/** Everything under the heading Draw. */
export class DrawPage {
  #models;
  #fault;
  #drawing = new Drawing(byId('canvas'));
  #bars = new Bars(byId('bars'));
  #entry = null;
  #model = null;
  #maps = null;
  #data = null;
  #isStale = false;
  #isPredicting = false;
  #opening = 0;
  #spoken = 0;

  /**
   * @param {import('./model_list.js').ModelList} models
   * @param {{show(error: Error): void, clear(): void}} fault where errors are told
   */
  constructor(models, fault) {
    this.#models = models;
    this.#fault = fault;
    this.#listenToDrawing();
    this.#listenToTools();
    this.#listenToPictures();
    models.addEventListener('change', () => this.#fillModels());
    byId('draw-model').addEventListener('change', (event) => this.choose(event.target.value));
  }

  /** Fills in all texts, also after another language was chosen. */
  fillTexts() {
    this.#fillModels();
    this.#showWidth();
    byId('time').textContent = text('draw.time_none');
    byId('canvas-hint').textContent = text('draw.hint');
    if (this.#model) {
      this.#fillClasses();
      this.#showTestImages();
    }
    this.#predictSoon();
  }

  /**
   * Takes another model.
   * @param {string} id of an entry of the list
   */
  async choose(id) {
    const opening = (this.#opening += 1);
    this.#fault.clear();
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
      await this.#loadTestImages(opening);
    } catch (error) {
      byId('draw-model').value = this.#entry?.id ?? id;
      this.#fault.show(error);
    }
  }

  #fillModels() {
    const options = this.#models.entries.map((entry) => ({
      value: entry.id,
      name: modelName(entry),
    }));
    fillSelect(byId('draw-model'), options, this.#entry?.id);
    if (this.#entry && !options.some(({ value }) => value === this.#entry.id)) {
      [this.#entry, this.#model, this.#maps] = [null, null, null];
    }
    // What is trained anew goes by the same name, and is another model.
    if (options.length && (!this.#entry || this.#entry.id === 'trained')) {
      this.choose(this.#entry?.id ?? options[0].value);
    }
  }

  #fillClasses() {
    const { classes, digits } = classesOf(this.#model);
    this.#bars.setNames(classes);
    const lead = digits
      ? text('draw.lead_digits')
      : text('draw.lead_classes', { classes: classes.join(', ') });
    byId('draw-lead').textContent = lead;
  }

  async #loadTestImages(opening) {
    const own = this.#entry.data ? [this.#entry.data] : this.#models.dataUrls;
    const classes = classesOf(this.#model).classes.join();
    this.#data = null;
    try {
      for (const url of own) {
        const data = await sharedData(url);
        if (opening !== this.#opening) {
          return;
        }
        if (data.classes.join() === classes) {
          this.#data = data;
          break;
        }
      }
    } finally {
      if (opening === this.#opening) {
        this.#showTestImages();
      }
    }
  }

  #showTestImages() {
    const has = this.#data !== null;
    byId('other-images').disabled = !has;
    byId('pick-note').textContent = text(has ? 'draw.pick_note' : 'draw.pick_none');
    byId('test-images').hidden = !has;
    if (!has) {
      return;
    }
    const { digits, classes, test } = this.#data;
    byId('test-images').classList.toggle('named', !digits);
    byId('test-images').replaceChildren(
      ...randomIndices(TEST_IMAGES, test.count).map((at) => this.#testImage(test, at, classes)),
    );
  }

  #testImage({ images, labels }, at, classes) {
    const pixels = images.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
    const label = classes[labels[at]];
    const button = element('button', { type: 'button', pixels }, thumbnail(pixels), label);
    button.setAttribute('aria-label', text('draw.test_image', { label }));
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => this.#show(pixels, label));
    return button;
  }

  #show(pixels, label) {
    this.#fault.clear();
    const paint = (context, side) => {
      const canvas = new OffscreenCanvas(SIDE, SIDE);
      canvas.getContext('2d').putImageData(greyImage(pixels, SIDE, SIDE), 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(canvas, 0, 0, side, side);
    };
    this.#drawing.show({ pixels, label, paint });
  }

  async #open(file) {
    this.#fault.clear();
    try {
      const { rgba, width, height } = await readPicture(file);
      this.#show(framePicture(rgba, width, height, { digits: this.#takesDigits() }), null);
    } catch (error) {
      this.#fault.show(error);
    }
  }

  #listenToDrawing() {
    this.#drawing.addEventListener('draw', () => this.#predictSoon());
    this.#drawing.addEventListener('tool', () => this.#showTool());
    this.#drawing.addEventListener('pen', () => this.#showPen());
    byId('canvas').addEventListener('blur', () => (byId('pen').hidden = true));
  }

  #listenToTools() {
    for (const radio of document.querySelectorAll('[name=tool]')) {
      radio.addEventListener('change', () => (this.#drawing.tool = radio.value));
    }
    byId('undo').addEventListener('click', () => this.#drawing.undo());
    byId('clear').addEventListener('click', () => this.#drawing.clear());
    byId('brush-width').addEventListener('input', (event) => {
      this.#drawing.width = event.target.valueAsNumber;
      this.#showWidth();
    });
  }

  #listenToPictures() {
    byId('other-images').addEventListener('click', () => this.#showTestImages());
    byId('picture').addEventListener('change', ({ target }) => {
      if (target.files.length) {
        this.#open(target.files[0]);
      }
      // The same file can be chosen again.
      target.value = '';
    });
    // Anywhere, since a browser leaves the page for a picture that is dropped beside the paper.
    document.addEventListener('dragover', (event) => this.#drag(event, true));
    document.addEventListener('dragleave', (event) => this.#drag(event, false));
    document.addEventListener('drop', (event) => {
      this.#drag(event, false);
      const [file] = event.dataTransfer.files;
      if (file && !byId('draw').hidden) {
        this.#open(file);
      }
    });
  }

  #drag(event, isOver) {
    event.preventDefault();
    byId('paper').classList.toggle('over', isOver);
  }

  #showTool() {
    const slider = byId('brush-width');
    slider.value = this.#drawing.width;
    this.#drawing.width = slider.valueAsNumber;
    document.querySelector(`[name=tool][value=${this.#drawing.tool}]`).checked = true;
    this.#showWidth();
  }

  #showWidth() {
    byId('brush-width-value').textContent = number(this.#drawing.width);
  }

  #showPen() {
    const { x, y, down } = this.#drawing.pen;
    const mark = byId('pen');
    const side = byId('canvas').width;
    mark.hidden = false;
    mark.style.left = `${(100 * x) / side}%`;
    mark.style.top = `${(100 * y) / side}%`;
    mark.classList.toggle('down', down);
    byId('pen-state').textContent = text(down ? 'draw.pen_down' : 'draw.pen_up');
  }

  /** Once a frame at most, never two at a time, and always once more after the last change. */
  async #predictSoon() {
    this.#isStale = true;
    if (this.#isPredicting) {
      return;
    }
    this.#isPredicting = true;
    while (this.#isStale) {
      await new Promise(requestAnimationFrame);
      this.#isStale = false;
      await this.#predict();
    }
    this.#isPredicting = false;
  }

  async #predict() {
    const { isEmpty, picture, canUndo } = this.#drawing;
    byId('canvas-hint').hidden = !isEmpty;
    byId('undo').disabled = !canUndo;
    byId('clear').disabled = isEmpty;
    const pixels = this.#pixels();
    paintGrey(byId('seen'), pixels);
    this.#markTestImage(picture);
    const model = this.#model;
    if (model) {
      await this.#ask(model, this.#maps, pixels, picture);
    }
  }

  async #ask(model, maps, pixels, picture) {
    try {
      const isBlank = pixels.every((value) => value === 0);
      this.#showAnswer(isBlank ? null : await predict(model, pixels), picture);
      showFeatureMaps(byId('maps'), await maps.of(pixels));
    } catch (error) {
      // A model that was disposed of meanwhile is no fault.
      if (model === this.#model) {
        this.#fault.show(error);
      }
    }
  }

  #pixels() {
    if (this.#drawing.picture) {
      return this.#drawing.picture.pixels;
    }
    const side = byId('canvas').width;
    const digits = this.#takesDigits();
    return frame(this.#drawing.ink(), side, side, { invert: 'never', digits });
  }

  #takesDigits() {
    return this.#model ? classesOf(this.#model).digits : true;
  }

  #markTestImage(picture) {
    const label = picture?.label ?? null;
    for (const button of byId('test-images').children) {
      const isShown = label !== null && button.pixels === picture.pixels;
      button.setAttribute('aria-pressed', String(isShown));
    }
  }

  #showAnswer(answer, picture) {
    const probabilities = answer?.probabilities ?? null;
    this.#bars.show(probabilities);
    const note = byId('answer-note');
    clearTimeout(this.#spoken);
    if (!probabilities) {
      byId('answer').textContent = '';
      note.textContent = text('draw.nothing');
      byId('spoken').textContent = '';
      return;
    }
    const best = probabilities.indexOf(Math.max(...probabilities));
    const name = classesOf(this.#model).classes[best];
    const share = percent(probabilities[best]);
    byId('answer').textContent = name;
    note.textContent = this.#judgement(name, picture) ?? share;
    const milliseconds = number(answer.milliseconds, 1);
    byId('time').textContent = text('draw.time', { milliseconds });
    const said = [text('draw.spoken', { name, percent: share }), this.#judgement(name, picture)];
    this.#spoken = setTimeout(() => {
      byId('spoken').textContent = said.filter(Boolean).join(' ');
    }, UNTIL_SPOKEN);
  }

  #judgement(name, picture) {
    if (!picture?.label) {
      return null;
    }
    const { label } = picture;
    return text(label === name ? 'draw.label_right' : 'draw.label_wrong', { label });
  }
}
