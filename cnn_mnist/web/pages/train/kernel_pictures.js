/** Shows the kernels of each convolution as pictures, while a network is trained. */

import { element } from '../ui/elements.js';
import { number, text } from '../texts/texts.js';

/** Milliseconds between two pictures while training. */
const PAUSE = 500;
const GAP = 1;
/** Blue and orange, which are distinguishable with every kind of colour blindness. */
const [POSITIVE, NEGATIVE] = [
  [120, 180, 255],
  [255, 150, 60],
];

const byId = (id) => document.getElementById(id);

/** The part "Kernels" of the network; reads no weights until it is opened. */
export class KernelPictures {
  #fault;
  #model = null;
  #drawnAt = 0;

  /** @param {{show(error: Error): void}} fault shows errors */
  constructor(fault) {
    this.#fault = fault;
    byId('kernels').addEventListener('toggle', () => this.#draw());
  }

  /** @param {object | null} model a LayersModel; null for none */
  show(model) {
    this.#model = model;
    this.#draw();
  }

  /** Shows the weights as they are now, at most twice a second. */
  update() {
    if (performance.now() - this.#drawnAt >= PAUSE) {
      this.#draw();
    }
  }

  /** Fills in all texts, at the start and when the language changes. */
  fillTexts() {
    this.#draw();
  }

  async #draw() {
    const model = this.#model;
    if (!model || !byId('kernels').open) {
      return;
    }
    this.#drawnAt = performance.now();
    try {
      await this.#paint(model);
    } catch (error) {
      // An error of a model that was disposed of meanwhile does not matter.
      if (model === this.#model) {
        this.#fault.show(error);
      }
    }
  }

  async #paint(model) {
    const layers = model.layers.filter((layer) => layer.getClassName() === 'Conv2D');
    const kernels = layers.map((layer) => layer.getWeights()[0]);
    const values = await Promise.all(kernels.map((kernel) => kernel.data()));
    if (model !== this.#model) {
      return;
    }
    const place = byId('kernel-pictures');
    const figures = layers.map((_, at) => place.children[at] ?? newFigure());
    figures.forEach((figure, at) => fill(figure, layers[at].name, kernels[at].shape, values[at]));
    place.replaceChildren(...figures);
    byId('kernels-none').hidden = layers.length > 0;
  }
}

function newFigure() {
  const canvas = element('canvas', {});
  canvas.setAttribute('role', 'img');
  const scale = element('p', { className: 'quiet' });
  return element('figure', {}, element('figcaption'), canvas, scale);
}

/** Paints a column for each filter, and a row for each of its input maps. */
function fill(figure, layer, [height, width, channels, filters], values) {
  const canvas = figure.querySelector('canvas');
  const caption = text('train.kernels_layer', { layer, filters, channels, width, height });
  figure.querySelector('figcaption').textContent = caption;
  canvas.setAttribute('aria-label', caption);
  const most = values.reduce((highest, value) => Math.max(highest, Math.abs(value)), 1e-9);
  figure.querySelector('p').textContent = text('train.kernels_scale', { most: number(most, 2) });
  canvas.width = filters * (width + GAP) - GAP;
  canvas.height = channels * (height + GAP) - GAP;
  const image = new ImageData(canvas.width, canvas.height);
  values.forEach((value, at) => {
    const filter = at % filters;
    const channel = Math.floor(at / filters) % channels;
    const cell = Math.floor(at / filters / channels);
    const x = filter * (width + GAP) + (cell % width);
    const y = channel * (height + GAP) + Math.floor(cell / width);
    const color = value < 0 ? NEGATIVE : POSITIVE;
    const share = Math.abs(value) / most;
    image.data.set([...color.map((part) => part * share), 255], 4 * (y * canvas.width + x));
  });
  canvas.getContext('2d').putImageData(image, 0, 0);
}
